/** For tests: the conformance tests of CEL that apply, and what this language makes of each. */
import {
  getConformanceSuite,
  type IncrementalTest,
  type IncrementalTestSuite,
} from "@bufbuild/cel-spec/testdata/tests.js";
import { type Evaluated, evaluate, type Literal } from "./evaluate.fixture.ts";
import { decimalText } from "./runtime/format.ts";
import { timestampAt } from "./runtime/timestamp.ts";
import type { ValueType } from "./value-type.ts";

/** The files of the suite that are about types and functions of this language. */
export const FILES = [
  "basic",
  "logic",
  "integer_math",
  "string",
  "timestamps",
  "conversions",
  "comparisons",
  "macros",
  "lists",
  "parse",
  "string_ext",
] as const;

/** A test and what came of it: passed, refused when the expression does not compile, or wrong. */
export interface Outcome {
  readonly name: string;
  readonly expr: string;
  readonly outcome: "passed" | "refused" | "wrong";
  /** Code and message of the refusal, or what is wrong. */
  readonly because: string;
}

type Original = IncrementalTest["original"];
type Expected = Extract<Original["resultMatcher"], { case: "value" }>["value"];

/** Remarks that find at compile time what CEL finds when it evaluates. */
const FOUND_EARLIER = new Set([
  "ArgumentCount",
  "BadConstant",
  "BadPattern",
  "NeverNull",
  "Syntax",
  "TypeClash",
  "UnknownField",
  "UnknownFunction",
  "UnknownMethod",
  "UnknownName",
]);

/** Runs all of them. */
export function conformanceOutcomes(): readonly Outcome[] {
  const { suites } = getConformanceSuite();
  return FILES.flatMap((file) => {
    const suite = suites.find(({ name }) => name === file);
    if (!suite) throw new Error(`the conformance suite has no file '${file}'`);
    return testsOf(suite, file);
  });
}

function testsOf({ tests, suites }: IncrementalTestSuite, path: string): Outcome[] {
  const own = tests.map((test) => outcomeOf(test.original, `${path}/${test.name}`));
  return [...own, ...suites.flatMap((suite) => testsOf(suite, `${path}/${suite.name}`))];
}

function outcomeOf(test: Original, name: string): Outcome {
  const { expr } = test;
  const literals = bindingsOf(test);
  if (!literals) return { name, expr, outcome: "refused", because: "NotSupported a binding of this type" };
  const result = evaluate(expr, literals);
  const { case: kind, value } = test.resultMatcher;
  if (kind === "evalError" || kind === "anyEvalErrors") return failed(result, { name, expr });
  if (kind !== undefined && kind !== "value") return { name, expr, outcome: "wrong", because: `a matcher '${kind}'` };
  if (result.kind === "refused") return { name, expr, outcome: "refused", because: `${result.code} ${result.message}` };
  const isRight = result.kind === "value" && (kind === undefined ? result.value === true : matches(result, value));
  return { name, expr, outcome: isRight ? "passed" : "wrong", because: isRight ? "" : shown(result) };
}

function failed(result: Evaluated, test: { name: string; expr: string }): Outcome {
  if (result.kind === "error") return { ...test, outcome: "passed", because: "" };
  if (result.kind === "value") return { ...test, outcome: "wrong", because: shown(result) };
  const isFound = FOUND_EARLIER.has(result.code);
  return { ...test, outcome: isFound ? "passed" : "refused", because: `${result.code} ${result.message}` };
}

function shown(result: Evaluated): string {
  return JSON.stringify(result, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
}

function bindingsOf({ bindings }: Original): ReadonlyMap<string, Literal> | undefined {
  const literals = new Map<string, Literal>();
  for (const [name, { kind }] of Object.entries(bindings)) {
    const literal = kind.case === "value" ? literalOf(kind.value) : undefined;
    if (literal === undefined) return undefined;
    literals.set(name, literal);
  }
  return literals;
}

function literalOf({ kind }: Expected): Literal | undefined {
  switch (kind.case) {
    case "nullValue":
      return null;
    case "boolValue":
    case "stringValue":
    case "int64Value":
      return kind.value;
    default:
      return undefined;
  }
}

function matches({ type, value }: { type: ValueType; value: unknown }, { kind }: Expected): boolean {
  switch (kind.case) {
    case "nullValue":
      return value === null;
    case "boolValue":
    case "stringValue":
      return value === kind.value;
    case "int64Value":
      return type.kind === "int" && BigInt(value as number | bigint) === kind.value;
    case "doubleValue":
      return type.kind === "decimal" && Number(decimalText(value as number | bigint, type.scale)) === kind.value;
    case "listValue":
      return isList(type, value, kind.value.values);
    case "objectValue":
      return isMoment(type, value, kind.value);
    default:
      return false;
  }
}

function isList(type: ValueType, value: unknown, expected: readonly Expected[]): boolean {
  if (type.kind !== "list" || !Array.isArray(value) || value.length !== expected.length) return false;
  return expected.every((element, index) => matches({ type: type.element, value: value[index] }, element));
}

function isMoment(type: ValueType, value: unknown, any: { typeUrl: string; value: Uint8Array }): boolean {
  const { seconds, nanos } = secondsAndNanos(any.value);
  if (any.typeUrl.endsWith("google.protobuf.Timestamp"))
    return type.kind === "timestamp" && value === timestampAt(Number(seconds), Number(nanos));
  if (!any.typeUrl.endsWith("google.protobuf.Duration") || type.kind !== "duration") return false;
  return BigInt(value as number | bigint) === seconds * 1_000_000_000n + nanos;
}

/** Fields 1 and 2 of a message, both varints. */
function secondsAndNanos(bytes: Uint8Array): { seconds: bigint; nanos: bigint } {
  const fields = new Map<number, bigint>();
  for (let at = 0; at < bytes.length; ) {
    const field = (bytes[at++] as number) >> 3;
    let value = 0n;
    for (let shift = 0n, more = true; more; shift += 7n) {
      const byte = bytes[at++] as number;
      value |= BigInt(byte & 127) << shift;
      more = byte > 127;
    }
    fields.set(field, BigInt.asIntN(64, value));
  }
  return { seconds: fields.get(1) ?? 0n, nanos: fields.get(2) ?? 0n };
}
