/** Owns how the runner learns the time, so that tests can set it. */
import type { Instant } from "@openreg/crds";

/** The time of day, a clock that never goes back, and waiting. */
export interface Clock {
  /** Now, in UTC, with milliseconds. */
  now(): Instant;
  /** Milliseconds since some moment; only differences mean something. */
  monotonicMilliseconds(): number;
  /** Resolves after that time, or rejects with the signal's reason. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => new Date().toISOString(),
  monotonicMilliseconds: () => performance.now(),
  sleep: (milliseconds, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    return promise.finally(() => signal?.removeEventListener("abort", abort));
  },
};
