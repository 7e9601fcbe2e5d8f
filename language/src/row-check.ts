/** Checks everything that is computed per row of a Report together: fields in order, then rules and output columns. */
import { checkSource, expectKind } from "./check.ts";
import type { Column } from "./column-type.ts";
import { warnIfNull } from "./context.ts";
import { type Diagnostic, newReporter } from "./diagnostic.ts";
import type { RunParameter, Scope, ScopeField } from "./scope.ts";
import { type Node, plainBase } from "./typed.ts";
import { INVALID } from "./value-type.ts";

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
}

/** What one output writes per row. */
export interface OutputSource {
  readonly name: string;
  readonly columns: readonly { readonly value: string; readonly path?: string | undefined }[];
}

/** All expressions over the rows of one input. */
export interface RowSource {
  readonly columns: readonly Column[];
  readonly fields: readonly FieldSource[];
  readonly rules: readonly RuleSource[];
  readonly outputs: readonly OutputSource[];
  /** Default none. */
  readonly runParameters?: readonly RunParameter[] | undefined;
}

/** A checked expression with the text it came from. */
export interface CheckedSource {
  readonly source: string;
  readonly node: Node;
}

/** The checked expressions, in the order of the source; those with errors are of the type `invalid`. */
export interface CheckedRow {
  readonly fields: readonly CheckedSource[];
  readonly rules: readonly CheckedSource[];
  readonly outputs: readonly (readonly CheckedSource[])[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Checks them all; throws a LanguageError only when a column type is none. */
export function checkRow({ columns, fields, rules, outputs, runParameters = [] }: RowSource): CheckedRow {
  const diagnostics: Diagnostic[] = [];
  const known: ScopeField[] = [];
  const scope = (part: boolean): Scope => ({ row: columns, fields: known, runParameters, part });
  const check = (source: string, path: string, expected: "any" | "bool", part: boolean): CheckedSource => {
    const reporter = newReporter(path, source, 0, diagnostics);
    const node = checkSource(source, scope(part), reporter) ?? unparsed(source);
    expectKind(node, expected, reporter);
    if (expected === "bool") warnIfNull({ reporter }, node);
    return { source, node };
  };
  const checkedFields = fields.map(({ name, value, path }, index) => {
    const checked = check(value, path ?? `fields[${index}].value`, "any", false);
    const { type, nullable, mayFail } = checked.node;
    known.push({ name, type, nullable, mayFail });
    return checked;
  });
  return {
    fields: checkedFields,
    rules: rules.map((rule, index) => check(rule.assert, rule.path ?? `rules[${index}].assert`, "bool", false)),
    outputs: outputs.map((output, index) =>
      output.columns.map(({ value, path }, column) =>
        check(value, path ?? `outputs[${index}].columns[${column}].value`, "any", true),
      ),
    ),
    diagnostics,
  };
}

function unparsed(source: string): Node {
  return { ...plainBase(INVALID, { start: 0, end: source.length }), kind: "constant", value: null };
}
