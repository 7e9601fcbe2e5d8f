/** Owns the check of a RuleSet by itself: its rules over its own columns. */
import type { RuleSetSpec } from "@openreg/crds/types";
import { checkColumns } from "./check-columns.ts";
import { checkExpression } from "./check-expression.ts";
import { checkWindow } from "./check-window.ts";
import { isColumnType } from "./column-type.ts";
import { type DefinitionDiagnostic, named, problem } from "./definition-problem.ts";
import type { InputRow } from "./definition-scope.ts";

/** Checks a RuleSet. An empty list, or one of warnings only, means that Reports can use it. */
export function checkRuleSet({ columns, rules }: RuleSetSpec): readonly DefinitionDiagnostic[] {
  const types = columns.flatMap(({ name, type }, index) => {
    if (isColumnType(type)) return [];
    const message = `column '${name}': '${type}' is no type`;
    const hint = "use String, Integer, Decimal(p,s) with s <= p, Boolean, Date or Timestamp(0..9)";
    return [problem({ path: `spec.columns[${index}].type`, code: "BadType", source: type, message, hint })];
  });
  if (types.length > 0) return types;
  const row: InputRow = { input: "", columns, fields: [], lookups: [], isRecord: true, recordMayFail: true };
  return rules.flatMap((rule, index) => [
    ...checkId(rules, index),
    ...checkSharedRule(rule, { path: `spec.rules[${index}]`, row }),
  ]);
}

type SharedRule = RuleSetSpec["rules"][number];

function checkId(rules: readonly SharedRule[], index: number): DefinitionDiagnostic[] {
  const id = rules[index]?.id ?? "";
  if (rules.findIndex((one) => one.id === id) === index) return [];
  const message = `rule '${id}': the id occurs twice`;
  const hint = "give each rule an id of its own";
  return [problem({ path: `spec.rules[${index}].id`, code: "DuplicateName", source: id, message, hint })];
}

function checkSharedRule(
  { id, assert, columns = [], unique, effective }: SharedRule,
  { path, row }: { readonly path: string; readonly row: InputRow },
): DefinitionDiagnostic[] {
  const subject = `rule '${id}'`;
  const scope = { row: row.columns ?? [], runParameters: [], record: true, recordMayFail: true };
  const source = { source: assert ?? "", path: `${path}.assert`, scope, expected: "bool" } as const;
  return [
    ...(assert === undefined ? [] : named(subject, checkExpression(source).diagnostics)),
    ...checkColumns({ names: columns, path: `${path}.columns`, row, subject, single: false }),
    ...checkColumns({ names: unique?.columns ?? [], path: `${path}.unique.columns`, row, subject }),
    ...(effective ? checkWindow(effective, `${path}.effective.until`, subject) : []),
  ];
}
