/** Operations on texts that count code points, as CEL does; plain ones when no character needs two units. */
import { MAX_ELEMENTS } from "./list.ts";
import type { Whole } from "./number.ts";

const SURROGATE = /[\ud800-\udfff]/;
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Number of code points. */
export function sizeOf(text: string): number {
  return SURROGATE.test(text) ? Array.from(text).length : text.length;
}

/** Order of code points: below 0, 0 or above 0. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (SURROGATE.test(a) || SURROGATE.test(b)) return compareCodePoints(a, b);
  return a < b ? -1 : 1;
}

function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const difference = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** The text without white space at both ends; a loop, because a pattern would be slow on long runs of spaces. */
export function trimText(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && SPACE.test(text.charAt(start))) start++;
  while (end > start && SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** The text with a to z in capitals. */
export function upperAscii(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** The text with A to Z in small letters. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Code points from `from` until before `until`; undefined outside of the text. */
export function substring(text: string, from: Whole, until?: Whole): string | undefined {
  const points = SURROGATE.test(text) ? Array.from(text) : undefined;
  const length = points ? points.length : text.length;
  const end = until ?? length;
  if (from < 0 || end > length || from > end) return undefined;
  return points ? points.slice(Number(from), Number(end)).join("") : text.slice(Number(from), Number(end));
}

/** Position of the part at or behind `from`, -1 when it is not there; undefined when `from` is outside of the text. */
export function indexOf(text: string, part: string, from: Whole = 0): number | undefined {
  if (from < 0 || from > text.length) return undefined;
  if (!SURROGATE.test(text)) return text.indexOf(part, Number(from));
  const points = Array.from(text);
  if (from > points.length) return undefined;
  const start = points.slice(0, Number(from)).join("").length;
  const found = text.indexOf(part, start);
  return found < 0 ? -1 : Array.from(text.slice(0, found)).length;
}

/** The text with each `part` replaced, or only the first `limit` ones. */
export function replaceText(text: string, part: string, by: string, limit: Whole = -1): string {
  if (part === "") return putBetween(text, by, limit);
  if (limit < 0) return text.replaceAll(part, () => by);
  let result = text;
  let from = 0;
  for (let count = 0; count < limit; count++) {
    const at = result.indexOf(part, from);
    if (at < 0) break;
    result = result.slice(0, at) + by + result.slice(at + part.length);
    from = at + by.length;
  }
  return result;
}

/** The text with `by` before each character and at the end, or only at the first `limit` of these places. */
function putBetween(text: string, by: string, limit: Whole): string {
  const points = Array.from(text);
  const places = limit < 0 || limit > points.length ? points.length + 1 : Number(limit);
  return (
    [...points.slice(0, places).map((point) => by + point), ...points.slice(places)].join("") +
    (places > points.length ? by : "")
  );
}

/** The character at a position, "" at the end; undefined outside of the text. */
export function charAt(text: string, at: Whole): string | undefined {
  const points = SURROGATE.test(text) ? Array.from(text) : text;
  if (at < 0 || at > points.length) return undefined;
  return points[Number(at)] ?? "";
}

/** Position of the last part that begins at or before `from`, -1 when there is none; undefined when `from` is outside of the text. */
export function lastIndexOf(text: string, part: string, from?: Whole): number | undefined {
  const points = Array.from(text);
  if (from !== undefined && (from < 0 || from > points.length)) return undefined;
  const start = from === undefined ? text.length : points.slice(0, Number(from)).join("").length;
  const found = text.lastIndexOf(part, start);
  return found < 0 ? -1 : sizeOf(text.slice(0, found));
}

/** The texts between the separators; an empty one parts the characters. With a limit the last text keeps the rest. Undefined for too many. */
export function splitText(text: string, separator: string, limit: Whole = -1): string[] | undefined {
  if (limit === 0) return [];
  const parts = separator === "" ? Array.from(text) : text.split(separator);
  const most = limit < 0 || parts.length <= limit ? parts.length : Number(limit);
  if (most > MAX_ELEMENTS) return undefined;
  if (most === parts.length) return parts;
  const kept = most - 1;
  return [...parts.slice(0, kept), parts.slice(kept).join(separator)];
}
