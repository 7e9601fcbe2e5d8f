/** Parses patterns in RE2 syntax, as far as a RegExp may run them; every character becomes a set. */
import { ANY_BUT_LINE_FEED, CLASSES, classText, complement, type Range } from "./character-set.ts";

/** A part of a pattern; `text` is its JavaScript. */
export type Piece =
  | { readonly kind: "set"; readonly ranges: readonly Range[]; readonly text: string }
  | { readonly kind: "assertion"; readonly text: "^" | "$" }
  | { readonly kind: "sequence"; readonly items: readonly Piece[] }
  | { readonly kind: "choice"; readonly branches: readonly Piece[] }
  | { readonly kind: "repeat"; readonly body: Piece; readonly least: number; readonly most: number };

/** Thrown for a pattern that is wrong, or outside of what is parsed here: then another engine may know it. */
export class PatternError extends Error {
  readonly isOutside: boolean;
  readonly hint: string | undefined;
  constructor(message: string, { hint, isOutside = false }: { hint?: string | undefined; isOutside?: boolean } = {}) {
    super(message);
    this.isOutside = isOutside;
    this.hint = hint;
  }
}

interface Input {
  readonly points: readonly string[];
  at: number;
  depth: number;
}

const MAX_COUNT = 1000;
const MAX_DEPTH = 50;

/** Parses a whole pattern. */
export function parsePattern(source: string): Piece {
  const input: Input = { points: Array.from(source), at: 0, depth: 0 };
  const piece = parseChoice(input);
  if (input.at < input.points.length) throw bad("a ')' has no '('");
  return piece;
}

function parseChoice(input: Input): Piece {
  if (++input.depth > MAX_DEPTH) throw bad("groups are nested too deeply");
  const branches = [parseSequence(input)];
  while (peek(input) === "|") {
    input.at++;
    branches.push(parseSequence(input));
  }
  input.depth--;
  return branches.length === 1 ? (branches[0] as Piece) : { kind: "choice", branches };
}

function parseSequence(input: Input): Piece {
  const items: Piece[] = [];
  while (input.at < input.points.length && peek(input) !== "|" && peek(input) !== ")") {
    items.push(parseRepeat(parseAtom(input), input));
  }
  return { kind: "sequence", items };
}

function parseRepeat(atom: Piece, input: Input): Piece {
  const counts = parseCounts(input);
  if (!counts) return atom;
  if (atom.kind === "assertion") throw bad("an anchor cannot be repeated");
  if (peek(input) === "?") input.at++; // shortest match first: the same texts match
  if (/^[*+?]$/.test(peek(input) ?? "") || (peek(input) === "{" && parseCounts(input)))
    throw bad("two repeats follow each other");
  return { kind: "repeat", body: atom, ...counts };
}

const SIGNS = new Map([
  ["*", { least: 0, most: Number.POSITIVE_INFINITY }],
  ["+", { least: 1, most: Number.POSITIVE_INFINITY }],
  ["?", { least: 0, most: 1 }],
]);

function parseCounts(input: Input): { least: number; most: number } | undefined {
  const sign = SIGNS.get(peek(input) ?? "");
  if (sign) {
    input.at++;
    return sign;
  }
  if (peek(input) !== "{") return undefined;
  const rest = input.points.slice(input.at, input.at + 12).join("");
  const match = /^\{(\d{1,4})(?:(,)(\d{0,4}))?\}/.exec(rest);
  if (!match) throw bad("a '{' does not begin a count", "write \\{ for the character");
  input.at += match[0].length;
  const least = Number(match[1]);
  const most = match[2] === undefined ? least : match[3] === "" ? Number.POSITIVE_INFINITY : Number(match[3]);
  if (least > MAX_COUNT || (most !== Number.POSITIVE_INFINITY && most > MAX_COUNT))
    throw bad(`a count is larger than ${MAX_COUNT}`);
  if (most < least) throw bad("a count goes down");
  return { least, most };
}

function parseAtom(input: Input): Piece {
  const point = take(input);
  switch (point) {
    case "(":
      return parseGroup(input);
    case "[":
      return parseClass(input);
    case ".":
      return setOf(ANY_BUT_LINE_FEED);
    case "^":
    case "$":
      return { kind: "assertion", text: point };
    case "\\":
      return setOf(parseEscape(input));
    case "*":
    case "+":
    case "?":
      throw bad(`'${point}' has nothing to repeat`);
    case "{":
      throw bad("'{' has nothing to repeat", "write \\{ for the character");
    default:
      return setOf([single(point)]);
  }
}

function parseGroup(input: Input): Piece {
  if (peek(input) === "?") {
    input.at++;
    if (take(input) !== ":") {
      throw outside("this kind of group is not supported", "look-around does not exist here");
    }
  }
  const piece = parseChoice(input);
  if (peek(input) !== ")") throw bad("a '(' is not closed");
  input.at++;
  return piece;
}

function parseClass(input: Input): Piece {
  const negated = peek(input) === "^";
  if (negated) input.at++;
  const ranges: Range[] = [];
  for (let first = true; first || peek(input) !== "]"; first = false) {
    if (input.at >= input.points.length) throw bad("a '[' is not closed");
    if (peek(input) === "[" && input.points[input.at + 1] === ":")
      throw outside("there is no such [:name:] class", "write the characters, as in [A-Za-z]");
    ranges.push(...parseClassItem(input));
  }
  input.at++;
  return setOf(negated ? complement(ranges) : ranges);
}

function parseClassItem(input: Input): readonly Range[] {
  const low = parseClassPoint(input);
  const lowPoint = low[0];
  if (peek(input) !== "-" || input.points[input.at + 1] === "]") return low;
  input.at++;
  const high = parseClassPoint(input);
  const highPoint = high[0];
  const isRange =
    low.length === 1 && high.length === 1 && lowPoint?.[0] === lowPoint?.[1] && highPoint?.[0] === highPoint?.[1];
  if (!isRange || !lowPoint || !highPoint || lowPoint[0] > highPoint[0])
    throw bad("a range in [...] is not one", "put '-' last for the character");
  return [[lowPoint[0], highPoint[0]]];
}

function parseClassPoint(input: Input): readonly Range[] {
  const point = take(input);
  return point === "\\" ? parseEscape(input) : [single(point)];
}

const CONTROLS = new Map([
  ["n", 10],
  ["t", 9],
  ["r", 13],
  ["f", 12],
  ["v", 11],
]);

function parseEscape(input: Input): readonly Range[] {
  const point = take(input);
  const named = CLASSES.get(point.toLowerCase());
  if (named) return point === point.toLowerCase() ? named : complement(named);
  const control = CONTROLS.get(point);
  if (control !== undefined) return [[control, control]];
  if (/^[A-Za-z0-9]$/.test(point)) throw outside(`\\${point} is not supported`);
  return [single(point)];
}

function setOf(ranges: readonly Range[]): Piece {
  return { kind: "set", ranges, text: classText(ranges) };
}

function single(point: string): Range {
  const code = point.codePointAt(0) ?? 0;
  return [code, code];
}

function peek(input: Input): string | undefined {
  return input.points[input.at];
}

function take(input: Input): string {
  const point = input.points[input.at++];
  if (point === undefined) throw bad("the pattern ends too early");
  return point;
}

function bad(message: string, hint?: string): PatternError {
  return new PatternError(message, { hint });
}

function outside(message: string, hint?: string): PatternError {
  return new PatternError(message, { hint, isOutside: true });
}
