/** Owns the check of names of columns and fields that stand for themselves: in findings, keys, splits and bindings. */
import { type DefinitionDiagnostic, problem } from "./definition-problem.ts";
import { type InputRow, namesInRow, typeInRow } from "./definition-scope.ts";
import { didYouMean } from "./suggest.ts";

/** Names of columns and where they stand. */
export interface NamedColumns {
  readonly names: readonly string[];
  /** The path of the list. */
  readonly path: string;
  readonly row: InputRow;
  /** Of what a remark speaks, as in `rule 'R-1'`. */
  readonly subject: string;
  /** Whether each is a single value, so that it can be compared; default true. */
  readonly single?: boolean;
}

/** Checks that each name is a column or a field, and by default that it is no list. */
export function checkColumns({ names, path, row, subject, single = true }: NamedColumns): DefinitionDiagnostic[] {
  return names.flatMap((name, position) => {
    const at = `${path}[${position}]`;
    const type = typeInRow(row, name);
    if (type === undefined) return [unknownColumn(row, name, at, subject)];
    if (!single || type === "unknown" || type.kind !== "list") return [];
    const message = `${subject}: '${name}' is a list and cannot be compared`;
    return [problem({ path: at, code: "BadType", source: name, message, hint: "name a column with one value" })];
  });
}

/** Says that a row has no such column. */
export function unknownColumn(row: InputRow, name: string, path: string, subject: string): DefinitionDiagnostic {
  const lookup = row.lookups.find((one) => one.name === name);
  return problem({
    path,
    code: "UnknownName",
    source: name,
    message: lookup ? `${subject}: '${name}' is a lookup, not a column` : `${subject}: unknown column '${name}'`,
    hint: lookup
      ? `add a field with the value row.${name}.${lookup.values[0]?.name ?? "<value>"} and name it here`
      : (didYouMean(name, namesInRow(row)) ?? "name a column or a field"),
  });
}
