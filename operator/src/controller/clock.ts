/** Owns time and chance as arguments: the only file of the runtime that reads a clock. */

/** A timer that has been set; cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Where time comes from. `now` is wall-clock time and may jump; `monotonic` never goes back and has no meaning but in differences. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some fixed point. */
  monotonic(): number;
  /** Calls back once after this many milliseconds, however long that is. */
  setTimer(milliseconds: number, callback: () => void): Timer;
}

/** A number in [0, 1), as `Math.random`. */
export type Random = () => number;

/** Node fires a longer timer after one millisecond, so long ones are chained. */
const longestTimerMilliseconds = 2 ** 31 - 1;

/** A wall-clock timer looks at the clock this often, so a jump of the clock delays a wake-up by no more. */
const wallClockSliceMilliseconds = 30_000;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(milliseconds, callback) {
    const due = performance.now() + milliseconds;
    return chainTimers(() => Math.min(due - performance.now(), longestTimerMilliseconds), setNodeTimer, callback);
  },
};

/** Calls back once when the wall clock has reached `epochMilliseconds`, also when that clock jumps meanwhile. */
export function setTimerAt(clock: Clock, epochMilliseconds: number, callback: () => void): Timer {
  const left = () => Math.min(epochMilliseconds - clock.now(), wallClockSliceMilliseconds);
  return chainTimers(left, clock.setTimer, callback);
}

function setNodeTimer(milliseconds: number, callback: () => void): Timer {
  const timer = setTimeout(callback, milliseconds);
  return { cancel: () => clearTimeout(timer) };
}

/** Sets one timer after the other until nothing is left to wait for. */
function chainTimers(left: () => number, setTimer: Clock["setTimer"], callback: () => void): Timer {
  let current: Timer;
  const next = () => {
    const milliseconds = left();
    current = milliseconds > 0 ? setTimer(milliseconds, next) : setTimer(0, callback);
  };
  next();
  return { cancel: () => current.cancel() };
}

/** An RFC 3339 text of an instant, in whole seconds as Kubernetes writes them. */
export function toTimestamp(epochMilliseconds: number): string {
  return `${new Date(epochMilliseconds).toISOString().slice(0, 19)}Z`;
}

/** An RFC 3339 text with microseconds, as a Lease carries. */
export function toMicroTime(epochMilliseconds: number): string {
  return `${new Date(epochMilliseconds).toISOString().slice(0, 23)}000Z`;
}

/** Milliseconds since 1970 of an RFC 3339 text. Throws RangeError when it is none. */
export function fromTimestamp(text: string): number {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds))
    throw new RangeError(`'${text}' is not an RFC 3339 time such as 2026-04-01T18:00:00Z`);
  return milliseconds;
}

/** Resolves after this many milliseconds, or at once when the signal is aborted. */
export function pause(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      timer.cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.setTimer(milliseconds, end);
    signal?.addEventListener("abort", end);
  });
}
