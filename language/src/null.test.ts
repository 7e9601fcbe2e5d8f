/** Null and errors: what a rule says when something is missing, and when the checker warns. */
import { expect, test } from "vitest";
import { checkExpression } from "./check-expression.ts";
import { type Cells, COLUMNS, PARAMETERS, resultOf, verdictOf } from "./outcome.fixture.ts";

type Case = readonly [assert: string, expected: string, cells?: Cells];

const verdicts: Record<string, Case> = {
  "null is equal to null": ["row.rank == null", "pass"],
  "null is not different from null": ["row.rank != null", "violated"],
  "a value is not null": ["row.rank != null", "pass", { rank: "1" }],
  "two nulls are equal": ["row.rank == run.parameters.missing", "pass"],
  "null is not equal to a value": ["row.rank == 1", "violated"],
  "null differs from a value": ["row.rank != 1", "pass"],
  "null is not equal to zero": ["row.rank == 0", "violated"],
  "null is not equal to a decimal of another scale": ["row.rate == 0.000000001", "violated"],
  "two nulls of different scales are equal": ["row.rate == row.rank", "pass"],
  "an empty text is not null": ['row.note == ""', "violated"],
  "null is in no list of values": ['row.note in ["a", "b"]', "violated"],
  "null is in no long list of values": ['row.note in ["a", "b", "c", "d", "e"]', "violated"],
  "null is in a list with null": ['row.note in ["a", null]', "pass"],
  "null is in a long list with null": ['row.note in ["a", "b", "c", "d", "e", null]', "pass"],
  "null is in a list with another null": ["row.rank in [row.count, run.parameters.missing]", "pass"],
  "null of a decimal is in no list of another scale": ["row.rate in [1.0000000, 2.0]", "violated"],
  "less on null is undecided": ["row.rank < 1", "undecided (null): rank is null at 1:1"],
  "less with null on the right is undecided": ["1 < row.rank", "undecided (null): rank is null at 1:5"],
  "null in a sum is undecided": ["row.count + row.rank > 0", "undecided (null): rank is null at 1:13"],
  "null in a method is undecided": ['row.note.startsWith("x")', "undecided (null): note is null at 1:1"],
  "null in a function is undecided": ["isLEI(row.note)", "undecided (null): note is null at 1:7"],
  "null of a wider decimal is undecided": ["row.rate > 1.000000001", "undecided (null): rate is null at 1:1"],
  "a nullable bool that is null is undecided": ["row.maybe", "undecided (null): maybe is null at 1:1"],
  "not on null is undecided": ["!row.maybe", "undecided (null): maybe is null at 1:2"],
  "a choice on null is undecided": ["row.maybe ? true : true", "undecided (null): maybe is null at 1:1"],
  "a choice that gives null is undecided": [
    "row.flag ? row.maybe : true",
    "undecided (null): row.flag ? row.maybe : true is null at 1:1",
  ],
  "a parameter without a value is named": [
    "run.parameters.missing > 1",
    "undecided (null): run.parameters.missing is null at 1:1",
  ],
  "false and an error is false": ["row.rank > 1 && false", "violated"],
  "an error and false is false": ["false && row.rank > 1", "violated"],
  "true and an error is undecided": ["true && row.rank > 1", "undecided (null): rank is null at 1:9"],
  "an error and true is undecided": ["row.rank > 1 && true", "undecided (null): rank is null at 1:1"],
  "an error and a column that is false": ["row.rank > 1 && row.flag", "violated", { flag: "f" }],
  "an error and a column that is true": ["row.rank > 1 && row.flag", "undecided (null): rank is null at 1:1"],
  "an error or true is true": ["row.rank > 1 || row.flag", "pass"],
  "an error or false is undecided": ["row.rank > 1 || !row.flag", "undecided (null): rank is null at 1:1"],
  "true or an error is true": ["row.flag || row.rank > 1", "pass"],
  "two errors name the first": ["row.rank > 1 && row.rate > 1", "undecided (null): rank is null at 1:1"],
  "two errors of or name the first": ["row.rank > 1 || row.rate > 1.0", "undecided (null): rank is null at 1:1"],
  "an error absorbed on the right does not name itself": [
    "row.rank > 1 && (row.rate > 1.0 || true)",
    "undecided (null): rank is null at 1:1",
  ],
  "an error absorbed on the left does not name itself": [
    "(row.rank > 1 && false) || row.rate > 1.0",
    "undecided (null): rate is null at 1:28",
  ],
  "null and false is false": ["row.maybe && false", "violated"],
  "null or true is true": ["row.maybe || true", "pass"],
  "false and null is false": ["false && row.maybe", "violated"],
  "null and true is undecided": ["row.maybe && true", "undecided (null): maybe is null at 1:1"],
  "null and its opposite is undecided": ["row.maybe && !row.maybe", "undecided (null): maybe is null at 1:1"],
  "null and a comparison of the same column is undecided": [
    "row.rank > 5 && row.rank > 7",
    "undecided (null): rank is null at 1:1",
  ],
  "null and a choice by the same column is undecided": [
    "row.maybe && (row.maybe ? true : false)",
    "undecided (null): maybe is null at 1:1",
  ],
  "two columns that are equal may both be null": [
    "row.rate == row.rank && row.rate > 1.0",
    "undecided (null): rate is null at 1:25",
  ],
  "being in a list with null proves nothing": [
    'row.note in ["a", null] && row.note.startsWith("a")',
    "undecided (null): note is null at 1:28",
  ],
  "the opposite of a guard is no guard": [
    "!(row.rank != null) && row.rank > 1",
    "undecided (null): rank is null at 1:24",
  ],
  "an error passes a change of scale": [
    "1 / row.count + 0.5 > 0.1",
    "undecided (error): division by zero, or the int result does not fit 64 bits at 1:3",
    { count: "0" },
  ],
  "an error passes where null may be too": [
    "(row.flag ? row.rank : 1 / row.count) > 5",
    "undecided (error): division by zero, or the int result does not fit 64 bits at 1:26",
    { count: "0", flag: "f" },
  ],
  "null passes where an error may be too": [
    "(row.flag ? row.rank : 1 / row.count) > 5",
    "undecided (null): row.flag ? row.rank : 1 / row.count is null at 1:2",
  ],
  "a guard with or": ["row.rank == null || row.rank > 1", "pass"],
  "a guard with and": ["row.rank != null && row.rank > 1", "violated"],
  "a guard with not": ["!(row.rank == null) && row.rank > 1", "violated"],
  "a guard with has": ["!has(row.rank) || row.rank > 1", "pass"],
  "a guard with a choice": ["row.rank == null ? true : row.rank > 1", "pass"],
  "a guard with equality": ['row.note == "x" && row.note.startsWith("y")', "violated"],
  "a guard with in": ['row.note in ["x"] && row.note.startsWith("y")', "violated"],
  "a guard of another column does not help": [
    "row.rate == null || row.rank > 1",
    "undecided (null): rank is null at 1:21",
    { rate: "1" },
  ],
  "a guard behind a failing condition is tested again": [
    "(row.rank > 1 && row.rate != null) || row.rate > 1.0",
    "undecided (null): rate is null at 1:39",
  ],
  "an overflow is an error": [
    "row.count + 1 > 0",
    "undecided (error): the int result does not fit 64 bits at 1:11",
    { count: "9223372036854775807" },
  ],
  "equality passes an error on": [
    "1 / row.count == 1",
    "undecided (error): division by zero, or the int result does not fit 64 bits at 1:3",
    { count: "0" },
  ],
  "in passes an error on": [
    "1 / row.count in [1]",
    "undecided (error): division by zero, or the int result does not fit 64 bits at 1:3",
    { count: "0" },
  ],
  "in passes an error of an element on": [
    "1 in [1 / row.count, 1]",
    "undecided (error): division by zero, or the int result does not fit 64 bits at 1:9",
    { count: "0" },
  ],
  "false and an overflow is false": ["!row.flag && row.count + 1 > 0", "violated", { count: "9223372036854775807" }],
  "exists absorbs an error": ["[row.rank, 7].exists(x, x == 7 || x > 100)", "pass"],
  "exists over null and nothing else is undecided": [
    "[row.rank, 7].exists(x, x > 100)",
    "undecided (null): rank is null at 1:25",
  ],
  "all stops at false although another is null": ["[row.rank, 7].all(x, x > 100)", "violated"],
  "all over null is undecided": ["[row.rank, 7].all(x, x > 5)", "undecided (null): rank is null at 1:22"],
};

test.each(Object.entries(verdicts))("%s", (_sentence, [assert, expected, cells]) => {
  expect(verdictOf(assert, cells)).toBe(expected);
});

const values: Record<string, Case> = {
  "a null column is an empty output": ["row.rate", "null"],
  "coalesce takes the first value": ["coalesce(row.rank, row.count, 1)", "7"],
  "coalesce of nulls is null": ["coalesce(row.rank, run.parameters.missing)", "null"],
  "coalesce brings all to one scale": ["coalesce(row.rate, row.price)", "12.50000"],
  "coalesce passes an error on": ["coalesce(row.rank + 1, 5)", "undecided: rank is null at 1:10"],
  "coalesce does not look behind a value": ["coalesce(row.count, 1 / 1)", "7"],
  "coalesce of different types is refused": [
    'coalesce(row.rank, "x")',
    "TypeClash 1:20 coalesce does not mix int with string",
  ],
  "null in a value names the column": ["row.price * row.rate", "undecided: rate is null at 1:13"],
  "a choice guards a value": ["row.rate == null ? 0 : row.rate * 2", "0.00000"],
};

test.each(Object.entries(values))("%s", (_sentence, [value, expected, cells]) => {
  expect(resultOf(value, cells)).toBe(expected);
});

const warnings: Record<string, readonly [assert: string, warnings: readonly string[]]> = {
  "no warning for columns that are never null": ["row.count > 1 && row.price > 0.5", []],
  "a nullable column in a comparison": [
    "row.rank > 1",
    ["1:1 'rank' may be null, and then there is no result (write row.rank == null || ..., or row.rank != null && ...)"],
  ],
  "one warning for one column": [
    "row.rank > 1 && row.rank < 9",
    ["1:1 'rank' may be null, and then there is no result (write row.rank == null || ..., or row.rank != null && ...)"],
  ],
  "two columns warn twice": [
    "row.rank > 1 && row.rate < 9.0",
    [
      "1:1 'rank' may be null, and then there is no result (write row.rank == null || ..., or row.rank != null && ...)",
      "1:17 'rate' may be null, and then there is no result (write row.rate == null || ..., or row.rate != null && ...)",
    ],
  ],
  "a guard with or": ["row.rank == null || row.rank > 1", []],
  "a guard in front of another condition": ["row.rank == null || row.flag && row.rank > 1", []],
  "a guard of two columns": ["row.rank == null || row.rate == null || row.rank > row.rate", []],
  "a guard with and": ["row.rank != null && row.rank > 1", []],
  "a guard with has": ["has(row.rank) && row.rank > 1", []],
  "a guard with not": ["!(row.rank == null) && row.rank > 1", []],
  "a guard by a choice": ["row.rank == null ? true : row.rank > 1", []],
  "a guard in the wrong branch": [
    "row.rank == null ? row.rank > 1 : true",
    [
      "1:20 'rank' may be null, and then there is no result (write row.rank == null || ..., or row.rank != null && ...)",
    ],
  ],
  "equality needs no guard": ["row.rank == 1", []],
  "in needs no guard": ["row.rank in [1, 2]", []],
  "a rule that may be null": [
    "row.maybe",
    [
      "1:1 'maybe' may be null, and then there is no result (write row.maybe == null || ..., or row.maybe != null && ...)",
    ],
  ],
  "a value that is computed and may be null": [
    "(row.flag ? row.rank : 1) > 0",
    ["1:2 this value may be null, and then there is no result (use coalesce to give it a value)"],
  ],
  "coalesce with a constant needs no guard": ["coalesce(row.rank, 0) > 0", []],
};

test.each(Object.entries(warnings))("%s", (_sentence, [source, expected]) => {
  const scope = { row: COLUMNS, runParameters: PARAMETERS };
  const { diagnostics, type } = checkExpression({ source, path: "rule", scope, expected: "bool" });
  expect(type?.type.kind).toBe("bool");
  expect(diagnostics.map(({ line, column, message, hint }) => `${line}:${column} ${message} (${hint})`)).toEqual(
    expected,
  );
  expect(diagnostics.every(({ severity, code }) => severity === "Warning" && code === "MayBeNull")).toBe(true);
});

const refused: Record<string, Case> = {
  "a column that is never null is not compared with null": [
    "row.count == null",
    "NeverNull 1:1 'count' is never null (remove the comparison with null)",
  ],
  "null on the left": ["null != row.count", "NeverNull 1:9 'count' is never null (remove the comparison with null)"],
  "has of a column that is never null": [
    "has(row.count)",
    "NeverNull 1:5 'count' is never null (remove the comparison with null)",
  ],
  "a value that is computed is never null": [
    "row.rank + 1 == null",
    "NeverNull 1:1 this value is never null (remove the comparison with null)",
  ],
  "null with less": ["row.count < null", "TypeClash 1:13 null cannot be used here (compare with == null or != null)"],
  "null in a sum": ["row.count + null == 1", "TypeClash 1:11 '+' does not take int and null"],
  "null as a condition": [
    "row.flag && null",
    "TypeClash 1:13 '&&' needs true or false but has null (compare it with something)",
  ],
  "null in a method": [
    "row.text.startsWith(null)",
    "TypeClash 1:21 null cannot be used here (compare with == null or != null)",
  ],
  "has of something else": [
    "has(1)",
    "TypeClash 1:1 'has' asks whether a column has a value (write has(row.<column>))",
  ],
};

test.each(Object.entries(refused))("%s is refused", (_sentence, [assert, expected]) => {
  expect(verdictOf(assert)).toBe(expected);
});
