/** Reads exact text, as a database prints it, into cells; undefined means the text does not fit, nothing throws. */

import { daysInMonth } from "./date.ts";
import { canonical, isInt64, type Whole } from "./number.ts";

const ZERO = 48;
const NINE = 57;
const DOT = 46;
const MINUS = 45;

/** An int of 64 bits from decimal digits. */
export function decodeInt(text: string): Whole | undefined {
  const value = decodeDecimal(text, 0, 19);
  return typeof value === "bigint" && !isInt64(value) ? undefined : value;
}

/** A decimal as a whole number of its smallest unit: at most `scale` fraction digits and `integerDigits` before the point. */
export function decodeDecimal(text: string, scale: number, integerDigits: number): Whole | undefined {
  const length = text.length;
  // 15 digits and the sign and the point; scaled up they may still not be safe
  if (length > 17) return decodeLong(text, scale, integerDigits);
  const negative = text.charCodeAt(0) === MINUS;
  let value = 0;
  let point = -1;
  const first = negative ? 1 : 0;
  for (let at = first; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE) value = value * 10 + (code - ZERO);
    else if (code === DOT && point < 0) point = at;
    else return undefined;
  }
  const fraction = point < 0 ? 0 : length - point - 1;
  const digits = length - first - (point < 0 ? 0 : 1);
  const isShort = digits >= 1 && digits <= 15 && fraction <= scale && point !== first && point !== length - 1;
  if (!isShort) return decodeLong(text, scale, integerDigits);
  return finish(negative ? -value : value, scale - fraction, scale + integerDigits);
}

function finish(value: number, missing: number, precision: number): Whole | undefined {
  const factor = 10 ** missing;
  const scaled = value * factor;
  if (missing <= 15 && scaled <= Number.MAX_SAFE_INTEGER && scaled >= -Number.MAX_SAFE_INTEGER) {
    return precision > 15 || (scaled < 10 ** precision && scaled > -(10 ** precision)) ? scaled : undefined;
  }
  return within(BigInt(value) * 10n ** BigInt(missing), precision);
}

const MAX_TEXT = 200;
const LONG = /^(-?)0*([0-9]*)(?:\.([0-9]+))?$/;

function decodeLong(text: string, scale: number, integerDigits: number): Whole | undefined {
  // longer than any column type allows, and long enough to make the pattern below slow
  if (text.length > MAX_TEXT || !/^-?[0-9]/.test(text)) return undefined;
  const match = LONG.exec(text);
  if (!match) return undefined;
  const [, sign = "", integer = "", fraction = ""] = match;
  if (fraction.length > scale || integer.length > integerDigits) return undefined;
  const zeros = "0".repeat(scale - fraction.length);
  return within(BigInt(`${sign}${integer || "0"}${fraction}${zeros}`), scale + integerDigits);
}

function within(value: bigint, precision: number): Whole | undefined {
  const limit = 10n ** BigInt(precision);
  return value < limit && value > -limit ? canonical(value) : undefined;
}

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

const ZONE = /(?:Z|[+-]00(?::?00)?)$/;

/** A timestamp in UTC; the cell is `YYYY-MM-DD HH:MM:SS[.fraction]` without closing zeros, so that text order is time order. */
export function decodeTimestamp(text: string, digits: number): string | undefined {
  if (text.length < 19 || !isDateAt(text)) return undefined;
  const separator = text.charCodeAt(10);
  if (separator !== 32 && separator !== 84) return undefined;
  const hours = twoDigits(text, 11);
  const minutes = twoDigits(text, 14);
  const seconds = twoDigits(text, 17);
  if (!(hours <= 23 && minutes <= 59 && seconds <= 59)) return undefined;
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return undefined;
  const rest = text.length === 19 ? "" : text.slice(19).replace(ZONE, "");
  const fraction = fractionOf(rest, digits);
  if (fraction === undefined) return undefined;
  return separator === 32 ? text.slice(0, 19) + fraction : `${text.slice(0, 10)} ${text.slice(11, 19)}${fraction}`;
}

/** `.123` without closing zeros, or nothing; undefined when it is no fraction or has too many digits. */
function fractionOf(rest: string, digits: number): string | undefined {
  if (rest === "") return "";
  if (!/^\.[0-9]+$/.test(rest) || rest.length - 1 > digits) return undefined;
  const trimmed = rest.replace(/0+$/, "");
  return trimmed === "." ? "" : trimmed;
}
