/** Decides whether a RuleSet can be used. Pure. */
import type { DefinitionRemark } from "../check-worker.ts";
import { ruleSetReasons } from "../errors.ts";
import { formatRemarks } from "../report/decide.ts";
import type { RuleSetDecision, RuleSetInput } from "./input.ts";

/** Decides whether a RuleSet can be used: its rules are right over its own columns. */
export function decide({ ruleSet, remarks }: RuleSetInput): RuleSetDecision {
  const of = (severity: DefinitionRemark["severity"]) => remarks.filter((remark) => remark.severity === severity);
  const errors = of("Error");
  if (errors.length > 0)
    return { ready: false, reason: ruleSetReasons.definitionInvalid, message: formatRemarks(errors) };
  const { length } = ruleSet.spec.rules;
  const sentence = length === 1 ? "its rule can be used" : `its ${length} rules can be used`;
  const warnings = of("Warning");
  const message = warnings.length === 0 ? sentence : `${sentence}; warning: ${formatRemarks(warnings)}`.slice(0, 2000);
  return { ready: true, reason: ruleSetReasons.accepted, message };
}
