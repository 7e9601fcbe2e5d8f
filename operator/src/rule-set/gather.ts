/** Owns what one reconcile of a RuleSet reads: the set, and what the check says about it. */
import type { Caches } from "../caches.ts";
import type { DefinitionCheck } from "../check-worker.ts";
import type { ObjectKey } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { RuleSetInput } from "./input.ts";

/** What gathering needs besides the context. */
export interface RuleSetGatherDeps {
  readonly caches: Caches;
  readonly check: Pick<DefinitionCheck, "checkRuleSet">;
}

/** Reads what a reconcile needs; undefined when the RuleSet does not exist. */
export async function gather(
  key: ObjectKey,
  context: ReconcileContext,
  { caches, check }: RuleSetGatherDeps,
): Promise<RuleSetInput | undefined> {
  const ruleSet = context.store(caches.ruleSets.in(key.namespace)).get(key);
  if (!ruleSet || ruleSet.metadata.deletionTimestamp) return undefined;
  return { ruleSet, remarks: await check.checkRuleSet(JSON.stringify(ruleSet.spec)) };
}
