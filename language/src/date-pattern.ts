/** Formats in templates: `yyyyMMdd`, `HHmmss` of dates and timestamps, `000`, `0.00` of numbers. */
import { describeType, isNumeric, scaleOf, type ValueType } from "./value-type.ts";

/** One part of a pattern: characters cut from the value, or text. */
type Part =
  | { readonly from: number; readonly until: number }
  | { readonly text: string }
  | { readonly fraction: number };

/** Writes a value, given as its cell or as the text of a number, in a format. */
export type Format = (cell: string) => string;

/** The format, or what is wrong with it. */
export type ParsedFormat = { readonly format: Format } | { readonly problem: string; readonly hint: string };

/** Tokens by what they mean: positions in `YYYY-MM-DD HH:MM:SS`. */
const TOKENS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["yyyy", [0, 4]],
  ["yy", [2, 4]],
  ["MM", [5, 7]],
  ["dd", [8, 10]],
  ["HH", [11, 13]],
  ["mm", [14, 16]],
  ["ss", [17, 19]],
]);

const HINT = "the parts are yyyy yy MM dd HH mm ss SSS, with - _ . between them or text in '...'";

/** Parses the format of a value of the type. */
export function parseFormat(text: string, type: ValueType): ParsedFormat {
  if (isNumeric(type)) return numberFormat(text, scaleOf(type));
  if (type.kind === "date" || type.kind === "timestamp") return datePattern(text, type.kind);
  return {
    problem: `a ${describeType(type)} takes no format`,
    hint: "only dates, timestamps and numbers do: leave ':' and what follows away",
  };
}

/** Digits are filled up with zeros on both sides of the point, never cut. */
function numberFormat(text: string, scale: number): ParsedFormat {
  const parts = /^(0{1,19})(?:\.(0{1,76}))?$/.exec(text);
  if (!parts)
    return { problem: `'${text}' is no format of a number`, hint: "write zeros, as many as digits: 000 or 0.00" };
  const [width, places] = [parts[1]?.length ?? 0, parts[2]?.length ?? 0];
  if (places < scale) {
    const problem = `the value has ${scale} fraction digits, the format ${places}`;
    return { problem, hint: `write round(x, ${places}), or more zeros behind the point` };
  }
  return { format: (number) => fillUp(number, width, places) };
}

function fillUp(number: string, width: number, places: number): string {
  const sign = number.startsWith("-") ? "-" : "";
  const [integer = "", fraction = ""] = number.slice(sign.length).split(".");
  return `${sign}${integer.padStart(width, "0")}${places === 0 ? "" : `.${fraction.padEnd(places, "0")}`}`;
}

function datePattern(text: string, kind: "date" | "timestamp"): ParsedFormat {
  const parts: Part[] = [];
  for (const [token] of text.matchAll(/([A-Za-z])\1*|'[^']*'|./gsu)) {
    const part = partOf(token);
    if (!part) return { problem: `'${token}' is no part of a date format`, hint: HINT };
    if (kind === "date" && isTime(part))
      return { problem: `a date has no '${token}'`, hint: "use run.createdAt for a time" };
    parts.push(part);
  }
  if (parts.length === 0) return { problem: "the format is empty", hint: HINT };
  return { format: (cell) => parts.map((part) => writePart(part, cell)).join("") };
}

function partOf(token: string): Part | undefined {
  const position = TOKENS.get(token);
  if (position) return { from: position[0], until: position[1] };
  if (/^S{1,9}$/.test(token)) return { fraction: token.length };
  if (/^'[^']*'$/.test(token)) return { text: token.slice(1, -1) };
  return /^[-_. ]$/.test(token) ? { text: token } : undefined;
}

function isTime(part: Part): boolean {
  return "fraction" in part || ("from" in part && part.from > 10);
}

function writePart(part: Part, cell: string): string {
  if ("text" in part) return part.text;
  if ("fraction" in part) return cell.slice(20).padEnd(part.fraction, "0").slice(0, part.fraction);
  return cell.slice(part.from, part.until);
}
