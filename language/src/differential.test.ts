/** The same random expressions and rows here and in another implementation of CEL: the same value, or no value in both. */
import { celList, isCelError, isCelList, run } from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Column } from "./column-type.ts";
import { LanguageError } from "./errors.ts";
import { RUN } from "./outcome.fixture.ts";
import { compileRowProgram } from "./row-program.ts";

const COLUMNS: readonly Column[] = [
  { name: "i", type: "Integer", required: true },
  { name: "n", type: "Integer" },
  { name: "s", type: "String", required: true },
  { name: "t", type: "String" },
  { name: "b", type: "Boolean", required: true },
  { name: "m", type: "Boolean" },
  { name: "l", type: "Integer[]", required: true },
  { name: "k", type: "String[]", required: true },
];

type Value = bigint | string | boolean | null | readonly (bigint | string | null)[];
type Row = readonly Value[];

// the other implementation counts UTF-16 units in positions, so there are no astral characters here
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "B", " ", "é", "\u4e00", "-", "1"), maxLength: 6 }),
  fc.constantFrom("", "abc", "ABC", "-12", "9223372036854775808", "true"),
);
const int = fc.oneof(
  fc.bigInt(-3n, 10n),
  fc.constantFrom(
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 62n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    -(2n ** 53n) - 1n,
  ),
);
const row = fc.tuple(
  int,
  fc.option(int),
  text,
  fc.option(text),
  fc.boolean(),
  fc.option(fc.boolean()),
  fc.array(fc.option(int, { freq: 8 }), { maxLength: 3 }),
  fc.array(text, { maxLength: 3 }),
);

const quoted = (value: string): string => JSON.stringify(value);
const binary = (operators: readonly string[], left: fc.Arbitrary<string>, right = left): fc.Arbitrary<string> =>
  fc.tuple(left, fc.constantFrom(...operators), right).map(([a, operator, b]) => `(${a} ${operator} ${b})`);

const { bool } = fc.letrec<Record<"int" | "text" | "bool" | "ints" | "texts" | "time", string>>((tie) => {
  const choice = (kind: "int" | "text" | "ints") =>
    fc.tuple(tie("bool"), tie(kind), tie(kind)).map(([test, a, b]) => `(${test} ? ${a} : ${b})`);
  const macro = (list: "ints" | "texts", body: fc.Arbitrary<string>, names: readonly string[]) =>
    fc.tuple(tie(list), fc.constantFrom(...names), body).map(([of, name, inner]) => `${of}.${name}(x, ${inner})`);
  const ofNumber = binary(["<", ">=", "==", "!="], fc.constant("x"), tie("int"));
  const ofText = binary(["<", ">=", "==", "!="], fc.constant("x"), tie("text"));
  return {
    int: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("row.i", "row.n", "row.l[0]", "row.l.size()"),
      int.map((value) => (value < 0n ? `(${value})` : String(value))),
      binary(["+", "-", "*", "/", "%"], tie("int")),
      tie("int").map((a) => `(0 - ${a})`), // of two signs in a row the other parser takes both away, overflow or not
      fc.constantFrom("(-row.i)", "(-row.n)"),
      tie("text").map((a) => `size(${a})`),
      tie("int").map((a) => `int(string(${a}))`), // of other texts it takes what BigInt takes: "", " 1", "0x1"
      tie("texts").map((a) => `${a}.size()`),
      fc.tuple(tie("text"), tie("text")).map(([a, b]) => `${a}.indexOf(${b})`),
      fc.tuple(tie("text"), tie("text")).map(([a, b]) => `${a}.lastIndexOf(${b})`),
      fc.tuple(tie("ints"), fc.constantFrom("0", "1", "row.i")).map(([a, at]) => `${a}[${at}]`),
      fc
        .tuple(
          tie("time"),
          fc.constantFrom("FullYear", "Month", "Date", "DayOfYear", "DayOfWeek", "Hours", "Seconds", "Milliseconds"),
        )
        .map(([a, part]) => `${a}.get${part}()`),
      choice("int"),
    ),
    text: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("row.s", "row.t", "row.k[0]"),
      text.map(quoted),
      binary(["+"], tie("text")),
      fc.tuple(tie("text"), fc.constantFrom("upperAscii", "lowerAscii", "trim")).map(([a, name]) => `${a}.${name}()`),
      fc.tuple(tie("text"), tie("int")).map(([a, at]) => `${a}.substring(${at})`),
      fc.tuple(tie("text"), tie("int")).map(([a, at]) => `${a}.charAt(${at})`),
      // the empty text is found once in "" by Go and by us, not there
      fc
        .tuple(
          tie("text"),
          text.filter((what) => what !== ""),
          tie("text"),
        )
        .map(([a, what, by]) => `${a}.replace(${quoted(what)}, ${by})`),
      tie("int").map((a) => `string(${a})`),
      tie("bool").map((a) => `string(${a})`),
      tie("texts").map((a) => `${a}.join("-")`),
      choice("text"),
    ),
    bool: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("row.b", "row.m", "true", "false", "(row.n == null)", "(row.t != null)"),
      binary(["&&", "||"], tie("bool")),
      tie("bool").map((a) => `(!(${a} && true))`), // of two signs in a row, as above
      fc.constantFrom("(!row.b)", "(!row.m)"),
      binary(["==", "!=", "<", "<=", ">", ">="], tie("int")),
      binary(["==", "!=", "<", "<=", ">", ">="], tie("text")),
      binary(["==", "!="], tie("bool")),
      binary(["==", "!="], tie("ints")),
      binary(["<", "==", ">="], tie("time")),
      binary(["in"], tie("int"), tie("ints")),
      binary(["in"], tie("text"), tie("texts")),
      fc
        .tuple(tie("text"), fc.constantFrom("startsWith", "endsWith", "contains"), tie("text"))
        .map(([a, name, b]) => `${a}.${name}(${b})`),
      fc
        .tuple(tie("text"), fc.constantFrom("^[a-c]+$", "(a|b)*B", "\\\\s", "^.$", "[^a]", "(?i)ab", "b{2,3}"))
        .map(([a, pattern]) => `${a}.matches("${pattern}")`),
      macro("ints", ofNumber, ["exists", "all", "exists_one"]),
      macro("texts", ofText, ["exists", "all", "exists_one"]),
    ),
    ints: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant("row.l"),
      fc.array(tie("int"), { minLength: 1, maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
      macro("ints", ofNumber, ["filter"]),
      macro("ints", binary(["+", "*", "/"], fc.constant("x"), tie("int")), ["map"]),
      macro("texts", fc.constant("size(x)"), ["map"]),
      binary(["+"], tie("ints")),
      choice("ints"),
    ),
    texts: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant("row.k"),
      fc.array(tie("text"), { minLength: 1, maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
      fc.tuple(tie("text"), text).map(([a, by]) => `${a}.split(${quoted(by)})`),
      macro("texts", ofText, ["filter"]),
    ),
    // it reads parts of a time rounded to milliseconds
    time: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom('timestamp("2024-02-29T23:59:59.5Z")', 'timestamp("2004-12-31T22:00:00+01:00")'), // it takes ints for milliseconds
      fc
        .tuple(tie("time"), fc.constantFrom("+", "-"), fc.constantFrom("90m", "-1.5s", "8784h", "1ms"))
        .map(([a, operator, length]) => `(${a} ${operator} duration("${length}"))`),
    ),
  };
});

function cellOf(value: Value): string | null {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "t" : "f";
  if (typeof value === "bigint") return String(value);
  const elements = value.map((element) =>
    element === null ? "NULL" : `"${String(element).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
  );
  return `{${elements.join(",")}}`;
}

/** The text of the value, null, or `no result`; undefined when the expression is refused. */
function ours(value: string, rows: readonly Row[]): readonly (string | null)[] | undefined {
  try {
    const outputs = [{ name: "file", columns: [{ value, expected: "list" as const }] }];
    const program = compileRowProgram({ columns: COLUMNS, fields: [], rules: [], outputs, run: RUN });
    return rows.map((cells) => {
      program.evaluate(cells.map(cellOf));
      const texts = program.render(0);
      return texts ? (texts[0] ?? null) : "no result";
    });
  } catch (error) {
    if (error instanceof LanguageError) return undefined;
    throw error;
  }
}

function theirs(value: string, cells: Row): string | null {
  const entries = COLUMNS.map(({ name }, index): [string, unknown] => {
    const cell = cells[index] as Value;
    return [name, Array.isArray(cell) ? celList(cell) : cell];
  });
  const result = run(value, { row: new Map(entries) } as never, { funcs: strings });
  if (isCelError(result)) return "no result";
  if (isCelList(result))
    return JSON.stringify([...result].map((element) => (element === null ? null : String(element))));
  return result === null ? null : String(result);
}

test("random expressions over random rows have the value that another implementation gives", () => {
  let refused = 0;
  let results = 0;
  const property = fc.property(bool, fc.array(row, { minLength: 1, maxLength: 3 }), (expression, rows) => {
    const values = ours(expression, rows);
    if (!values) {
      refused++;
      return;
    }
    results += values.filter((value) => value !== "no result").length;
    expect(values).toEqual(rows.map((cells) => theirs(expression, cells)));
  });
  const details = fc.check(property, { numRuns: 2000 });
  console.info(`differential: seed ${details.seed}, ${refused} of ${details.numRuns} refused, ${results} results`);
  if (details.failed) throw new Error(fc.defaultReportMessage(details));
  expect(refused).toBeLessThan(400);
  expect(results).toBeGreaterThan(1000);
}, 120_000);
