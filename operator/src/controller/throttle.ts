/** Owns how often something may happen for one key: at once, then no sooner than an interval later. */
import type { Clock } from "./clock.ts";

/** Answers how many milliseconds a key has to wait; 0 = now. Whoever asks while one waits already waits with it. */
export type Throttle = (key: string) => number;

/** A throttle that has seen nothing. */
export function newThrottle(clock: Pick<Clock, "monotonic">, intervalMilliseconds: number): Throttle {
  const happensAt = new Map<string, number>();
  let prunedAt = clock.monotonic();
  const prune = (now: number) => {
    if (now - prunedAt < intervalMilliseconds) return;
    prunedAt = now;
    for (const [key, at] of happensAt) if (at + intervalMilliseconds <= now) happensAt.delete(key);
  };
  return (key) => {
    const now = clock.monotonic();
    prune(now);
    const last = happensAt.get(key) ?? Number.NEGATIVE_INFINITY;
    const next = last > now ? last : Math.max(now, last + intervalMilliseconds);
    happensAt.set(key, next);
    return next - now;
  };
}
