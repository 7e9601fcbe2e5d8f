/** Decides how a pattern literal is matched: as a JavaScript RegExp where that takes bounded time, else by a linear engine. */

import { RE2JS, RE2JSException } from "@bufbuild/re2";
import { overlaps } from "./character-set.ts";
import { PatternError, type Piece, parsePattern } from "./pattern-syntax.ts";

/** Tells whether a pattern is found in a text. */
export interface Matcher {
  test(text: string): boolean;
}

/** The compiled pattern and what runs it, or why there is none. */
export type Translated =
  | { readonly matcher: Matcher; readonly engine: "RegExp" | "Linear" }
  | { readonly problem: string; readonly hint?: string | undefined };

/** Most ways a RegExp may try: in all when it begins with ^, and at each position of the text when not. */
const MAX_WAYS = 5000;
const MAX_WAYS_ANYWHERE = 200;
/** Most steps the linear engine may need per character. */
const MAX_STEPS = 1000;

/** Compiles a pattern of RE2 syntax; only patterns that are wrong or too large are refused. */
export function translatePattern(source: string): Translated {
  try {
    const pattern = parsePattern(source);
    if (!isQuick(costOf(pattern, true), startsAnchored(pattern))) return linear(source);
    return { matcher: new RegExp(textOf(pattern), "u"), engine: "RegExp" };
  } catch (error) {
    if (error instanceof PatternError) {
      const { message: problem, hint } = error;
      const other = error.isOutside ? linear(source) : undefined;
      return other && "matcher" in other ? other : { problem, hint };
    }
    // the translation may be larger than what the RegExp takes
    if (error instanceof SyntaxError || error instanceof RangeError) return linear(source);
    throw error;
  }
}

function linear(source: string): Translated {
  try {
    const matcher = new RE2JS(source);
    if (matcher.re2().prog.numInst() <= MAX_STEPS) return { matcher, engine: "Linear" };
    return {
      problem: "the pattern is too large",
      hint: "lower its counts, or match parts of it with several patterns",
    };
  } catch (error) {
    if (error instanceof RE2JSException) return { problem: "the pattern is not valid" };
    throw error;
  }
}

/** Whether the RegExp takes no more than time in proportion to the text. */
function isQuick({ ways, unbounded, scans }: Cost, anchored: boolean): boolean {
  if (unbounded + Number(scans) > 1) return false;
  if (!anchored && (unbounded > 0 || scans)) return false;
  return ways <= (anchored ? MAX_WAYS : MAX_WAYS_ANYWHERE);
}

/** Ways to match at one position (bounded part), and repeats without end that are ambiguous. */
interface Cost {
  readonly ways: number;
  readonly unbounded: number;
  /** Whether a repeat without end can match in one way only: it still reads the text to its end. */
  readonly scans: boolean;
}

const TOO_MANY: Cost = { ways: Number.POSITIVE_INFINITY, unbounded: 2, scans: true };
const ONE_WAY: Cost = { ways: 1, unbounded: 0, scans: false };

/** `atEnd` says that nothing follows in the whole pattern, so that the first way always does. */
function costOf(piece: Piece, atEnd: boolean): Cost {
  switch (piece.kind) {
    case "set":
    case "assertion":
      return ONE_WAY;
    case "choice": {
      const costs = piece.branches.map((branch) => costOf(branch, atEnd));
      return {
        ways: sum(costs.map(({ ways }) => ways)),
        unbounded: sum(costs.map(({ unbounded }) => unbounded)),
        scans: costs.some(({ scans }) => scans),
      };
    }
    case "sequence":
      return sequenceCost(piece.items, atEnd);
    case "repeat":
      return repeatCost(piece);
  }
}

function sequenceCost(items: readonly Piece[], atEnd: boolean): Cost {
  let { ways, unbounded, scans } = ONE_WAY;
  for (const [index, item] of items.entries()) {
    const isLast = index === items.length - 1;
    const cost = costOf(item, atEnd && isLast);
    if (isLast ? atEnd && isPlainRepeat(item) : isDecided(item, items[index + 1])) {
      scans ||= cost.unbounded > 0;
      continue;
    }
    ways *= cost.ways;
    unbounded += cost.unbounded;
    scans ||= cost.scans;
  }
  return { ways, unbounded, scans };
}

/** `[A-Z]+-`: what follows cannot be part of the repeat, so there is one way only. */
function isDecided(item: Piece, next: Piece | undefined): boolean {
  if (!isPlainRepeat(item)) return false;
  const follower = next?.kind === "repeat" && next.least > 0 ? next.body : next;
  if (follower?.kind === "assertion") return follower.text === "$";
  return follower?.kind === "set" && !overlaps(item.body.ranges, follower.ranges);
}

function isPlainRepeat(piece: Piece): piece is Piece & { kind: "repeat"; body: Piece & { kind: "set" } } {
  return piece.kind === "repeat" && piece.body.kind === "set";
}

function repeatCost({ body, least, most }: Piece & { kind: "repeat" }): Cost {
  const inner = costOf(body, false);
  if (most === 1) return { ...inner, ways: inner.ways + 1 - least };
  // a repeat of something that can match in several ways may take exponential time
  if (inner.unbounded > 0 || inner.scans || inner.ways > 1) return TOO_MANY;
  if (most === Number.POSITIVE_INFINITY) return { ways: 1, unbounded: 1, scans: false };
  return { ...ONE_WAY, ways: most - least + 1 };
}

function startsAnchored(piece: Piece): boolean {
  if (piece.kind === "assertion") return piece.text === "^";
  if (piece.kind === "choice") return piece.branches.every(startsAnchored);
  if (piece.kind === "sequence") return piece.items[0] !== undefined && startsAnchored(piece.items[0]);
  return false;
}

function textOf(piece: Piece): string {
  switch (piece.kind) {
    case "set":
    case "assertion":
      return piece.text;
    case "choice":
      return `(?:${piece.branches.map(textOf).join("|")})`;
    case "sequence":
      return piece.items.map(textOf).join("");
    case "repeat": {
      const body = piece.body.kind === "set" ? textOf(piece.body) : `(?:${textOf(piece.body)})`;
      const most = piece.most === Number.POSITIVE_INFINITY ? "" : piece.most;
      return `${body}{${piece.least},${most}}`;
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, next) => total + next, 0);
}
