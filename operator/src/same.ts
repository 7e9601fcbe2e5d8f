/** Owns the question whether a status would change, so that nothing is written that is there already. */
import { canonicalJson } from "@openreg/crds";

/** Whether two values are the same JSON. */
export function isSame(first: unknown, second: unknown): boolean {
  return canonicalJson(first ?? null) === canonicalJson(second ?? null);
}
