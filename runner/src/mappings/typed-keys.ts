/** Owns how the keys of a table become texts of their types, as expressions compute them: `007` of type Integer is `7`. */
import { type Column, compileRowProgram, type RunValues } from "@openreg/language";

/** The columns of a table, and which of them are its keys. */
export interface TypedKeysSource {
  readonly columns: readonly Column[];
  readonly keys: readonly string[];
  readonly values: RunValues;
}

/** A value that does not fit its column. */
export interface Misfit {
  readonly column: string;
  readonly type: string;
  readonly shown: string;
  readonly reason: string | undefined;
}

/** Answers the keys of a row, or the first of its values that does not fit. */
export type TypedKeys = (row: readonly (string | null)[]) => (string | null)[] | Misfit;

/** Compiles the program that reads the columns. */
export function newTypedKeys({ columns, keys, values }: TypedKeysSource): TypedKeys {
  const program = compileRowProgram({
    columns,
    fields: [],
    rules: [],
    outputs: [{ name: "keys", columns: keys.map((name) => ({ value: `row[${JSON.stringify(name)}]` })) }],
    run: values,
  });
  return (row) => {
    if (program.evaluate(row) >= 0) return [...(program.render(0) ?? [])];
    const { badColumn, badReason } = program;
    const value = row[badColumn] ?? null;
    return {
      column: columns[badColumn]?.name ?? "",
      type: columns[badColumn]?.type ?? "",
      shown: value === null ? "null" : JSON.stringify(value.slice(0, 100)),
      reason: badReason,
    };
  };
}
