/** Owns how the columns of rule sets meet those of a Report: which name stands for which, and whether their types agree. */
import type { Definition } from "@openreg/crds/types";
import { type DefinitionDiagnostic, problem } from "./definition-problem.ts";
import { fits, type InputRow, namesInRow, typeInRow, typeText } from "./definition-scope.ts";
import type { Scope } from "./scope.ts";
import { didYouMean } from "./suggest.ts";

type RuleSet = NonNullable<Definition["ruleSets"]>[number];

/** For each column of a set the column or field of the Report that stands for it. */
export function boundNames({ columns, bind }: RuleSet): ReadonlyMap<string, string> {
  const bound = new Map(bind.map(({ column, to }) => [column, to]));
  return new Map(columns.map(({ name }) => [name, bound.get(name) ?? name]));
}

/** The scope of a rule: for a rule of a set `row` has the columns of the set, which stand for those of the Report. */
export function ruleSetScope(definition: Definition, rule: Definition["rules"][number], scope: Scope): Scope {
  const set = definition.ruleSets?.find(({ name }) => name === rule.ruleSet);
  return set ? { ...scope, aliases: boundNames(set) } : scope;
}

/** A remark about a binding, with the set it is about. */
export type BindingDiagnostic = DefinitionDiagnostic & { readonly ruleSet: string };

/** Checks that each bound name exists on both sides, and that the types agree. */
export function checkBindings(definition: Definition, row: InputRow): BindingDiagnostic[] {
  return (definition.ruleSets ?? []).flatMap((set, index) => {
    const path = `spec.validation.ruleSetRefs[${index}]`;
    const found = [...twiceNamed(definition, index), ...unknownColumns(set, path), ...badTargets(set, row, path)];
    return found.map((one) => ({ ...one, ruleSet: set.name }));
  });
}

function twiceNamed({ ruleSets = [] }: Definition, index: number): DefinitionDiagnostic[] {
  const name = ruleSets[index]?.name ?? "";
  if (ruleSets.findIndex((one) => one.name === name) === index) return [];
  const path = `spec.validation.ruleSetRefs[${index}].name`;
  const message = `RuleSet '${name}' is named twice`;
  return [problem({ path, code: "DuplicateName", source: name, message, hint: "take one of the references out" })];
}

function unknownColumns({ name, columns, bind }: RuleSet, path: string): DefinitionDiagnostic[] {
  const names = columns.map((column) => column.name);
  return bind
    .filter(({ column }) => !names.includes(column))
    .map(({ column }) =>
      problem({
        ...{ path: `${path}.bind.${column}`, code: "BadBinding", source: column },
        message: `RuleSet '${name}' has no column '${column}'`,
        hint: didYouMean(column, names) ?? `take '${column}' out`,
      }),
    );
}

function badTargets(set: RuleSet, row: InputRow, path: string): DefinitionDiagnostic[] {
  const given = new Set(set.bind.map(({ column }) => column));
  const bound = boundNames(set);
  return set.columns.flatMap((column) => {
    const to = bound.get(column.name) ?? column.name;
    const isGiven = given.has(column.name);
    const wrong = badTarget({ column, to, isGiven, type: typeInRow(row, to) }, row);
    if (!wrong) return [];
    const message = `column '${column.name}' of RuleSet '${set.name}' is ${wrong.message}`;
    const at = isGiven ? `${path}.bind.${column.name}` : `${path}.bind`;
    return [problem({ path: at, code: "BadBinding", source: to, message, hint: wrong.hint })];
  });
}

interface Target {
  readonly column: RuleSet["columns"][number];
  readonly to: string;
  readonly isGiven: boolean;
  readonly type: ReturnType<typeof typeInRow>;
}

function badTarget(
  { column, to, isGiven, type }: Target,
  row: InputRow,
): { readonly message: string; readonly hint: string } | undefined {
  if (type === "unknown") return undefined;
  const add = `add ${column.name}: <column or field>`;
  if (type === undefined && !isGiven) return { message: "not bound", hint: add };
  if (type === undefined)
    return { message: `bound to '${to}', which is no column`, hint: didYouMean(to, namesInRow(row)) ?? add };
  if (fits(type, column.type)) return undefined;
  return { message: `${column.type}, but '${to}' is ${typeText(type)}`, hint: `bind a ${column.type}` };
}
