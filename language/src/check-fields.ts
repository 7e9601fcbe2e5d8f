/** Owns the check of what is added to the rows of the record: fields, lookups and the action. */
import type { Definition } from "@openreg/crds/types";
import { checkSource, expectKind } from "./check.ts";
import { checkExpression } from "./check-expression.ts";
import { type DefinitionDiagnostic, named, problem } from "./definition-problem.ts";
import { fits, type InputRow, rowOfInput, rowScope, typeText } from "./definition-scope.ts";
import { newReporter } from "./diagnostic.ts";
import type { LookupValue, ScopeField, ScopeLookup } from "./scope.ts";
import { didYouMean } from "./suggest.ts";
import type { Node } from "./typed.ts";

type Field = Definition["fields"][number];
type Lookup = NonNullable<Field["lookup"]>;

/** The rows of the record with all that is added, and what was found on the way. */
export interface CheckedFields {
  readonly row: InputRow;
  readonly diagnostics: readonly DefinitionDiagnostic[];
}

/** Checks the fields in order, each seeing those before it, and then the action. */
export function checkFields(definition: Definition): CheckedFields {
  const fields: ScopeField[] = [];
  const lookups: ScopeLookup[] = [];
  const diagnostics: DefinitionDiagnostic[] = [];
  const row: InputRow = { ...rowOfInput(definition, definition.record.input), fields, lookups };
  for (const [index, field] of definition.fields.entries()) {
    const path = `spec.fields[${index}]`;
    const found = field.lookup
      ? checkLookup({ definition, row, path, field }, field.lookup)
      : checkValue({ definition, row, path, field });
    diagnostics.push(...named(`field '${field.name}'`, found.diagnostics));
    if (found.field) fields.push(found.field);
    if (found.lookup) lookups.push(found.lookup);
    if (!found.field && !found.lookup) break; // what reads it would be called wrong too
  }
  const action = checkAction(definition, row);
  return { row: { ...row, recordMayFail: action.mayFail }, diagnostics: [...diagnostics, ...action.diagnostics] };
}

interface Place {
  readonly definition: Definition;
  readonly row: InputRow;
  readonly path: string;
  readonly field: Field;
}

interface Found {
  readonly field?: ScopeField;
  readonly lookup?: ScopeLookup;
  readonly diagnostics: readonly DefinitionDiagnostic[];
}

function checkValue({ definition, row, path, field: { name, value = "" } }: Place): Found {
  const scope = rowScope(definition, row, { record: false });
  const { type, diagnostics } = checkExpression({ source: value, path: `${path}.value`, scope });
  return { diagnostics, ...(type && { field: { name, ...type } }) };
}

/** What a lookup looks in: its keys in order, and what it gives. */
interface Table {
  readonly what: string;
  readonly keys: readonly { readonly name: string; readonly type: string }[];
  readonly values: readonly LookupValue[];
}

function checkLookup(place: Place, lookup: Lookup): Found {
  const table = tableOf(place, lookup);
  if (!("keys" in table)) return { diagnostics: [table] };
  const { definition, row, path, field } = place;
  const names = checkKeyNames(lookup, table, `${path}.lookup.keys`);
  const scope = rowScope(definition, row, { record: false });
  let mayFail = false;
  const keys = lookup.keys.flatMap(({ name, value }): readonly DefinitionDiagnostic[] => {
    const wanted = table.keys.find((one) => one.name === name);
    const at = `${path}.lookup.keys.${name}`;
    const { type, diagnostics } = checkExpression({ source: value, path: at, scope });
    mayFail ||= type?.mayFail ?? false;
    if (!type || !wanted || fits(type.type, wanted.type)) return diagnostics;
    const message = `key '${name}' is ${typeText(type.type)}, but ${table.what} has ${wanted.type} there`;
    const hint = `write an expression of type ${wanted.type}`;
    return [...diagnostics, problem({ path: at, code: "BadLookup", source: value, message, hint })];
  });
  const diagnostics = [...names, ...keys];
  if (diagnostics.some(({ severity }) => severity === "Error")) return { diagnostics };
  const isFound = lookup.onMissing === "Fail";
  return { diagnostics, lookup: { name: field.name, values: table.values, nullable: !isFound, mayFail } };
}

function tableOf({ definition, path }: Place, lookup: Lookup): Table | DefinitionDiagnostic {
  if (lookup.mappingSet !== undefined) return mappingTable(definition, lookup.mappingSet);
  const input = definition.inputs.find((one) => one.name === lookup.input);
  const at = `${path}.lookup.input`;
  const source = lookup.input ?? "";
  const references = definition.inputs.filter(({ lookupBy }) => lookupBy).map(({ name }) => name);
  if (!input) {
    const hint = didYouMean(source, references) ?? "add an input with lookupBy";
    return problem({ path: at, code: "UnknownName", source, message: `unknown input '${source}'`, hint });
  }
  if (!input.lookupBy) {
    const message = `input '${source}' is a stream of rows, not a table to look up in`;
    const hint = `set lookupBy of input '${source}' to its key columns`;
    return problem({ path: at, code: "BadLookup", source, message, hint });
  }
  const columns = input.columns ?? [];
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type ?? "String";
  return {
    what: `input '${source}'`,
    keys: input.lookupBy.map((name) => ({ name, type: typeOf(name) })),
    values: columns,
  };
}

function mappingTable(definition: Definition, name: string): Table {
  const set = definition.mappingSets?.find((one) => one.name === name);
  const entries = set?.entries ?? [];
  const isComplete = (index: number) => entries.length > 0 && entries.every(({ values }) => values[index] !== null);
  return {
    what: `MappingSet '${name}'`,
    keys: set?.keys ?? [],
    values: (set?.values ?? []).map((value, index) => ({ ...value, required: isComplete(index) })),
  };
}

function checkKeyNames(lookup: Lookup, { what, keys }: Table, path: string): DefinitionDiagnostic[] {
  const wanted = keys.map(({ name }) => name);
  const given = lookup.keys.map(({ name }) => name);
  const missing = wanted
    .filter((name) => !given.includes(name))
    .map((name) => {
      const message = `${what} is looked up by ${wanted.join(", ")}, but keys has no '${name}'`;
      return problem({ path, code: "BadLookup", source: "", message, hint: `add ${name}: <expression>` });
    });
  const unknown = given
    .filter((name) => !wanted.includes(name))
    .map((name) => {
      const hint = didYouMean(name, wanted) ?? `take '${name}' out`;
      const message = `${what} has no key '${name}'`;
      return problem({ path: `${path}.${name}`, code: "BadLookup", source: name, message, hint });
    });
  return [...missing, ...unknown];
}

const actions = ["New", "Modify", "Cancel", "Correct"];

function checkAction(
  definition: Definition,
  row: InputRow,
): { readonly mayFail: boolean; readonly diagnostics: readonly DefinitionDiagnostic[] } {
  const { action } = definition.record;
  if (action === undefined) return { mayFail: false, diagnostics: [] };
  const path = "spec.record.action";
  const reporter = newReporter(path, action);
  const node = checkSource(action, rowScope(definition, row, { record: false }), reporter);
  if (node) expectKind(node, "string", reporter);
  if (!node || reporter.diagnostics.length > 0) return { mayFail: true, diagnostics: reporter.diagnostics };
  const wrong = resultsOf(node).filter((one) => one.kind !== "constant" || !actions.includes(String(one.value)));
  return {
    mayFail: node.mayFail || node.nullable,
    diagnostics: wrong.map(({ span: { start, end } }) =>
      problem({
        ...{ path, code: "BadAction", source: action, start, end },
        message: `an action is one of ${actions.join(", ")}, written out`,
        hint: 'choose by a condition, as in row.status == "CANC" ? "Cancel" : "New"',
      }),
    ),
  };
}

/** The nodes that an expression may have as its value. */
function resultsOf(node: Node): readonly Node[] {
  return node.kind === "choice" ? [...resultsOf(node.positive), ...resultsOf(node.negative)] : [node];
}
