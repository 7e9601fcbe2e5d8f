/** Checks `+` and `-` of timestamps and durations: exact to the finer of both precisions. */
import { type Context, strict } from "./context.ts";
import type { BinarySyntax } from "./syntax.ts";
import type { Node } from "./typed.ts";
import type { ValueType } from "./value-type.ts";

type Timed = ValueType & { readonly digits: number };

/** What an operation gives, and its function. */
interface Rule {
  readonly kind: "timestamp" | "duration";
  readonly code: string;
}

const YEARS = "the time leaves the years 0001 to 9999";
const TOO_LONG = "the duration is too long";

/** By left kind, operator and right kind. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ["timestamp + duration", { kind: "timestamp", code: "addDuration" }],
  ["timestamp - duration", { kind: "timestamp", code: "subtractDuration" }],
  ["timestamp - timestamp", { kind: "duration", code: "timeBetween" }],
  ["duration + duration", { kind: "duration", code: "addDurations" }],
  ["duration - duration", { kind: "duration", code: "subtractDurations" }],
]);

/** Checks the operation; undefined when it is none of times. */
export function checkMoment(syntax: BinarySyntax, sides: readonly [Node, Node], context: Context): Node | undefined {
  const { operator, span, anchor } = syntax;
  const [left, right] = sides;
  // a duration before a timestamp is the same the other way round
  const isTurned = operator === "+" && left.type.kind === "duration" && right.type.kind === "timestamp";
  const operands = isTurned ? [right, left] : [left, right];
  const [first, second] = operands.map(({ type }) => type) as [ValueType, ValueType];
  const rule = RULES.get(`${first.kind} ${operator} ${second.kind}`);
  if (!rule) return undefined;
  return strict(context, {
    span,
    anchor,
    operands,
    type: { kind: rule.kind, digits: Math.max((first as Timed).digits, (second as Timed).digits) },
    code: ([a, b]) => `${rule.code}(${a},${b})`,
    failure: rule.kind === "timestamp" ? YEARS : TOO_LONG,
  });
}
