/** Owns the check of what must hold: rules of the Report and of rule sets, limits and overrides. */
import type { Definition } from "@openreg/crds/types";
import { checkColumns } from "./check-columns.ts";
import { checkExpression } from "./check-expression.ts";
import { unknownInput } from "./check-inputs.ts";
import { checkBindings, ruleSetScope } from "./check-rule-set-binding.ts";
import { checkWindow, firstOverlap, windowText } from "./check-window.ts";
import { type DefinitionDiagnostic, named, problem } from "./definition-problem.ts";
import { type InputRow, rowOfInput, rowScope, runScope, typeText } from "./definition-scope.ts";
import { didYouMean } from "./suggest.ts";
import { isNumeric } from "./value-type.ts";

type Rule = Definition["rules"][number];
type Totals = NonNullable<Rule["totals"]>;

/** Checks all rules over the rows of the record, and how their findings are weighed. */
export function checkRules(definition: Definition, row: InputRow): DefinitionDiagnostic[] {
  const bindings = checkBindings(definition, row);
  const broken = new Set(bindings.filter(({ severity }) => severity === "Error").map(({ ruleSet }) => ruleSet));
  return [
    ...bindings.map(({ ruleSet: _ruleSet, ...diagnostic }) => diagnostic),
    ...definition.rules.flatMap((rule, index) =>
      rule.ruleSet !== undefined && broken.has(rule.ruleSet) ? [] : checkRule({ definition, row, rule, index }),
    ),
    ...checkLimits(definition),
    ...checkOverrides(definition),
  ];
}

/** Where a rule stands in the Report: a rule of a set has the place of the reference to it. */
export function ruleRoot(definition: Definition, rule: Rule, index: number): string {
  if (rule.ruleSet === undefined) return `spec.validation.rules[${index}]`;
  return `spec.validation.ruleSetRefs[${definition.ruleSets?.findIndex(({ name }) => name === rule.ruleSet)}]`;
}

/** Of what remarks about a rule speak. */
export function ruleSubject({ id, ruleSet }: Rule): string {
  return ruleSet === undefined ? `rule '${id}'` : `rule '${id}' of RuleSet '${ruleSet}'`;
}

interface RulePlace {
  readonly definition: Definition;
  readonly row: InputRow;
  readonly rule: Rule;
  readonly index: number;
}

function checkRule(place: RulePlace): DefinitionDiagnostic[] {
  const { definition, rule, index } = place;
  const root = ruleRoot(definition, rule, index);
  const subject = ruleSubject(rule);
  const path = (member: string) => `${root}.${member}`;
  if (rule.from !== undefined && !definition.inputs.some(({ name }) => name === rule.from))
    return named(subject, [unknownInput(definition, rule.from, path("from"))]);
  const row = rule.from === undefined ? place.row : rowOfInput(definition, rule.from);
  const scope = ruleSetScope(definition, rule, rowScope(definition, row));
  const assert =
    rule.assert === undefined
      ? []
      : checkExpression({ source: rule.assert, path: path("assert"), scope, expected: "bool" }).diagnostics;
  const found = [
    ...named(subject, assert),
    ...checkColumns({ names: rule.columns, path: path("columns"), row, subject, single: false }),
    ...checkColumns({ names: rule.unique?.columns ?? [], path: path("unique.columns"), row, subject }),
    ...(rule.totals ? named(subject, checkTotals(place, rule.totals, path("totals"))) : []),
    ...(rule.effective ? checkWindow(rule.effective, path("effective.until"), subject) : []),
  ];
  return rule.ruleSet === undefined ? found : found.map((one) => ({ ...one, path: root }));
}

function checkTotals(place: RulePlace, totals: Totals, path: string): DefinitionDiagnostic[] {
  const { left, right, value } = totals;
  return [
    ...checkAmount(place, left, `${path}.left`),
    ...(right ? checkAmount(place, right, `${path}.right`) : []),
    ...(value === undefined ? [] : checkNumber(value, `${path}.value`, runScope(place.definition))),
  ];
}

function checkAmount(
  { definition, row }: RulePlace,
  { from, sum, where }: Totals["left"],
  path: string,
): DefinitionDiagnostic[] {
  if (!definition.inputs.some(({ name }) => name === from)) return [unknownInput(definition, from, `${path}.from`)];
  const scope = rowScope(definition, from === row.input ? row : rowOfInput(definition, from));
  return [
    ...(sum === undefined ? [] : checkNumber(sum, `${path}.sum`, scope)),
    ...(where === undefined
      ? []
      : checkExpression({ source: where, path: `${path}.where`, scope, expected: "bool" }).diagnostics),
  ];
}

function checkNumber(source: string, path: string, scope: ReturnType<typeof runScope>): DefinitionDiagnostic[] {
  const { type, diagnostics } = checkExpression({ source, path, scope });
  if (!type || isNumeric(type.type)) return [...diagnostics];
  const message = `a total is a number, this is ${typeText(type.type)}`;
  return [...diagnostics, problem({ path, code: "BadType", source, message, hint: "write an int or a decimal" })];
}

/** The ids that limits and overrides may name: those of rules, and of findings of lookups. */
function findingIds(definition: Definition): readonly string[] {
  return [
    ...definition.rules.map(({ id }) => id),
    ...definition.fields.flatMap(({ lookup }) => (lookup?.finding ? [lookup.finding.id] : [])),
  ];
}

function unknownRule(definition: Definition, id: string, path: string): DefinitionDiagnostic[] {
  const ids = findingIds(definition);
  if (ids.includes(id)) return [];
  const hint = didYouMean(id, ids) ?? "there are no rules";
  return [problem({ path, code: "UnknownName", source: id, message: `unknown rule '${id}'`, hint })];
}

function checkLimits(definition: Definition): DefinitionDiagnostic[] {
  return (definition.limits ?? []).flatMap(({ rule }, index) => {
    if (rule === undefined) return [];
    const path = `spec.validation.limits[${index}].rule`;
    const unknown = unknownRule(definition, rule, path);
    if (definition.rules.find(({ id }) => id === rule)?.severity !== "Blocking") return unknown;
    const message = `rule '${rule}' is Blocking already, so a limit changes nothing`;
    const hint = "give the rule another severity, or take the limit out";
    return [problem({ path, code: "BadValue", source: rule, message, hint })];
  });
}

function checkOverrides(definition: Definition): DefinitionDiagnostic[] {
  const overrides = definition.overrides ?? [];
  const windows = overrides.map(({ effectiveFrom: from, effectiveUntil: until }) => ({ from, until }));
  const path = (index: number, member: string) => `spec.validation.overrides[${index}].${member}`;
  const each = overrides.flatMap(({ rule }, index) => [
    ...unknownRule(definition, rule, path(index, "rule")),
    ...checkWindow(windows[index] ?? {}, path(index, "effectiveUntil"), `override of rule '${rule}'`),
  ]);
  const rules = [...new Set(overrides.map(({ rule }) => rule))];
  const overlaps = rules.flatMap((rule) => {
    const places = [...overrides.keys()].filter((index) => overrides[index]?.rule === rule);
    const found = firstOverlap(places.map((index) => windows[index] ?? {}));
    if (!found) return [];
    const [first, second] = found.map((place) => places[place] ?? 0) as [number, number];
    const both = [first, second].map((index) => windowText(windows[index] ?? {})).join(" and ");
    const message = `rule '${rule}' is overridden twice at a time: ${both}`;
    const hint = "end the first before the second begins";
    const at = path(second, "effectiveFrom");
    return [problem({ path: at, code: "BadWindow", source: windows[second]?.from ?? "", message, hint })];
  });
  return [...each, ...overlaps];
}
