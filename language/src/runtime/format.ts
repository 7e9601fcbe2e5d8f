/** Writes values as text: the default forms of outputs and of `string(x)`. */
import type { Whole } from "./number.ts";

/** A decimal at its full scale: 1250 at scale 2 is `12.50`. */
export function decimalText(value: Whole, scale: number): string {
  if (scale === 0) return String(value);
  const negative = value < 0;
  const digits = String(negative ? -value : value).padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${negative ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** A timestamp cell as `YYYY-MM-DDTHH:MM:SS[.fraction]Z` with exactly `digits` fraction digits. */
export function timestampText(cell: string, digits: number): string {
  const head = `${cell.slice(0, 10)}T${cell.slice(11, 19)}`;
  return digits === 0 ? `${head}Z` : `${head}.${cell.slice(20).padEnd(digits, "0")}Z`;
}

const PLAIN_DECIMAL = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;

/** The text the database printed when it is already the default form, else the form made from the value. */
export function decimalTextOf(text: string, value: Whole, scale: number): string {
  const isFull = scale === 0 || text.charCodeAt(text.length - scale - 1) === 46;
  return isFull && value !== 0 && PLAIN_DECIMAL.test(text) ? text : decimalText(value, scale);
}
