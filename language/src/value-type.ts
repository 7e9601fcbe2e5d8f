/** The types of values inside expressions, and how two of them meet. */
import { type ColumnType, parseColumnType } from "./column-type.ts";

/** Type of a value; `null` is the type of the literal, `invalid` that of something already reported. */
export type ValueType =
  | { readonly kind: "string" | "int" | "bool" | "date" | "null" | "invalid" }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "timestamp" | "duration"; readonly digits: number }
  /** `holes` says that elements may be null. */
  | { readonly kind: "list"; readonly element: ValueType; readonly holes: boolean }
  /** What a lookup found, as a whole: it can only be compared with null. */
  | { readonly kind: "match" };

/** What checking an expression tells about its value. */
export interface ExpressionType {
  readonly type: ValueType;
  /** The value may be null. */
  readonly nullable: boolean;
  /** Evaluating may fail: a null in an operator, an overflow, a text that is no number. */
  readonly mayFail: boolean;
}

export const STRING: ValueType = { kind: "string" };
export const INT: ValueType = { kind: "int" };
export const BOOL: ValueType = { kind: "bool" };
export const DATE: ValueType = { kind: "date" };
export const NULL: ValueType = { kind: "null" };
export const INVALID: ValueType = { kind: "invalid" };

/** Decimal digits an int needs. */
export const INT_DIGITS = 19;
/** A value of this many digits is always a safe JavaScript number. */
export const SAFE_DIGITS = 15;
/** More digits than this in a result are refused. */
export const MAX_PRECISION = 200;

/** A decimal type. */
export function decimalOf(precision: number, scale: number): ValueType & { kind: "decimal" } {
  return { kind: "decimal", precision: Math.max(precision, scale, 1), scale };
}

/** The value type of a column type's text. */
export function valueTypeOf(text: string): ValueType {
  const column = parseColumnType(text);
  const element = elementTypeOf(column);
  return column.list ? { kind: "list", element, holes: true } : element;
}

function elementTypeOf(column: ColumnType): ValueType {
  switch (column.kind) {
    case "String":
      return STRING;
    case "Integer":
      return INT;
    case "Boolean":
      return BOOL;
    case "Date":
      return DATE;
    case "Decimal":
      return decimalOf(column.precision, column.scale);
    case "Timestamp":
      return { kind: "timestamp", digits: column.digits };
  }
}

/** The type as users know it, for messages. */
export function describeType(type: ValueType): string {
  switch (type.kind) {
    case "decimal":
      return `decimal(${type.precision},${type.scale})`;
    case "timestamp":
      return `timestamp(${type.digits})`;
    case "list":
      return type.element.kind === "null" ? "list" : `list of ${describeType(type.element)}`;
    case "match":
      return "looked-up record";
    default:
      return type.kind;
  }
}

/** Whether the type is int or decimal. */
export function isNumeric(type: ValueType): boolean {
  return type.kind === "int" || type.kind === "decimal";
}

/** Fraction digits of a numeric type; 0 for all others. */
export function scaleOf(type: ValueType): number {
  return type.kind === "decimal" ? type.scale : 0;
}

/** Digits of a numeric type; 0 for all others. */
export function precisionOf(type: ValueType): number {
  if (type.kind === "decimal") return type.precision;
  return type.kind === "int" ? INT_DIGITS : 0;
}

/** The type both can be read as, or undefined: int widens to decimal, the larger scale wins, null meets everything. */
export function commonType(a: ValueType, b: ValueType): ValueType | undefined {
  if (a.kind === "invalid" || b.kind === "null") return a;
  if (b.kind === "invalid" || a.kind === "null") return b;
  if (isNumeric(a) && isNumeric(b)) return commonNumber(a, b);
  if (a.kind === "list" && b.kind === "list") return commonList(a, b);
  if (a.kind !== b.kind) return undefined;
  return digitsOf(a) >= digitsOf(b) ? a : b;
}

/** Fraction digits of a second of a timestamp or duration. */
function digitsOf(type: ValueType): number {
  return type.kind === "timestamp" || type.kind === "duration" ? type.digits : 0;
}

function commonList(a: ValueType & { kind: "list" }, b: ValueType & { kind: "list" }): ValueType | undefined {
  const element = commonType(a.element, b.element);
  return element && { kind: "list", element, holes: a.holes || b.holes };
}

function commonNumber(a: ValueType, b: ValueType): ValueType {
  if (a.kind === "int" && b.kind === "int") return INT;
  const scale = Math.max(scaleOf(a), scaleOf(b));
  const integerDigits = Math.max(precisionOf(a) - scaleOf(a), precisionOf(b) - scaleOf(b));
  return decimalOf(integerDigits + scale, scale);
}
