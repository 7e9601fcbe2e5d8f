/** Writes values as text: the default forms of outputs and of `string(x)`. */
import type { Whole } from "./number.ts";

const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/** A decimal at its full scale: 1250 at scale 2 is `12.50`. */
export function decimalText(value: Whole, scale: number): string {
  const text = String(value);
  if (scale === 0) return text;
  const point = text.length - scale;
  const first = text.charCodeAt(0) === MINUS ? 1 : 0;
  if (point > first) return `${text.slice(0, point)}.${text.slice(point)}`;
  return `${first === 1 ? "-" : ""}0.${text.slice(first).padStart(scale, "0")}`;
}

/** A timestamp cell as `YYYY-MM-DDTHH:MM:SS[.fraction]Z` with exactly `digits` fraction digits. */
export function timestampText(cell: string, digits: number): string {
  const head = `${cell.slice(0, 10)}T${cell.slice(11, 19)}`;
  return digits === 0 ? `${head}Z` : `${head}.${cell.slice(20).padEnd(digits, "0")}Z`;
}

/** The text that a decimal was read from when it is already the default form, else the form made from the value. */
export function decimalTextOf(text: string, value: Whole, scale: number): string {
  const point = scale === 0 ? text.length : text.length - scale - 1;
  const isFull = scale === 0 || text.charCodeAt(point) === POINT;
  const first = text.charCodeAt(0) === MINUS ? 1 : 0;
  // what was read holds digits only, so all that may be too much are zeros before them, and the sign of a zero
  const isShortest = text.charCodeAt(first) !== ZERO || point === first + 1;
  return isFull && isShortest && (value !== 0 || first === 0) ? text : decimalText(value, scale);
}
