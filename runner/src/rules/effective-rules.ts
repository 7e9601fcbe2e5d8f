/** Owns which rules hold for a run, and how severe each is: by windows and overrides, decided once. Pure. */
import type { Definition } from "@openreg/crds";

type Rule = Definition["rules"][number];
type Override = NonNullable<Definition["overrides"]>[number];

/** The days that decide. */
export interface RuleDays {
  /** YYYY-MM-DD. */
  readonly businessDate: string;
  /** The day on which the run was created, in the time zone of the Report. */
  readonly submissionDate: string;
}

/** The definition with the rules that hold, and what was left out or weighed otherwise, as evidence says it. */
export interface EffectiveRules {
  readonly definition: Definition;
  readonly submissionDate: string;
  /** Ids of rules outside of their window. */
  readonly notEffective: readonly string[];
  readonly overrides: readonly Override[];
}

/** The days of a run. `createdAt` is an instant. */
export function ruleDaysOf({ timeZone }: Definition, run: { businessDate: string; createdAt: string }): RuleDays {
  const created = Temporal.Instant.from(run.createdAt).toZonedDateTimeISO(timeZone);
  return { businessDate: run.businessDate, submissionDate: created.toPlainDate().toString() };
}

/** Decides. A disabled finding of a lookup leaves its values null. */
export function effectiveRules(definition: Definition, days: RuleDays): EffectiveRules {
  const overrides = (definition.overrides ?? []).filter(({ effectiveFrom, effectiveUntil }) =>
    isWithin(days.businessDate, { from: effectiveFrom, until: effectiveUntil }),
  );
  const overrideOf = (id: string) => overrides.find(({ rule }) => rule === id)?.severity;
  const holding = definition.rules.filter((rule) => isEffective(rule, days));
  const rules = holding.flatMap((rule): Rule[] => {
    const override = overrideOf(rule.id);
    if (override === "Disabled") return [];
    return [override ? { ...rule, severity: override } : rule];
  });
  const fields = definition.fields.map((field) => weighedField(field, overrideOf));
  return {
    definition: { ...definition, rules, fields },
    submissionDate: days.submissionDate,
    notEffective: definition.rules.filter((rule) => !holding.includes(rule)).map(({ id }) => id),
    overrides,
  };
}

function weighedField(
  field: Definition["fields"][number],
  overrideOf: (id: string) => Override["severity"] | undefined,
): Definition["fields"][number] {
  const { lookup } = field;
  const override = lookup?.finding && overrideOf(lookup.finding.id);
  if (!lookup?.finding || !override) return field;
  if (override === "Disabled") {
    const { finding: _finding, ...rest } = lookup;
    return { ...field, lookup: { ...rest, onMissing: "SetNull" } };
  }
  return { ...field, lookup: { ...lookup, finding: { ...lookup.finding, severity: override } } };
}

function isEffective({ effective }: Rule, { businessDate, submissionDate }: RuleDays): boolean {
  if (!effective) return true;
  return isWithin(effective.basis === "SubmissionDate" ? submissionDate : businessDate, effective);
}

/** Whether a day is in a window; `until` is the first day after it. Dates are YYYY-MM-DD, so texts compare as days. */
export function isWithin(
  day: string,
  { from, until }: { from?: string | undefined; until?: string | undefined },
): boolean {
  return (from === undefined || from <= day) && (until === undefined || day < until);
}
