/** Owns how long a delivery waits before it is tried again. */
import { createHash } from "node:crypto";
import type { Definition } from "@openreg/crds";

type Backoff = Definition["destinations"][number]["delivery"]["backoff"];

/**
 * Seconds to wait after the n-th try, `tried` counted from 1: each wait is twice the one before, none is longer than `maxSeconds`, and up to
 * a quarter is taken off, another one for each `who`: runs that failed together do not all come back together.
 */
export function backoffSeconds({ initialSeconds, maxSeconds }: Backoff, tried: number, who: string): number {
  const whole = Math.min(maxSeconds, initialSeconds * 2 ** (tried - 1));
  const share = createHash("sha256").update(`${who}/${tried}`).digest().readUInt32BE(0) / 2 ** 32;
  return whole * (1 - share / 4);
}
