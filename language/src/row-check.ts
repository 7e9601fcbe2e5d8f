/** Checks everything that is computed per row of a Report together: fields in order, then rules and output columns. */
import { checkSource, expectKind } from "./check.ts";
import { checkAction, type RecordSource } from "./check-record.ts";
import type { Column } from "./column-type.ts";
import { warnIfNull } from "./context.ts";
import { type Diagnostic, newReporter } from "./diagnostic.ts";
import type { LookupSource } from "./lookup.ts";
import type { RunParameter, Scope, ScopeField, ScopeLookup } from "./scope.ts";
import { constant, type Node, plainBase } from "./typed.ts";
import { INVALID, STRING } from "./value-type.ts";

/** A computed column: later fields, rules and outputs read it as `row.<name>`. */
export interface FieldSource {
  readonly name: string;
  readonly value: string;
  /** Place in the definition; default `fields[i].value`. */
  readonly path?: string | undefined;
}

/** A condition every row must meet. */
export interface RuleSource {
  readonly id: string;
  readonly assert: string;
  readonly columns?: readonly string[] | undefined;
  /** Place in the definition; default `rules[i].assert`. */
  readonly path?: string | undefined;
  /** For a rule of a set: the only names of `row` it may read, each with the column or field it stands for. */
  readonly aliases?: ReadonlyMap<string, string> | undefined;
}

/** What one output writes per row. */
export interface OutputSource {
  readonly name: string;
  readonly columns: readonly OutputColumn[];
}

/** One value of an output. */
export interface OutputColumn {
  readonly value: string;
  /** Place in the definition; default `outputs[i].columns[j].value`. */
  readonly path?: string | undefined;
  /** What it must be: default a single value; `list` allows a list too, whose text is a JSON array of its elements' texts, and `bool` a condition. */
  readonly expected?: "any" | "list" | "bool" | undefined;
  readonly only?: OnlyWhere | undefined;
}

/** Computes a value of an output only where the text of an earlier value of that output is this one; else it is null. */
export interface OnlyWhere {
  /** Index of the earlier value. */
  readonly slot: number;
  readonly is: string;
}

/** All expressions over the rows of one input. */
export interface RowSource {
  readonly columns: readonly Column[];
  readonly fields: readonly FieldSource[];
  readonly rules: readonly RuleSource[];
  readonly outputs: readonly OutputSource[];
  /** Default none. */
  readonly lookups?: readonly LookupSource[] | undefined;
  /** Read as `record.key` and `record.action` by rules and outputs; default none. */
  readonly record?: RecordSource | undefined;
  /** Default none. */
  readonly runParameters?: readonly RunParameter[] | undefined;
}

/** A checked expression with the text it came from. */
export interface CheckedSource {
  readonly source: string;
  readonly node: Node;
  readonly only?: OnlyWhere | undefined;
}

/** The checked expressions, in the order of the source; those with errors are of the type `invalid`. */
export interface CheckedRow {
  readonly fields: readonly CheckedSource[];
  /** The keys of each lookup. */
  readonly lookups: readonly (readonly CheckedSource[])[];
  /** Empty without a record. */
  readonly record: { readonly key: readonly CheckedSource[]; readonly action: CheckedSource } | undefined;
  readonly rules: readonly CheckedSource[];
  readonly outputs: readonly (readonly CheckedSource[])[];
  readonly diagnostics: readonly Diagnostic[];
}

type Place = "field" | "record" | "rule" | "output";

/** Checks them all; throws a LanguageError only when a column type is none. */
export function checkRow(source: RowSource): CheckedRow {
  const { columns, rules, outputs, record, runParameters = [] } = source;
  const diagnostics: Diagnostic[] = [];
  const known: Known = { fields: [], lookups: [] };
  let recordMayFail = false;
  const scopeOf = (place: Place, aliases: Scope["aliases"]): Scope => ({
    row: columns,
    ...known,
    runParameters,
    part: place === "output",
    record: record !== undefined && (place === "rule" || place === "output"),
    recordMayFail,
    aliases,
  });
  const check: Check = (text, { path, place, aliases }, expected) => {
    const reporter = newReporter(path, text, 0, diagnostics);
    const node = checkSource(text, scopeOf(place, aliases), reporter) ?? unparsed(text);
    if (place === "record") return { source: text, node: checkAction(node, { reporter }) };
    expectKind(node, expected, reporter);
    if (expected === "bool") warnIfNull({ reporter }, node);
    return { source: text, node };
  };
  const steps = checkSteps(source, known, check);
  const checkedRecord = record && checkRecord(record, check);
  recordMayFail =
    checkedRecord !== undefined && (checkedRecord.action.node.mayFail || checkedRecord.action.node.nullable);
  return {
    ...steps,
    record: checkedRecord,
    rules: rules.map((rule, index) =>
      check(rule.assert, { path: rule.path ?? `rules[${index}].assert`, place: "rule", aliases: rule.aliases }, "bool"),
    ),
    outputs: outputs.map((output, index) =>
      output.columns.map(({ value, path, expected = "any", only }, column) => ({
        ...check(value, { path: path ?? `outputs[${index}].columns[${column}].value`, place: "output" }, expected),
        only,
      })),
    ),
    diagnostics,
  };
}

interface Known {
  readonly fields: ScopeField[];
  readonly lookups: ScopeLookup[];
}

/** Where an expression stands, and by which names it reads the row. */
interface At {
  readonly path: string;
  readonly place: Place;
  readonly aliases?: RuleSource["aliases"];
}

type Check = (source: string, at: At, expected: "any" | "bool" | "list") => CheckedSource;

/** Fields and lookups in their order, each seeing those before it. */
function checkSteps({ fields, lookups = [] }: RowSource, known: Known, check: Check) {
  const checkedLookups: CheckedSource[][] = [];
  const lookUntil = (field: number): void => {
    for (const [index, lookup] of lookups.entries()) {
      if (index !== checkedLookups.length || (lookup.afterFields ?? 0) > field) continue;
      const keys = lookup.keys.map(({ name, value, path }) =>
        check(value, { path: path ?? `lookups[${index}].keys.${name}`, place: "field" }, "any"),
      );
      checkedLookups.push(keys);
      const { name, values, nullable } = lookup;
      known.lookups.push({ name, values, nullable, mayFail: keys.some(({ node }) => node.mayFail) });
    }
  };
  const checkedFields = fields.map(({ name, value, path }, index) => {
    lookUntil(index);
    const checked = check(value, { path: path ?? `fields[${index}].value`, place: "field" }, "list");
    const { type, nullable, mayFail } = checked.node;
    known.fields.push({ name, type, nullable, mayFail });
    return checked;
  });
  lookUntil(fields.length);
  return { fields: checkedFields, lookups: checkedLookups };
}

function checkRecord({ key, action, path = "record.action" }: RecordSource, check: Check) {
  const keys = key.map((name, index) =>
    check(`row[${JSON.stringify(name)}]`, { path: `record.key[${index}]`, place: "field" }, "any"),
  );
  const fallback = { source: '"New"', node: constant("New", STRING, { start: 0, end: 5 }) };
  return { key: keys, action: action === undefined ? fallback : check(action, { path, place: "record" }, "any") };
}

function unparsed(source: string): Node {
  return { ...plainBase(INVALID, { start: 0, end: source.length }), kind: "constant", value: null };
}
