/** Says of one RuleSet whether Reports can use it. */
import { apiVersion } from "@openreg/crds";
import type { ObjectKey, ReconcileResult } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { RuleSet } from "../objects.ts";
import { ruleSets } from "../resources.ts";
import { isSame } from "../same.ts";
import { decide } from "./decide.ts";
import { gather, type RuleSetGatherDeps } from "./gather.ts";
import { summarize } from "./summarize.ts";

/** Reconciles one RuleSet. */
export async function reconcileRuleSet(
  key: ObjectKey,
  context: ReconcileContext,
  deps: RuleSetGatherDeps,
): Promise<ReconcileResult> {
  const input = await gather(key, context, deps);
  if (!input) return {};
  const status = summarize(input, decide(input), context.now());
  if (isSame(input.ruleSet.status, status)) return {};
  const { name, namespace = "", resourceVersion = "" } = input.ruleSet.metadata;
  const next = { apiVersion, kind: "RuleSet", metadata: { name, namespace, resourceVersion }, status };
  await context.client.applyStatus<RuleSet>(ruleSets, next as unknown as RuleSet);
  return {};
}
