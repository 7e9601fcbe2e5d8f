/** Owns a token bucket: so many at once, so many per second after that. */
import type { Clock } from "./clock.ts";

/** A token bucket; `perSecond` may be a fraction. */
export interface TokenBucket {
  /** Takes a token if there is one. */
  tryTake(): boolean;
  /** Takes a token, on credit if need be, and says how many milliseconds to wait until it counts. */
  reserve(): number;
}

/** A full bucket of `burst` tokens. */
export function newTokenBucket(clock: Clock, perSecond: number, burst: number): TokenBucket {
  let tokens = burst;
  let filledAt = clock.monotonic();
  const fill = () => {
    const time = clock.monotonic();
    tokens = Math.min(burst, tokens + ((time - filledAt) / 1000) * perSecond);
    filledAt = time;
  };
  return {
    tryTake() {
      fill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    reserve() {
      fill();
      tokens -= 1;
      return tokens >= 0 ? 0 : (-tokens / perSecond) * 1000;
    },
  };
}
