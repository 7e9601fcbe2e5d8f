/** Translates a pattern literal to a JavaScript RegExp when it is in the subset that matches in bounded time. */

import { overlaps } from "./character-set.ts";
import { PatternError, type Piece, parsePattern } from "./pattern-syntax.ts";

/** The translated pattern, or why there is none. */
export type Translated =
  | { readonly regExp: RegExp }
  | { readonly code: "BadPattern" | "NotAvailableYet"; readonly problem: string; readonly hint?: string | undefined };

/** Most ways a pattern may try at one position of the text. */
const MAX_WAYS = 20_000;

/** Translates a pattern of RE2 syntax; patterns that could take long are refused for now. */
export function translatePattern(source: string): Translated {
  try {
    const pattern = parsePattern(source);
    const cost = costOf(pattern);
    const anchored = startsAnchored(pattern);
    if (cost.unbounded > 1) return slow("repeats without end follow each other", "bound all but one, as in {0,35}");
    if (cost.unbounded === 1 && !anchored)
      return slow("a repeat without end needs a pattern that begins with ^", "begin with ^, or bound the repeat");
    if (cost.ways > MAX_WAYS) return slow("there are too many ways to match", "bound the repeats more tightly");
    return { regExp: new RegExp(textOf(pattern), "u") };
  } catch (error) {
    if (error instanceof PatternError) return { code: error.code, problem: error.message, hint: error.hint };
    if (error instanceof SyntaxError || error instanceof RangeError)
      return { code: "BadPattern", problem: "the pattern is not valid" };
    throw error;
  }
}

function slow(why: string, hint: string): Translated {
  return { code: "NotAvailableYet", problem: `this pattern is not available yet: ${why}`, hint };
}

/** Ways to match at one position (bounded part), and repeats without end that are ambiguous. */
interface Cost {
  readonly ways: number;
  readonly unbounded: number;
}

function costOf(piece: Piece): Cost {
  switch (piece.kind) {
    case "set":
    case "assertion":
      return { ways: 1, unbounded: 0 };
    case "choice": {
      const costs = piece.branches.map(costOf);
      return { ways: sum(costs.map(({ ways }) => ways)), unbounded: sum(costs.map(({ unbounded }) => unbounded)) };
    }
    case "sequence":
      return sequenceCost(piece.items);
    case "repeat":
      return repeatCost(piece);
  }
}

function sequenceCost(items: readonly Piece[]): Cost {
  let ways = 1;
  let unbounded = 0;
  for (const [index, item] of items.entries()) {
    const cost = costOf(item);
    if (isDecided(item, items[index + 1])) continue;
    ways *= cost.ways;
    unbounded += cost.unbounded;
  }
  return { ways, unbounded };
}

/** `[A-Z]+-`: what follows cannot be part of the repeat, so there is one way only. */
function isDecided(item: Piece, next: Piece | undefined): boolean {
  if (item.kind !== "repeat" || item.body.kind !== "set") return false;
  const follower = next?.kind === "repeat" && next.least > 0 ? next.body : next;
  if (follower?.kind === "assertion") return follower.text === "$";
  return follower?.kind === "set" && !overlaps(item.body.ranges, follower.ranges);
}

function repeatCost({ body, least, most }: Piece & { kind: "repeat" }): Cost {
  const inner = costOf(body);
  if (inner.unbounded > 0 && most > 1)
    throw new PatternError(
      "NotAvailableYet",
      "this pattern is not available yet: a repeat without end stands inside another repeat",
    );
  if (inner.ways > 1 && most > 1)
    throw new PatternError(
      "NotAvailableYet",
      "this pattern is not available yet: a repeat holds a choice or another repeat",
      "write the cases out, or use a class like [A-Z0-9]",
    );
  if (most === 1) return { ways: inner.ways + 1 - least, unbounded: inner.unbounded };
  return most === Number.POSITIVE_INFINITY ? { ways: 1, unbounded: 1 } : { ways: most - least + 1, unbounded: 0 };
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
