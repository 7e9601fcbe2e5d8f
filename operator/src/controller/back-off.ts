/** Owns how long to wait before trying again. */
import type { Random } from "./clock.ts";

/** The first and the longest wait of a back-off, in milliseconds. */
export interface BackOffLimits {
  readonly firstMilliseconds: number;
  readonly longestMilliseconds: number;
}

/** The wait before attempt `attempt` (0 is the first retry): doubling, capped, and between half and all of it by chance. */
export function backOffMilliseconds(attempt: number, limits: BackOffLimits, random: Random): number {
  const full = Math.min(limits.longestMilliseconds, limits.firstMilliseconds * 2 ** Math.min(attempt, 50));
  return full * (0.5 + random() / 2);
}
