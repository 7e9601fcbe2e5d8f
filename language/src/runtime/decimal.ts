/** Parses a Decimal, and an Integer, from exact text; undefined means the text does not fit, nothing throws. */
import { bigPower, canonical, isInt64, scaleUp, type Whole } from "./number.ts";

const ZERO = 48;
const MINUS = 45;

/** An int of 64 bits from decimal digits. */
export function decodeInt(text: string): Whole | undefined {
  const value = decodeDecimal(text, 0, 19);
  return typeof value === "bigint" && !isInt64(value) ? undefined : value;
}

/** A decimal as a whole number of its smallest unit: at most `scale` fraction digits and `integerDigits` before the point. */
export function decodeDecimal(text: string, scale: number, integerDigits: number): Whole | undefined {
  const { length } = text;
  const first = text.charCodeAt(0) === MINUS ? 1 : 0;
  const point = text.indexOf(".");
  const end = point < 0 ? length : point;
  const places = point < 0 ? 0 : length - point - 1;
  if (places > scale || end === first || point === length - 1) return undefined;
  if (end - first > SAFE_PLACES || places > SAFE_PLACES) {
    const value = decodeLong(text, point, scale - places);
    return end - first <= integerDigits || isWithin(value, scale + integerDigits) ? value : undefined;
  }
  const integer = digitsOf(text, first, end);
  const fraction = digitsOf(text, end + 1, length);
  if (integer < 0 || fraction < 0) return undefined;
  const whole = places === 0 ? integer : joined(integer, fraction, places);
  return finish(first === 1 ? -whole : whole, scale - places, scale + integerDigits);
}

/** So many digits are always a safe number. */
const SAFE_PLACES = 15;
/** No column type needs longer texts. */
const MAX_TEXT = 200;

/** The number that a part of the text holds, 0 for an empty one; -1 when something else than digits is there. */
function digitsOf(text: string, from: number, until: number): number {
  let value = 0;
  for (let at = from; at < until; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function joined(integer: number, fraction: number, places: number): Whole {
  const whole = integer * (POWERS[places] as number) + fraction;
  return whole <= Number.MAX_SAFE_INTEGER ? whole : BigInt(integer) * bigPower(places) + BigInt(fraction);
}

/** Adds the missing fraction digits, and refuses what has too many digits then. */
function finish(value: Whole, missing: number, precision: number): Whole | undefined {
  const scaled = missing === 0 ? value : scaleUp(value, missing);
  if (typeof scaled === "number" && precision >= SAFE_DIGITS) return scaled;
  const limit = precision < SAFE_DIGITS ? (POWERS[precision] as number) : bigPower(precision);
  return scaled < limit && scaled > -limit ? scaled : undefined;
}

/** From so many digits on, every safe number fits. */
const SAFE_DIGITS = 16;
const POWERS = Array.from({ length: SAFE_DIGITS }, (_, digits) => 10 ** digits);

/** The same for more digits. */
function decodeLong(text: string, point: number, missing: number): Whole | undefined {
  if (text.length > MAX_TEXT || !/^-?[0-9]+(?:\.[0-9]+)?$/.test(text)) return undefined;
  const digits = point < 0 ? text : text.slice(0, point) + text.slice(point + 1);
  return scaleUp(canonical(BigInt(digits)), missing);
}

function isWithin(value: Whole | undefined, precision: number): boolean {
  const limit = bigPower(precision);
  return value !== undefined && value < limit && value > -limit;
}
