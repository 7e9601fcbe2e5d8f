/** Owns that a definition is checked once, not with every change of its Report's status. */
import type { DefinitionCheck, DefinitionRemark } from "./check-worker.ts";

/** How many definitions are remembered; the oldest goes first. */
const most = 1_000;

/** A check that remembers its answers by the hash of the definition, which names its parts by theirs. Giving up for time or memory is not remembered. */
export function newRememberedCheck({ check }: Pick<DefinitionCheck, "check">) {
  const known = new Map<string, readonly DefinitionRemark[]>();
  return async (
    contentHash: string,
    definition: string,
    parts: ReadonlyMap<string, string> = new Map(),
  ): Promise<readonly DefinitionRemark[]> => {
    const before = known.get(contentHash);
    if (before) return before;
    const remarks = await check(definition, parts);
    if (remarks.some(({ code }) => code === "CheckTooExpensive")) return remarks;
    const oldest = known.keys().next().value;
    if (known.size >= most && oldest !== undefined) known.delete(oldest);
    known.set(contentHash, remarks);
    return remarks;
  };
}
