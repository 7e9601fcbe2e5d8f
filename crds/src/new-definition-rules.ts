/** Owns how what must hold is resolved: rules of the Report and of rule sets, limits and overrides. */
import type { Definition } from "./definition.ts";
import type { ReportSpec, RuleSetSpec } from "./types.ts";

type Validation = NonNullable<ReportSpec["validation"]>;
type Rule = NonNullable<Validation["rules"]>[number];
type SharedRule = RuleSetSpec["rules"][number];
type RuleSetRef = NonNullable<Validation["ruleSetRefs"]>[number];
type ResolvedRule = Definition["rules"][number];
type Totals = NonNullable<Rule["totals"]>;

/** The rules of a Report, then those of its rule sets. Throws an Error for a kind of rule that is not available yet. */
export function resolvedRules(
  { ruleSetRefs = [], rules = [] }: Validation,
  ruleSetOf: (name: string) => RuleSetSpec,
  recordInput: string,
): ResolvedRule[] {
  return [
    ...rules.map((rule) => ownRule(rule, recordInput)),
    ...ruleSetRefs.flatMap((ref) => ruleSetOf(ref.name).rules.map((rule) => boundRule(rule, ref))),
  ];
}

function ownRule(rule: Rule, recordInput: string): ResolvedRule {
  const from = rule.from !== undefined && rule.from !== recordInput ? rule.from : undefined;
  return {
    ...sharedMembers(rule, (name) => name),
    ...(from !== undefined && { from }),
    ...(rule.totals && { totals: resolvedTotals(rule.totals, recordInput) }),
  };
}

function boundRule(rule: SharedRule, { name: ruleSet, bind = {} }: RuleSetRef): ResolvedRule {
  const bound = new Map(Object.entries(bind));
  return { ...sharedMembers(rule, (name) => bound.get(name) ?? name), ruleSet };
}

function sharedMembers(rule: Rule | SharedRule, bound: (name: string) => string): ResolvedRule {
  const { id, severity, phase, assert, unique, effective, reference } = rule;
  return {
    id,
    severity,
    ...(phase === "PreDelivery" && { phase }),
    ...(assert !== undefined && { assert }),
    ...(unique && { unique: { columns: unique.columns.map(bound) } }),
    columns: (rule.columns ?? []).map(bound),
    message: rule.message ?? messageOf(rule),
    ...(reference && { reference }),
    ...(effective && { effective: { ...effective, basis: effective.basis ?? "BusinessDate" } }),
  };
}

function messageOf({ assert, unique }: Rule | SharedRule): string {
  if (assert !== undefined) return assert.slice(0, 256);
  return unique ? `the same ${unique.columns.join(", ")} twice`.slice(0, 256) : "the totals differ";
}

function resolvedTotals({ left, right, value, tolerance }: Totals, recordInput: string): ResolvedRule["totals"] {
  const amount = ({ from = recordInput, sum, count, where }: Totals["left"]) => ({
    from,
    ...(sum === undefined ? { count: count ?? false } : { sum }),
    ...(where !== undefined && { where }),
  });
  return {
    left: amount(left),
    ...(right && { right: amount(right) }),
    ...(value !== undefined && { value }),
    ...(tolerance && { tolerance }),
  };
}

/** The rule sets of a Report, limits and overrides; members appear only when used. */
export function resolvedValidation(
  { ruleSetRefs, limits, overrides }: Validation,
  ruleSetOf: (name: string) => RuleSetSpec,
): Pick<Definition, "ruleSets" | "limits" | "overrides"> {
  return {
    ...(ruleSetRefs?.length && { ruleSets: ruleSetRefs.map((ref) => resolvedRuleSet(ref, ruleSetOf(ref.name))) }),
    ...(limits?.length && { limits: limits.map((limit) => ({ ...limit })) }),
    ...(overrides?.length && { overrides: overrides.map((override) => ({ ...override })) }),
  };
}

function resolvedRuleSet(
  { name, bind = {} }: RuleSetRef,
  { columns }: RuleSetSpec,
): NonNullable<Definition["ruleSets"]>[number] {
  return {
    name,
    columns: columns.map((column) => ({ name: column.name, type: column.type, required: column.required ?? false })),
    bind: Object.entries(bind)
      .map(([column, to]) => ({ column, to }))
      .sort((first, second) => (first.column < second.column ? -1 : 1)),
  };
}
