/** What the checker says: codes, places, hints, and the text people read. */
import { expect, test } from "vitest";
import { checkExpression, type Expected } from "./check-expression.ts";
import { formatDiagnostic } from "./diagnostic.ts";
import { COLUMNS, PARAMETERS } from "./outcome.fixture.ts";

const scope = { row: COLUMNS, runParameters: PARAMETERS };
const path = "spec.validation.rules[3].assert";

function check(source: string, expected: Expected = "any") {
  return checkExpression({ source, path, scope, expected });
}

test("a remark is read as place, message, hint, line and caret", () => {
  const { diagnostics } = check("row.coutn > 1", "bool");
  expect(diagnostics.map(formatDiagnostic)).toEqual([
    [
      "spec.validation.rules[3].assert 1:5: unknown column 'coutn' (did you mean 'count'?)",
      "  row.coutn > 1",
      "      ^",
    ].join("\n"),
  ]);
});

test("a remark is a value with its place in the source", () => {
  expect(check("1 +\n row.coutn").diagnostics).toEqual([
    {
      path,
      code: "UnknownColumn",
      severity: "Error",
      line: 2,
      column: 6,
      start: 9,
      end: 14,
      message: "unknown column 'coutn'",
      hint: "did you mean 'count'?",
      source: "1 +\n row.coutn",
    },
  ]);
});

test("a warning says that it is one, and the line is that of the place", () => {
  expect(check("true &&\n  row.rank > 1", "bool").diagnostics.map(formatDiagnostic)).toEqual([
    [
      "spec.validation.rules[3].assert 2:3: warning: 'rank' may be null, and then there is no result (write row.rank == null || ..., or row.rank != null && ...)",
      "    row.rank > 1",
      "    ^",
    ].join("\n"),
  ]);
});

test("a long line is cut around the place", () => {
  const [first] = check(`${"true && ".repeat(60)}row.coutn > 1`).diagnostics;
  const [, line, caret] = formatDiagnostic(first as never).split("\n");
  expect(line?.length).toBeLessThanOrEqual(162);
  expect(line?.slice(caret?.indexOf("^"), (caret?.indexOf("^") ?? 0) + 5)).toBe("coutn");
});

test("control characters of a source do not reach a terminal", () => {
  const [first] = check('row.text == "\u001b[2J\u202e" + row.coutn').diagnostics;
  expect(formatDiagnostic(first as never).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test("several mistakes are told together, each once", () => {
  const { diagnostics } = check("row.coutn > 1 && row.txet == '' && row.coutn > 2");
  expect(diagnostics.map(({ message, column }) => `${column} ${message}`)).toEqual([
    "5 unknown column 'coutn'",
    "22 unknown column 'txet'",
    "40 unknown column 'coutn'",
  ]);
});

test("a mistake in exists is told once for all elements", () => {
  expect(check("['a', 'b', 'c'].exists(x, x == row.txet)").diagnostics).toHaveLength(1);
});

const remarks: Record<string, readonly [source: string, remark: string]> = {
  "a forgotten row": ["count > 1", "MissingRow 1:1 'count' is a column (write row.count)"],
  "a value of the run without run": [
    "businessDate",
    "UnknownName 1:1 'businessDate' is a value of the run (write run.businessDate)",
  ],
  "a parameter without its place": ["lei", "UnknownName 1:1 'lei' is a parameter (write run.parameters.lei)"],
  "a parameter at the run": ["run.lei", "UnknownName 1:5 a run has no 'lei' (write run.parameters.lei)"],
  "an unknown value of the run": [
    "run.bussinessDate",
    "UnknownName 1:5 a run has no 'bussinessDate' (did you mean 'businessDate'?)",
  ],
  "an unknown parameter": ["run.parameters.lie", "UnknownName 1:16 unknown parameter 'lie' (did you mean 'lei'?)"],
  "an unknown parameter that resembles none": [
    "run.parameters.zzzzzz",
    "UnknownName 1:16 unknown parameter 'zzzzzz' (known are lei, limit, missing)",
  ],
  "a text without quotes": [
    "row.text == hello",
    "UnknownName 1:13 unknown name 'hello' (texts stand in quotes, columns are row.<name>)",
  ],
  "a misspelt row": ["rwo.text", "UnknownName 1:1 unknown name 'rwo' (did you mean 'row'?)"],
  "row alone": ["row", "TypeClash 1:1 'row' is not a value (write row.<name>)"],
  "parameters alone": ["run.parameters", "TypeClash 1:5 'run.parameters' is not a value (write run.parameters.<name>)"],
  "part where there is none": ["part.number", "UnknownName 1:1 there is no part here"],
  "record where there is none": [
    "record.action",
    "UnknownName 1:1 there is no record here (rules and outputs have one, fields and file names do not)",
  ],
  "a field of a column": [
    "row.text.esma",
    "UnknownField 1:10 string has no field 'esma' (only lookups have fields, as in row.<lookup>.<field>)",
  ],
  "an unknown column that resembles none": [
    "row.zzzzzz",
    "UnknownColumn 1:5 unknown column 'zzzzzz' (known are text, note, count, rank, price, rate, huge, small, flag, maybe, day, settled and 7 more)",
  ],
  "a column with swapped letters": ["row.pirce", "UnknownColumn 1:5 unknown column 'pirce' (did you mean 'price'?)"],
  "a column in other capitals": ["row.Price", "UnknownColumn 1:5 unknown column 'Price' (did you mean 'price'?)"],
  "an unknown function": ["isLie(row.text)", "UnknownFunction 1:1 unknown function 'isLie' (did you mean 'isLEI'?)"],
  "an unknown method": [
    "row.text.startWith('x')",
    "UnknownMethod 1:10 unknown method 'startWith' (did you mean 'startsWith'?)",
  ],
  "a method as a function": ["trim(row.text)", "UnknownFunction 1:1 'trim' is a method (write text.trim())"],
  "a function as a method": ["row.text.isLEI()", "UnknownMethod 1:10 'isLEI' is a function (write isLEI(text))"],
  "too few arguments": [
    "round(row.price)",
    "ArgumentCount 1:1 'round' has another number of arguments (write round(decimal, scale, \"HALF_UP\"))",
  ],
  "too many arguments": [
    "isLEI(row.text, 1)",
    "ArgumentCount 1:1 'isLEI' has another number of arguments (write isLEI(text))",
  ],
  "an argument of another type": [
    "isLEI(row.count)",
    "TypeClash 1:7 'isLEI' needs a string here but has int (use string(x))",
  ],
  "a receiver of another type": [
    "row.count.startsWith('x')",
    "TypeClash 1:1 'startsWith' needs a string here but has int (use string(x))",
  ],
  double: [
    "double(row.text)",
    "NotSupported 1:1 'double' is not supported (decimals are exact: use decimal(x, scale))",
  ],
  dyn: ["dyn(1)", "NotSupported 1:1 'dyn' is not supported (every value has one type)"],
  now: [
    "now()",
    "NotSupported 1:1 'now' is not supported (use run.createdAt, so that a repeated run gives the same result)",
  ],
  bind: ["cel.bind(x, 1, x)", "NotSupported 1:5 'bind' is not supported (compute the value in a field)"],
  "a calendar with holidays": [
    'isBusinessDay(row.day, "TARGET2")',
    'NotAvailableYet 1:24 this calendar is not available yet (known are "weekdays")',
  ],
  "a list as one value": [
    "[1].map(x, x)",
    'TypeClash 1:1 a list of int cannot be written as one value (use x.join(",") on a list of strings, or x.size())',
  ],
  "an exponent": [
    "1e3",
    "NotSupported 1:1 numbers with an exponent are not supported (write all digits: 1000.0 or 0.001)",
  ],
  "an unsigned int": ["1u", "NotSupported 1:1 unsigned integers are not supported"],
  bytes: ["b'a'", "NotSupported 1:1 bytes are not supported"],
  "a map": ["{'a': 1}", "NotSupported 1:1 maps are not supported"],
  "an index": [
    "row.text[0]",
    'TypeClash 1:1 string has no elements (columns are row["column name"], elements list[0])',
  ],
  "one equals sign": ["row.count = 1", "Syntax 1:11 '=' cannot stand here (write == to compare)"],
  "one ampersand": ["row.flag & row.flag", "Syntax 1:10 '&' cannot stand here (write && for and)"],
  "the word and": ["row.flag and row.flag", "Syntax 1:10 'and' cannot stand here (write && for and)"],
  "the word OR": ["row.flag OR row.flag", "Syntax 1:10 'OR' cannot stand here (write || for or)"],
  "the word is": ["row.note is null", "Syntax 1:10 'is' cannot stand here (write == null or != null)"],
  "the sign <>": ["row.count <> 1", "Syntax 1:12 '>' cannot stand here (write != for different)"],
  "curly quotes": [
    "row.text == \u201ca\u201d",
    "Syntax 1:13 '\u201c' cannot stand here (use straight quotes: \" or ')",
  ],
  "a decimal without a leading zero": ["row.price > .5", "Syntax 1:13 '.' cannot stand here"],
  "an open parenthesis": ["(row.flag", "Syntax 1:10 expected ')', found the end"],
  "an operator at the end": ["row.count +", "Syntax 1:12 the expression ends too early"],
  "a point at the end": ["row.", "Syntax 1:5 expected a name, found the end"],
  "an open text": ["'abc", "Syntax 1:1 unterminated string"],
  "two expressions": ["row.flag row.flag", "Syntax 1:10 'row' cannot stand here"],
  "a reserved word": ["if", "Syntax 1:1 reserved identifier: if"],
  nothing: ["  ", "Syntax 1:1 the expression is empty"],
  "too long": [
    `"${"a".repeat(4096)}"`,
    "TooLong 1:1 the expression is longer than 4096 characters (compute parts of it in fields)",
  ],
  "too deep": [
    `${"(".repeat(200)}1${")".repeat(200)}`,
    "TooComplex 1:101 the expression is too large or nested too deeply (compute parts of it in fields)",
  ],
  "a long chain of minus signs": [
    `${"-".repeat(4000)}1`,
    "TooComplex 1:1 the expression is nested too deeply (compute parts of it in fields)",
  ],
  "a long sum": [
    `1${"+1".repeat(1000)}`,
    "TooComplex 1:1 the expression is nested too deeply (compute parts of it in fields)",
  ],
  "exists that repeats without measure": [
    `[${"1,".repeat(99)}1].exists(x, [${"1,".repeat(99)}1].exists(y, x + y > 3))`,
    "TooComplex 1:429 exists and all repeat too much here (shorten the lists)",
  ],
  "too many digits in a product": [
    "row.huge * row.huge * row.huge * row.huge * row.huge * row.huge",
    "TooManyDigits 1:54 the result may need 228 digits, more than 200 (use round(x, scale) on the operands)",
  ],
};

test.each(Object.entries(remarks))("%s", (_sentence, [source, expected]) => {
  const { diagnostics, type } = check(source);
  const [first] = diagnostics;
  const hint = first?.hint ? ` (${first.hint})` : "";
  expect(`${first?.code} ${first?.line}:${first?.column} ${first?.message}${hint}`).toBe(expected);
  expect(type).toBeUndefined();
});

test("a chain of many conditions is not too deep", () => {
  const source = Array.from({ length: 200 }, (_, index) => `row.count != ${index}`).join(" || ");
  expect(check(source, "bool")).toMatchObject({ type: { type: { kind: "bool" } }, diagnostics: [] });
});

const places: Record<string, readonly [source: string, expected: Expected, remark: string | undefined]> = {
  "a rule must be a bool": ["row.count", "bool", "this must be a bool but is int (compare it with something)"],
  "a name must be a text": ["row.count", "string", "this must be a string but is int"],
  "a bool for a bool": ["row.flag", "bool", undefined],
  "a decimal for a decimal": ["row.price", "decimal", undefined],
  "anything for any": ["row.day", "any", undefined],
};

test.each(Object.entries(places))("%s", (_sentence, [source, expected, remark]) => {
  const { diagnostics } = check(source, expected);
  expect(diagnostics.map(({ message, hint }) => (hint ? `${message} (${hint})` : message))).toEqual(
    remark ? [remark] : [],
  );
});

test("the type tells digits, null and whether it may fail", () => {
  expect(check("row.price * row.small").type).toEqual({
    type: { kind: "decimal", precision: 24, scale: 4 },
    nullable: false,
    mayFail: false,
  });
  expect(check("row.rate").type).toEqual({
    type: { kind: "decimal", precision: 18, scale: 5 },
    nullable: true,
    mayFail: false,
  });
  expect(check("row.count + 1").type).toEqual({ type: { kind: "int" }, nullable: false, mayFail: true });
  expect(check("row.at").type).toEqual({ type: { kind: "timestamp", digits: 6 }, nullable: false, mayFail: false });
});
