/** Owns what one reconcile of a RuleSet looks at. Types only. */
import type { DefinitionRemark } from "../check-worker.ts";
import type { RuleSet } from "../objects.ts";

/** What one reconcile looks at. */
export interface RuleSetInput {
  readonly ruleSet: RuleSet;
  readonly remarks: readonly DefinitionRemark[];
}

/** Whether the rule set can be used, and why. */
export interface RuleSetDecision {
  readonly ready: boolean;
  readonly reason: string;
  readonly message: string;
}
