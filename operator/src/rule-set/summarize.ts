/** Owns the status of a RuleSet. Pure. */
import type { Instant } from "@openreg/crds/types";
import { removeCondition, setConditions } from "../controller/conditions.ts";
import type { RuleSetState } from "../objects.ts";
import type { RuleSetDecision, RuleSetInput } from "./input.ts";

/** The status after a reconcile. */
export function summarize({ ruleSet }: RuleSetInput, decision: RuleSetDecision, now: Instant): RuleSetState {
  const observedGeneration = ruleSet.metadata.generation ?? 0;
  const { ready, reason, message } = decision;
  const observed = { reason, message, observedGeneration };
  const over = ready ? ["Reconciling", "Stalled"] : ["Reconciling"];
  const before = over.reduce(removeCondition, ruleSet.status?.conditions ?? []);
  const next = ready
    ? [{ type: "Ready", status: "True" as const, ...observed }]
    : ["Ready", "Stalled"].map((type) => ({
        ...{ type, status: type === "Ready" ? ("False" as const) : ("True" as const) },
        ...observed,
      }));
  return { observedGeneration, conditions: setConditions(before, next, now) };
}
