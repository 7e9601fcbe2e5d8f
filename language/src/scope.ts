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

/** A lookup that was checked before: later expressions read its values as `row.<name>.<value>`. */
export interface ScopeLookup {
  readonly name: string;
  readonly values: readonly LookupValue[];
  /** Whether rows without a match are judged and written too, so that values may be null; default true. */
  readonly nullable?: boolean | undefined;
  /** Whether its keys may have no result. */
  readonly mayFail?: boolean | undefined;
}

/** A value that a lookup gives; null only when it is not `required`, or nothing was found. */
export interface LookupValue {
  readonly name: string;
  readonly type: string;
  readonly required?: boolean | undefined;
}

/** What an expression may read: `row.*` when columns are given, always `run.*`, `part.*` and `record.*` when set. */
export interface Scope {
  readonly row?: readonly Column[] | undefined;
  readonly fields?: readonly ScopeField[] | undefined;
  readonly lookups?: readonly ScopeLookup[] | undefined;
  readonly runParameters: readonly RunParameter[];
  readonly part?: boolean | undefined;
  readonly record?: boolean | undefined;
  /** Whether `record.action` may have no result; default false. */
  readonly recordMayFail?: boolean | undefined;
  /** When given, these are the only names of `row`: each stands for a column or field. */
  readonly aliases?: ReadonlyMap<string, string> | undefined;
}

/** A readable name: its place and type. */
export interface Readable extends ExpressionType {
  readonly slot: Slot;
  /** A slot whose not being null proves this one not null. */
  readonly provenBy?: Slot | undefined;
}

/** What a lookup found as a whole, and its values. */
export interface ReadableLookup {
  readonly match: Readable;
  readonly values: ReadonlyMap<string, Readable>;
}

/** The scope as tables by name; Maps, so that `constructor` is a name like any other. */
export interface Names {
  readonly row: ReadonlyMap<string, Readable> | undefined;
  /** Whether the names of `row` are not those of the Report. */
  readonly isAliased: boolean;
  readonly lookups: ReadonlyMap<string, ReadableLookup>;
  readonly record: ReadonlyMap<string, Readable> | undefined;
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

/** The values of the record a row stands for, in slot order. */
export const RECORD_NAMES: readonly (readonly [string, ValueType])[] = [
  ["key", STRING],
  ["action", STRING],
];

/** Builds the tables of a scope; throws a LanguageError when a column type is none. */
export function newNames(scope: Scope): Names {
  return {
    row: scope.row || scope.fields || scope.lookups ? aliased(scope) : undefined,
    isAliased: scope.aliases !== undefined,
    lookups: lookupNames(scope.aliases ? [] : (scope.lookups ?? [])),
    record: scope.record ? recordNames(scope) : undefined,
    run: fixedNames("run", RUN_NAMES),
    parameters: new Map(scope.runParameters.map((parameter, index) => [parameter.name, parameterOf(parameter, index)])),
    part: scope.part ? fixedNames("part", PART_NAMES) : undefined,
  };
}

function aliased({ row = [], fields = [], aliases }: Scope): ReadonlyMap<string, Readable> {
  const names = rowNames(row, fields);
  if (!aliases) return names;
  const found = [...aliases].map(([name, to]): readonly [string, Readable | undefined] => [name, names.get(to)]);
  return new Map(found.filter((one): one is readonly [string, Readable] => one[1] !== undefined));
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

/** Slots of lookups count through: what was found, then its values, lookup by lookup. */
function lookupNames(lookups: readonly ScopeLookup[]): ReadonlyMap<string, ReadableLookup> {
  const names = new Map<string, ReadableLookup>();
  let index = 0;
  for (const { name, values, nullable = true, mayFail = false } of lookups) {
    const slot: Slot = { from: "lookup", index: index++ };
    const match: Readable = { slot, type: { kind: "match" }, nullable, mayFail };
    const readable = values.map((value): [string, Readable] => {
      const isRequired = value.required === true;
      const type = valueTypeOf(value.type);
      const provenBy = isRequired ? slot : undefined;
      const own: Slot = { from: "lookup", index: index++ };
      return [value.name, { slot: own, type, nullable: nullable || !isRequired, mayFail, provenBy }];
    });
    names.set(name, { match, values: new Map(readable) });
  }
  return names;
}

function parameterOf(parameter: RunParameter, index: number): Readable {
  const slot: Slot = { from: "run", index: RUN_NAMES.length + index };
  return { slot, type: valueTypeOf(parameter.type), nullable: parameter.optional === true, mayFail: false };
}

/** The key is always there; the action may have no result. */
function recordNames({ recordMayFail = false }: Scope): ReadonlyMap<string, Readable> {
  const names = [...fixedNames("record", RECORD_NAMES)];
  return new Map(names.map(([name, readable]) => [name, { ...readable, mayFail: recordMayFail && name === "action" }]));
}

function fixedNames(
  from: "run" | "part" | "record",
  names: readonly (readonly [string, ValueType])[],
): ReadonlyMap<string, Readable> {
  return new Map(
    names.map(([name, type], index) => [name, { slot: { from, index }, type, nullable: false, mayFail: false }]),
  );
}
