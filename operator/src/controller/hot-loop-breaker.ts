/** Owns the brake on objects that are reconciled without end: a token bucket each, and a pause when it is empty. */
import type { Clock } from "./clock.ts";
import { newTokenBucket, type TokenBucket } from "./token-bucket.ts";

/** How hot is too hot; the defaults are a burst of 100, 1 per second, and a pause of 5 minutes. */
export interface HotLoopLimits {
  readonly burst?: number;
  readonly perSecond?: number;
  readonly openMilliseconds?: number;
}

/** What the breaker says about a key. */
export interface Admission {
  /** 0 = go on; else how long the key has to wait. */
  readonly waitMilliseconds: number;
  /** The breaker opened with this very call. */
  readonly justOpened: boolean;
}

/** Brakes keys. */
export interface HotLoopBreaker {
  admit(key: string): Admission;
  /** How many keys are held back. */
  openCount(): number;
  /** Drops what is known of keys that are quiet; call it now and then. */
  prune(): void;
}

/** A breaker with every key cool. */
export function newHotLoopBreaker(clock: Clock, limits: HotLoopLimits = {}): HotLoopBreaker {
  const { burst = 100, perSecond = 1, openMilliseconds = 300_000 } = limits;
  const buckets = new Map<string, { readonly bucket: TokenBucket; usedAt: number }>();
  const openUntil = new Map<string, number>();
  const close = (key: string) => {
    openUntil.delete(key);
    buckets.delete(key);
  };
  const bucketOf = (key: string) => {
    const known = buckets.get(key) ?? { bucket: newTokenBucket(clock, perSecond, burst), usedAt: 0 };
    known.usedAt = clock.monotonic();
    buckets.set(key, known);
    return known.bucket;
  };
  return {
    admit(key) {
      const left = (openUntil.get(key) ?? 0) - clock.monotonic();
      if (left > 0) return { waitMilliseconds: left, justOpened: false };
      if (openUntil.has(key)) close(key);
      if (bucketOf(key).tryTake()) return { waitMilliseconds: 0, justOpened: false };
      openUntil.set(key, clock.monotonic() + openMilliseconds);
      return { waitMilliseconds: openMilliseconds, justOpened: true };
    },
    openCount: () => [...openUntil.values()].filter((until) => until > clock.monotonic()).length,
    prune() {
      const quietSince = clock.monotonic() - (burst / perSecond) * 1000;
      for (const [key, { usedAt }] of buckets) {
        if (usedAt < quietSince && !openUntil.has(key)) buckets.delete(key);
      }
    },
  };
}
