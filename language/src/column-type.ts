/** Column types as users write them: `String`, `Integer`, `Decimal(18,5)`, `Boolean`, `Date`, `Timestamp(6)`, and lists `String[]`. */
import { LanguageError } from "./errors.ts";

/** One column of an input or step. A column that is not `required` may be null. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly required?: boolean | undefined;
  readonly personal?: boolean | undefined;
}

/** A column type taken apart; `digits` are fraction digits of a second. */
export type ColumnType =
  | { readonly kind: "String" | "Integer" | "Boolean" | "Date"; readonly list: boolean }
  | { readonly kind: "Decimal"; readonly precision: number; readonly scale: number; readonly list: boolean }
  | { readonly kind: "Timestamp"; readonly digits: number; readonly list: boolean };

/** Most digits a decimal column may have. */
export const MAX_COLUMN_PRECISION = 76;

const SHAPE = /^(String|Integer|Decimal|Boolean|Date|Timestamp)(?:\(([0-9]{1,2})(?:, ?([0-9]{1,2}))?\))?(\[\])?$/;

/** Takes a column type apart, or throws a LanguageError that says which forms there are. */
export function parseColumnType(text: string): ColumnType {
  const match = SHAPE.exec(text);
  if (!match)
    throw refused(text, "use String, Integer, Decimal(p,s), Boolean, Date or Timestamp(0..9), with [] for a list");
  const [, kind, first, second, brackets] = match;
  const list = brackets !== undefined;
  if (kind === "Decimal") return decimalType(text, first, second, list);
  if (second !== undefined) throw refused(text, `${kind} does not take two numbers`);
  if (kind === "Timestamp") return timestampType(text, first, list);
  if (first !== undefined) throw refused(text, `write ${kind} without parentheses`);
  return { kind: kind as "String" | "Integer" | "Boolean" | "Date", list };
}

/** Whether the text is a column type. */
export function isColumnType(text: string): boolean {
  try {
    parseColumnType(text);
    return true;
  } catch {
    return false;
  }
}

function decimalType(text: string, first: string | undefined, second: string | undefined, list: boolean): ColumnType {
  if (first === undefined || second === undefined) {
    throw refused(text, "a decimal declares its digits and its fraction digits, as in Decimal(18,5)");
  }
  const precision = Number(first);
  const scale = Number(second);
  if (precision < 1 || precision > MAX_COLUMN_PRECISION)
    throw refused(text, `the digits go from 1 to ${MAX_COLUMN_PRECISION}`);
  if (scale > precision) throw refused(text, "there cannot be more fraction digits than digits");
  return { kind: "Decimal", precision, scale, list };
}

function timestampType(text: string, first: string | undefined, list: boolean): ColumnType {
  const digits = first === undefined ? 6 : Number(first);
  if (digits > 9) throw refused(text, "a timestamp has at most 9 fraction digits");
  return { kind: "Timestamp", digits, list };
}

function refused(text: string, advice: string): LanguageError {
  return new LanguageError("BadColumnType", `'${text}' is not a column type: ${advice}`);
}
