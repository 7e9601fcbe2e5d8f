/** Owns that a run stays small enough for etcd and for people: at most 16 KiB as served. Pure. */
import type { ReportRun } from "../objects.ts";
import type { OwnStatus } from "./derive.ts";

/** Bytes of a whole ReportRun, as JSON. */
const mostBytes = 16 * 1024;
/** What the API server adds when it serves a run: who wrote which field, and labels that come with the next write. */
const reserveBytes = 2560;

/** Makes a status a little smaller, or leaves it as it is when it cannot. */
type Shorten = (status: OwnStatus) => OwnStatus;

/** What is left out, in this order, each as often as it helps; the middle of the story goes first, the last attempt last. */
const shortenings: readonly Shorten[] = [withShorterHistory, withFewerAttempts, withShorterSentences, withPlainHistory];

/** The status, shortened as far as the run would be too large otherwise. */
export function fitted(status: OwnStatus, run: ReportRun): OwnStatus {
  const { execution } = run.status ?? {};
  const rest = bytesOf({ ...run, status: { execution } });
  const isTooLarge = (own: OwnStatus): boolean => bytesOf(own) + rest > mostBytes - reserveBytes;
  let fits = status;
  for (const shorten of shortenings) {
    for (let before: OwnStatus | undefined; isTooLarge(fits) && fits !== before; ) {
      before = fits;
      fits = shorten(fits);
    }
  }
  return fits;
}

function withShorterHistory(status: OwnStatus): OwnStatus {
  const lines = status.stateHistory ?? [];
  if (lines.length <= 4) return status;
  const middle = Math.floor(lines.length / 2);
  return { ...status, stateHistory: lines.filter((_line, index) => index !== middle) };
}

function withFewerAttempts(status: OwnStatus): OwnStatus {
  const { attempts = [] } = status;
  return attempts.length > 2 ? { ...status, attempts: attempts.slice(1) } : status;
}

function withPlainHistory(status: OwnStatus): OwnStatus {
  const lines = status.stateHistory ?? [];
  if (lines.every(({ message }) => message === undefined)) return status;
  return { ...status, stateHistory: lines.map(({ message, ...line }) => line) };
}

const shortestSentence = 64;

/** The longest sentence loses its second half; what is first in it says most. */
function withShorterSentences(status: OwnStatus): OwnStatus {
  const { failure, conditions = [] } = status;
  const longest = Math.max(failure?.message.length ?? 0, ...conditions.map(({ message }) => message.length));
  if (longest <= shortestSentence) return status;
  const limit = Math.max(shortestSentence, Math.floor(longest / 2));
  const cut = (text: string): string => (text.length > limit ? `${text.slice(0, limit - 1)}…` : text);
  return {
    ...status,
    ...(failure && { failure: { ...failure, message: cut(failure.message) } }),
    conditions: conditions.map((one) => ({ ...one, message: cut(one.message) })),
  };
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
