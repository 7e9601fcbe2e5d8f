/** What names an expression may use, and where each is read from. */
import type { Column } from "./column-type.ts";
import type { Slot } from "./typed.ts";
import { DATE, type ExpressionType, INT, STRING, type ValueType, valueTypeOf } from "./value-type.ts";

/** A parameter of runs; it always has a value unless it is `optional`. */
export interface RunParameter {
  readonly name: string;
  readonly type: string;
  readonly optional?: boolean | undefined;
}

/** A field that was checked before, in order; later expressions read it as `row.<name>`. */
export interface ScopeField extends ExpressionType {
  readonly name: string;
}

/** What an expression may read: `row.*` when columns are given, always `run.*`, `part.*` when set. */
export interface Scope {
  readonly row?: readonly Column[] | undefined;
  readonly fields?: readonly ScopeField[] | undefined;
  readonly runParameters: readonly RunParameter[];
  readonly part?: boolean | undefined;
  readonly record?: boolean | undefined;
}

/** A readable name: its place and type. */
export interface Readable extends ExpressionType {
  readonly slot: Slot;
}

/** The scope as tables by name; Maps, so that `constructor` is a name like any other. */
export interface Names {
  readonly row: ReadonlyMap<string, Readable> | undefined;
  readonly run: ReadonlyMap<string, Readable>;
  readonly parameters: ReadonlyMap<string, Readable>;
  readonly part: ReadonlyMap<string, Readable> | undefined;
}

/** The values every run has, in slot order; parameters follow. `createdAt` is cut to whole seconds. */
export const RUN_NAMES: readonly (readonly [string, ValueType])[] = [
  ["businessDate", DATE],
  ["previousBusinessDate", DATE],
  ["periodStart", { kind: "timestamp", digits: 0 }],
  ["periodEnd", { kind: "timestamp", digits: 0 }],
  ["createdAt", { kind: "timestamp", digits: 0 }],
  ["mode", STRING],
  ["report", STRING],
  ["series", STRING],
];

/** The values of the part of an output being written, in slot order. */
export const PART_NAMES: readonly (readonly [string, ValueType])[] = [
  ["number", INT],
  ["records", INT],
  ["sequence", STRING],
];

/** Builds the tables of a scope; throws a LanguageError when a column type is none. */
export function newNames(scope: Scope): Names {
  return {
    row: scope.row || scope.fields ? rowNames(scope.row ?? [], scope.fields ?? []) : undefined,
    run: fixedNames("run", RUN_NAMES),
    parameters: new Map(scope.runParameters.map((parameter, index) => [parameter.name, parameterOf(parameter, index)])),
    part: scope.part ? fixedNames("part", PART_NAMES) : undefined,
  };
}

function rowNames(columns: readonly Column[], fields: readonly ScopeField[]): ReadonlyMap<string, Readable> {
  const names = new Map<string, Readable>();
  for (const [index, column] of columns.entries()) {
    const slot: Slot = { from: "column", index };
    names.set(column.name, {
      slot,
      type: valueTypeOf(column.type),
      nullable: column.required !== true,
      mayFail: false,
    });
  }
  for (const [index, { name, type, nullable, mayFail }] of fields.entries()) {
    names.set(name, { slot: { from: "field", index }, type, nullable, mayFail });
  }
  return names;
}

function parameterOf(parameter: RunParameter, index: number): Readable {
  const slot: Slot = { from: "run", index: RUN_NAMES.length + index };
  return { slot, type: valueTypeOf(parameter.type), nullable: parameter.optional === true, mayFail: false };
}

function fixedNames(
  from: "run" | "part",
  names: readonly (readonly [string, ValueType])[],
): ReadonlyMap<string, Readable> {
  return new Map(
    names.map(([name, type], index) => [name, { slot: { from, index }, type, nullable: false, mayFail: false }]),
  );
}
