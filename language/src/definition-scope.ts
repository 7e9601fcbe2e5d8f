/** Owns what the expressions of a definition may read: the rows of each input, with fields and lookups for those of the record. */
import type { Definition } from "@openreg/crds/types";
import { type Column, isColumnType, parseColumnType } from "./column-type.ts";
import type { Scope, ScopeField, ScopeLookup } from "./scope.ts";
import { describeType, type ValueType, valueTypeOf } from "./value-type.ts";

/** What expressions over the rows of one input may read. */
export interface InputRow {
  /** The input's name. */
  readonly input: string;
  /** Its columns, or undefined when it declares none (then every column is text and known only at run time). */
  readonly columns: readonly Column[] | undefined;
  readonly fields: readonly ScopeField[];
  readonly lookups: readonly ScopeLookup[];
  /** Whether these are the rows of the record: they alone have fields, lookups and an action. */
  readonly isRecord: boolean;
  /** Whether record.action may have no result. */
  readonly recordMayFail: boolean;
}

/** The rows of an input as it is read, before fields are added. Columns of a type that is none are left out: they are reported already. */
export function rowOfInput(definition: Definition, name: string): InputRow {
  const columns = definition.inputs.find((one) => one.name === name)?.columns;
  return {
    input: name,
    columns: columns?.filter((column) => isColumnType(column.type)),
    fields: [],
    lookups: [],
    isRecord: name === definition.record.input,
    recordMayFail: false,
  };
}

/** The scope of expressions over rows. */
export function rowScope(definition: Definition, row: InputRow, { record = row.isRecord, part = false } = {}): Scope {
  return {
    row: row.columns ?? [],
    fields: row.fields,
    lookups: row.lookups,
    runParameters: runParametersOf(definition),
    record,
    recordMayFail: row.recordMayFail,
    part,
  };
}

/** The scope of file names, and of what is written once per part. */
export function partScope(definition: Definition): Scope {
  return { runParameters: runParametersOf(definition), part: true };
}

/** The scope of what is the same for a whole run. */
export function runScope(definition: Definition): Scope {
  return { runParameters: runParametersOf(definition) };
}

function runParametersOf(definition: Definition): Scope["runParameters"] {
  return definition.parameters
    .filter(({ type }) => isColumnType(type))
    .map(({ name, type, default: value, required }) => ({ name, type, optional: value === undefined && !required }));
}

/** The type of a column or field by name: undefined when there is none, `unknown` when columns are known only at run time. */
export function typeInRow(row: InputRow, name: string): ValueType | "unknown" | undefined {
  const field = row.fields.find((one) => one.name === name);
  if (field) return field.type;
  if (!row.columns) return "unknown";
  const column = row.columns.find((one) => one.name === name);
  return column && valueTypeOf(column.type);
}

/** Names of the columns and fields of a row, for hints. */
export function namesInRow(row: InputRow): readonly string[] {
  return [...(row.columns ?? []), ...row.fields].map(({ name }) => name);
}

/** Whether a value of one type can stand where a column type is expected. */
export function fits(type: ValueType, wanted: string): boolean {
  const expected = valueTypeOf(wanted);
  if (type.kind === "null" || type.kind === "invalid") return true;
  return type.kind === expected.kind || (type.kind === "int" && expected.kind === "decimal");
}

/** Whether a column type is a list. */
export function isListType(type: string): boolean {
  return isColumnType(type) && parseColumnType(type).list;
}

/** A type in words. */
export function typeText(type: ValueType): string {
  return describeType(type);
}
