/** Translates a pattern literal to a JavaScript RegExp when it is in the subset that matches in bounded time. */

import { overlaps } from "./character-set.ts";
import { PatternError, type Piece, parsePattern } from "./pattern-syntax.ts";

/** The translated pattern, or why there is none. */
export type Translated =
  | { readonly regExp: RegExp }
  | { readonly code: "BadPattern" | "NotAvailableYet"; readonly problem: string; readonly hint?: string | undefined };

/** Most ways a pattern may try: in all when it begins with ^, and at each position of the text when not. */
const MAX_WAYS = 5000;
const MAX_WAYS_ANYWHERE = 200;

/** Translates a pattern of RE2 syntax; patterns that could take long are refused for now. */
export function translatePattern(source: string): Translated {
  try {
    const pattern = parsePattern(source);
    const problem = slowness(costOf(pattern, true), startsAnchored(pattern));
    if (problem) return problem;
    return { regExp: new RegExp(textOf(pattern), "u") };
  } catch (error) {
    if (error instanceof PatternError) return { code: error.code, problem: error.message, hint: error.hint };
    if (error instanceof SyntaxError || error instanceof RangeError)
      return { code: "BadPattern", problem: "the pattern is not valid" };
    throw error;
  }
}

/** Refuses what takes more than time in proportion to the text. */
function slowness({ ways, unbounded, scans }: Cost, anchored: boolean): Translated | undefined {
  if (unbounded + Number(scans) > 1)
    return slow("repeats without end follow each other", "bound all but one, as in {0,35}");
  if (!anchored && (unbounded > 0 || scans)) {
    return slow("a repeat without end needs a pattern that begins with ^", "begin with ^, or bound the repeat");
  }
  if (ways > (anchored ? MAX_WAYS : MAX_WAYS_ANYWHERE))
    return slow("there are too many ways to match", "bound the repeats more tightly");
  return undefined;
}

function slow(why: string, hint: string): Translated {
  return { code: "NotAvailableYet", problem: `this pattern is not available yet: ${why}`, hint };
}

/** Ways to match at one position (bounded part), and repeats without end that are ambiguous. */
interface Cost {
  readonly ways: number;
  readonly unbounded: number;
  /** Whether a repeat without end can match in one way only: it still reads the text to its end. */
  readonly scans: boolean;
}

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
  if (inner.unbounded > 0 || inner.scans) throw refusal("a repeat without end stands inside another repeat");
  if (inner.ways > 1)
    throw refusal("a repeat holds a choice or another repeat", "write the cases out, or use a class like [A-Z0-9]");
  if (most === Number.POSITIVE_INFINITY) return { ways: 1, unbounded: 1, scans: false };
  return { ...ONE_WAY, ways: most - least + 1 };
}

function refusal(why: string, hint?: string): PatternError {
  return new PatternError("NotAvailableYet", `this pattern is not available yet: ${why}`, hint);
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
