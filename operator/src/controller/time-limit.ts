/** Owns the time limit of one reconcile. */
import type { Clock } from "./clock.ts";

/** A reconcile took too long; its writes are refused from now on. */
export class TimeLimitError extends Error {
  override readonly name = "TimeLimitError";
}

/** A limit that begins now and also ends when `abandon` is aborted; `race` rejects at its end, `signal` is aborted. */
export function newTimeLimit(clock: Clock, milliseconds: number, abandon: AbortSignal) {
  const abort = new AbortController();
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => undefined); // nobody may be racing when it ends
  const stop = (why: string) => {
    abort.abort();
    over.reject(new TimeLimitError(why));
  };
  const onAbandon = () => stop("abandoned: the program stops");
  const timer = clock.setTimer(milliseconds, () => stop(`took longer than ${milliseconds / 1000} s`));
  if (abandon.aborted) onAbandon();
  abandon.addEventListener("abort", onAbandon);
  return {
    signal: abort.signal,
    race: <A>(work: Promise<A>): Promise<A> => Promise.race([work, over.promise]),
    end() {
      timer.cancel();
      abandon.removeEventListener("abort", onAbandon);
    },
  };
}
