/** Conversions to timestamps and durations, from texts written out and from columns; exact or an error. */
import { fail } from "../context.ts";
import { decodeDuration, decodeInstant, timestampAt } from "../runtime/timestamp.ts";
import { constant, isInvalid, type Node } from "../typed.ts";
import {
  type Call,
  type Callable,
  checkArguments,
  invalidCall,
  literalInteger,
  operation,
  wrongArgument,
} from "./callable.ts";

/** Fraction digits of a second that texts are read with, unless fewer are asked for. */
const MAX_DIGITS = 9;

/** The conversions. */
export const TIME_CONVERSIONS: readonly Callable[] = [
  {
    name: "timestamp",
    form: "function",
    usage: 'timestamp("2026-01-31T12:00:00Z")',
    count: [1, 2],
    check: checkTimestamp,
  },
  { name: "duration", form: "function", usage: 'duration("1h30m")', count: [1, 1], check: checkDuration },
];

function checkTimestamp(call: Call): Node {
  const [value, digitsNode] = checkArguments(call, []);
  if (!value || isInvalid(value)) return invalidCall(call.syntax);
  const given = digitsNode ? literalInteger(call, digitsNode, [0, MAX_DIGITS]) : undefined;
  if (digitsNode && given === undefined) return invalidCall(call.syntax);
  if (value.type.kind === "timestamp" && !digitsNode) return value;
  if (value.type.kind === "int" && !digitsNode) return timestampOfInt(call, value);
  if (value.type.kind !== "string") return wrongArgument(call, value, digitsNode ? "string" : "text or int");
  if (value.kind === "constant") return timestampConstant(call, value, given);
  const digits = given ?? MAX_DIGITS;
  return operation(call, [value], {
    type: { kind: "timestamp", digits },
    code: ([a]) => `decodeInstant(${a},${digits})`,
    failure: `the text is no timestamp of ${digits} digits with its offset`,
  });
}

function timestampConstant(call: Call, node: Node & { kind: "constant" }, given: number | undefined): Node {
  const text = String(node.value);
  const written = /^[0-9T: -]{19}\.([0-9]{1,9})/.exec(text)?.[1]?.length ?? 0;
  const digits = given ?? written;
  const cell = decodeInstant(text, digits);
  if (cell !== undefined) return constant(cell, { kind: "timestamp", digits }, call.syntax.span);
  return fail(call.context, node.span, {
    code: "BadConstant",
    message: "this text is not a timestamp",
    hint: 'write it as timestamp("2026-01-31T12:00:00Z")',
  });
}

function timestampOfInt(call: Call, value: Node): Node {
  const type = { kind: "timestamp", digits: 0 } as const;
  if (value.kind !== "constant") {
    const failure = "the seconds leave the years 0001 to 9999";
    return operation(call, [value], { type, code: ([a]) => `timestampAt(${a})`, failure });
  }
  const cell = typeof value.value === "number" ? timestampAt(value.value) : undefined;
  if (cell !== undefined) return constant(cell, type, call.syntax.span);
  return fail(call.context, value.span, {
    code: "BadConstant",
    message: "these seconds since 1970 leave the years 0001 to 9999",
  });
}

function checkDuration(call: Call): Node {
  const [value] = checkArguments(call, []);
  if (!value || isInvalid(value)) return invalidCall(call.syntax);
  if (value.type.kind === "duration") return value;
  if (value.type.kind !== "string") return wrongArgument(call, value, "text");
  if (value.kind !== "constant") {
    const type = { kind: "duration", digits: MAX_DIGITS } as const;
    return operation(call, [value], {
      type,
      code: ([a]) => `decodeDuration(${a})`,
      failure: "the text is not a duration",
    });
  }
  const nanos = decodeDuration(String(value.value));
  if (nanos !== undefined) {
    return constant(nanos, { kind: "duration", digits: digitsOf(BigInt(nanos)) }, call.syntax.span);
  }
  return fail(call.context, value.span, {
    code: "BadConstant",
    message: "this text is not a duration",
    hint: 'write it as duration("1h30m"), with h, m, s, ms, us or ns',
  });
}

/** Fraction digits of a second that a duration needs. */
function digitsOf(nanos: bigint): number {
  const fraction = String(nanos < 0n ? -nanos % 1_000_000_000n : nanos % 1_000_000_000n).padStart(9, "0");
  return fraction.replace(/0+$/, "").length;
}
