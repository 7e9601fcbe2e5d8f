/** Lists: the array text of PostgreSQL decoded exactly, and operations on lists of cells. */
import { scaleUp, type Whole } from "./number.ts";

/** Most elements of a list: what is computed per element, and per element of that, still ends soon. */
export const MAX_ELEMENTS = 1000;

/** What a list holds: cells, or null. */
type Cell = string | number | bigint | boolean | null;

/** Without quotes stand elements that do not begin or end with white space of ASCII; other spaces are letters there. */
const UNQUOTED = /^[^{},"\\ \t-\r](?:[^{},"\\]*[^{},"\\ \t-\r])?$/;

/** The texts of the elements of `{a,"b c",NULL}`; undefined when it is no array of one dimension. */
export function elementTexts(text: string): (string | null)[] | undefined {
  if (text === "{}") return [];
  const last = text.length - 1;
  if (last < 1 || text.charCodeAt(0) !== OPEN || text.charCodeAt(last) !== CLOSE) return undefined;
  const texts: (string | null)[] = [];
  let at = 1;
  while (at <= last) {
    const end = text.charCodeAt(at) === QUOTE ? quotedEnd(text, at, last) : unquotedEnd(text, at, last);
    if (end < 0) return undefined;
    const element = elementOf(text, at, end);
    if (element === undefined) return undefined;
    texts.push(element);
    if (end === last) return texts;
    if (text.charCodeAt(end) !== COMMA) return undefined;
    at = end + 1;
  }
  return undefined;
}

const OPEN = 123;
const CLOSE = 125;
const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;

function quotedEnd(text: string, from: number, last: number): number {
  let at = from + 1;
  while (at < last && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at < last ? at + 1 : -1;
}

function unquotedEnd(text: string, from: number, last: number): number {
  const comma = text.indexOf(",", from);
  return comma < 0 || comma > last ? last : comma;
}

function elementOf(text: string, from: number, end: number): string | null | undefined {
  if (text.charCodeAt(from) === QUOTE) return text.slice(from + 1, end - 1).replace(/\\(.)/gsu, "$1");
  const element = text.slice(from, end);
  if (!UNQUOTED.test(element)) return undefined;
  return /^null$/i.test(element) ? null : element;
}

/** A list from array text, each element decoded; undefined when the text or one element does not fit, or there are too many. */
export function decodeList(text: string, decode: (element: string) => Cell | undefined): Cell[] | undefined {
  const cells: Cell[] = [];
  for (const element of elementTexts(text) ?? [undefined]) {
    const cell = element === null ? null : element === undefined ? undefined : decode(element);
    if (cell === undefined) return undefined;
    if (cells.push(cell) > MAX_ELEMENTS) return undefined;
  }
  return cells;
}

/** The elements of both; undefined when they are too many. */
export function joinLists<T extends Cell>(a: readonly T[], b: readonly T[]): T[] | undefined {
  return a.length + b.length > MAX_ELEMENTS ? undefined : [...a, ...b];
}

/** Whether both are null, or lists of the same cells. */
export function sameList(a: readonly Cell[] | null, b: readonly Cell[] | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((cell, index) => cell === b[index]);
}

/** The decimals at a larger scale. */
export function scaleUpAll(cells: readonly (Whole | null)[], digits: number): (Whole | null)[] {
  return cells.map((cell) => (cell === null ? null : scaleUp(cell, digits)));
}

/** The texts with the separator between them; undefined when one is null. */
export function joinTexts(texts: readonly (string | null)[], separator = ""): string | undefined {
  return texts.includes(null) ? undefined : texts.join(separator);
}

/** The elements as a JSON array of texts, null for null. */
export function listText(cells: readonly Cell[], write: (cell: Exclude<Cell, null>) => string): string {
  return JSON.stringify(cells.map((cell) => (cell === null ? null : write(cell))));
}
