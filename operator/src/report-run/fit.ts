/** Owns that a run stays small enough for etcd and for people: at most 16 KiB as served. Pure. */
import type { ReportRun } from "../objects.ts";
import type { OwnStatus } from "./derive.ts";

/** Bytes of a whole ReportRun, as JSON. */
const mostBytes = 16 * 1024;
/** What metadata may grow by before the next write: managed fields and labels. */
const reserveBytes = 2 * 1024;

/** The status with the middle of its history cut, as far as the run would be too large otherwise. */
export function fitted(status: OwnStatus, run: ReportRun): OwnStatus {
  const { execution } = run.status ?? {};
  const rest = bytesOf({ ...run, status: { execution } });
  let fits = status;
  while (bytesOf(fits) + rest > mostBytes - reserveBytes && (fits.stateHistory?.length ?? 0) > 4) {
    const lines = fits.stateHistory ?? [];
    const middle = Math.floor(lines.length / 2);
    fits = { ...fits, stateHistory: lines.filter((_line, index) => index !== middle) };
  }
  return fits;
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
