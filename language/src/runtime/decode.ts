/** Reads exact text, as a database prints it, into cells; undefined means the text does not fit, nothing throws. */

import { daysInMonth } from "./date.ts";

const ZERO = 48;
const DOT = 46;
const MINUS = 45;
const PLUS = 43;
const COLON = 58;

/** No column type needs longer texts. */
const MAX_TEXT = 200;

/** True or false, as PostgreSQL prints them or in words. */
export function decodeBoolean(text: string): boolean | undefined {
  if (text === "t" || text === "true") return true;
  return text === "f" || text === "false" ? false : undefined;
}

/** A date `YYYY-MM-DD` of the years 0001 to 9999; the cell is the text itself. */
export function decodeDate(text: string): string | undefined {
  return text.length === 10 && isDateAt(text) ? text : undefined;
}

/** Whether the first ten characters are a calendar day. */
function isDateAt(text: string): boolean {
  if (text.charCodeAt(4) !== MINUS || text.charCodeAt(7) !== MINUS) return false;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  // a wrong character makes its pair NaN, and every comparison with it false
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** A timestamp in UTC; the cell is `YYYY-MM-DD HH:MM:SS[.fraction]` without closing zeros, so that text order is time order. */
export function decodeTimestamp(text: string, digits: number): string | undefined {
  const separator = text.charCodeAt(10);
  if ((separator !== 32 && separator !== 84) || !isDateAt(text) || !isTimeAt(text)) return undefined;
  const end = endOfFraction(text, endOfTime(text), digits);
  if (end < 0) return undefined;
  return separator === 32 ? text.slice(0, end) : `${text.slice(0, 10)} ${text.slice(11, end)}`;
}

function isTimeAt(text: string): boolean {
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return false;
  return twoDigits(text, 11) <= 23 && twoDigits(text, 14) <= 59 && twoDigits(text, 17) <= 59;
}

/** Where the zone begins, which must be UTC; without one the text ends the time. */
function endOfTime(text: string): number {
  const { length } = text;
  if (length > MAX_TEXT) return -1;
  if (text.charCodeAt(length - 3) === PLUS && text.endsWith("00")) return length - 3;
  if (text.endsWith("Z")) return length - 1;
  const zone = /[+-]00(?::?00)?$/.exec(text);
  return zone ? zone.index : length;
}

/** Where the fraction ends when closing zeros are left away; -1 when it is none or has too many digits. */
function endOfFraction(text: string, end: number, digits: number): number {
  if (end === 19) return 19;
  if (end < 21 || text.charCodeAt(19) !== DOT || end - 20 > digits) return -1;
  for (let at = 20; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
  }
  let last = end;
  while (last > 20 && text.charCodeAt(last - 1) === ZERO) last--;
  return last === 20 ? 19 : last;
}
