/** Lists: columns decoded exactly, what is computed from them, and what they cannot do. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Cells, compile, resultOf, rowOf, verdictOf } from "./outcome.fixture.ts";
import { elementTexts } from "./runtime/list.ts";

const arrays: Record<string, readonly [text: string, elements: readonly (string | null)[] | undefined]> = {
  "no elements": ["{}", []],
  "plain elements": ["{a,b}", ["a", "b"]],
  "quoted elements": ['{"b c","d,e"}', ["b c", "d,e"]],
  "an element of nothing": ['{""}', [""]],
  "escaped quotes and backslashes": ['{"a\\"b\\\\c"}', ['a"b\\c']],
  "null, and the text NULL": ['{NULL,"NULL"}', [null, "NULL"]],
  "braces in quotes": ['{"{x}"}', ["{x}"]],
  "a line break in quotes": ['{"a\nb"}', ["a\nb"]],
  "spaces inside of an element": ["{a b}", ["a b"]],
  "a space that is not one of ASCII": ["{\u00a0a\u2003}", ["\u00a0a\u2003"]],
  "astral characters": ["{\u{1f600}}", ["\u{1f600}"]],
  "two dimensions": ["{{a,b},{c,d}}", undefined],
  "other lower bounds": ["[0:1]={a,b}", undefined],
  "an open array": ["{a,b", undefined],
  "an open quote": ['{"a}', undefined],
  "a quote with a tail": ['{"a"b}', undefined],
  "an element missing": ["{a,}", undefined],
  "an element missing before": ["{,a}", undefined],
  "a closing brace too many": ["{a}}", undefined],
  "spaces around": ["{ a }", undefined],
  "no array": ["a", undefined],
  nothing: ["", undefined],
};

test.each(Object.entries(arrays))("array text with %s", (_sentence, [text, elements]) => {
  expect(elementTexts(text)).toEqual(elements);
});

test("array text as a database writes it is read as its elements", () => {
  // what the database quotes: see array_out in its sources
  const written = (element: string | null): string => {
    if (element === null) return "NULL";
    if (!/^$|^null$|["\\{}, \t-\r]/i.test(element)) return element;
    return `"${element.replace(/["\\]/g, "\\$&")}"`;
  };
  const unit = fc.constantFrom("a", "B", " ", ",", '"', "\\", "{", "}", "NULL", "\n", "\u00a0", "\u00e9", "\u{1f600}");
  const elements = fc.array(fc.option(fc.string({ unit, maxLength: 5 })), { maxLength: 5 });
  const property = fc.property(elements, (list) => {
    expect(elementTexts(`{${list.map(written).join(",")}}`)).toEqual(list);
  });
  fc.assert(property, { numRuns: 2000 });
});

type Case = readonly [expression: string, expected: string, cells?: Cells];

const cases: Record<string, Case> = {
  "size of a column": ["row.flags.size()", "2"],
  "size of an empty column": ["size(row.flags)", "0", { flags: "{}" }],
  "an element": ["row.flags[1]", "b c"],
  "an element that is null": ["row.flags[0]", "null", { flags: "{NULL}" }],
  "an element outside of the list is an error": ["row.flags[2]", "undecided: the list has no element at 1:11"],
  "an element before the list is an error": ["row.flags[-1]", "undecided: the list has no element at 1:11"],
  "a decimal element keeps its scale": ["row.amounts[0]", "1.50"],
  "an index that is no int": ["row.flags['a']", "TypeClash 1:11 an index is an int, from 0, but this is string"],
  "in a column": ['"A" in row.flags', "true"],
  "not in a column": ['"a" in row.flags', "false"],
  "null in a column without null": ["row.note in row.flags", "false"],
  "null in a column with null": ["row.note in row.flags", "true", { flags: "{NULL}" }],
  "in across scales": ["1.5 in row.amounts", "true"],
  "an int in decimals": ["-2 in row.amounts", "true"],
  "a decimal in ints": ["2.0 in row.numbers", "true"],
  "in a column that is null is undecided": ['"A" in row.tags', "undecided: tags is null at 1:8"],
  "in a list of another type": ['"A" in row.numbers', "TypeClash 1:5 'in' does not look for string in a list of int"],
  "a date in a column": ["row.day in row.days", "true"],
  "exists in a column": ['row.flags.exists(f, f.startsWith("b"))', "true"],
  "exists in an empty column": ["row.flags.exists(f, true)", "false", { flags: "{}" }],
  "exists absorbs an error": ["row.numbers.exists(n, 6 / (n - 1) == 6)", "true"],
  "exists with only errors is an error": [
    "row.numbers.exists(n, 1 / (n - n) == 1)",
    "undecided: division by zero, or the int result does not fit 64 bits at 1:25",
  ],
  "all in a column": ["row.numbers.all(n, n > 0)", "true"],
  "all in an empty column": ["row.numbers.all(n, n > 0)", "true", { numbers: "{}" }],
  "all that fails for one": ["row.numbers.all(n, n < 3)", "false"],
  "all absorbs an error": ["row.numbers.all(n, 6 / (n - 1) == 7)", "false"],
  "all over a null is an error": ["row.numbers.all(n, n > 0)", "undecided: n is null at 1:20", { numbers: "{1,NULL}" }],
  "all with a guard": ["row.numbers.all(n, n == null || n > 0)", "true", { numbers: "{1,NULL}" }],
  exists_one: ["row.numbers.exists_one(n, n == 2)", "true"],
  "exists_one that holds for two": ["row.numbers.exists_one(n, n > 1)", "false"],
  "exists_one absorbs no error": [
    "row.numbers.exists_one(n, 6 / (n - 1) == 6)",
    "undecided: division by zero, or the int result does not fit 64 bits at 1:29",
  ],
  "exists_one of a list written out": ["[1, 2].exists_one(n, n == row.count)", "false"],
  map: ['row.numbers.map(n, string(n * 2)).join(",")', "2,4,6"],
  "map to decimals": ["row.amounts.map(a, a * 2)[1]", "-4.00"],
  "map that fails": [
    "row.numbers.map(n, 1 / (n - 1)).size()",
    "undecided: division by zero, or the int result does not fit 64 bits at 1:22",
  ],
  "map with a condition": ["row.numbers.map(n, n > 1, string(n)).join()", "23"],
  "map of a list written out": ['["a", row.text].map(x, x.upperAscii()).join("-")', "A-HELLO"],
  "map does not make lists of lists": [
    "row.numbers.map(n, [n]).size()",
    "NotSupported 1:20 'map' does not make a list of list of ints",
  ],
  filter: ["row.numbers.filter(n, n != 2).size()", "2"],
  "filter keeps the order": ['row.flags.filter(f, f != "A")[0]', "b c"],
  "filter needs a condition": [
    "row.numbers.filter(n, n).size()",
    "TypeClash 1:23 'filter' needs true or false but has int (compare it with something)",
  ],
  "loops in loops": ["row.numbers.all(a, row.numbers.exists(b, b >= a && row.count > b))", "true"],
  "a loop variable hides another": ['row.numbers.exists(x, row.flags.exists(x, x == "A") && x == 3)', "true"],
  "a loop reads columns, values of the run and of the part": [
    'row.numbers.exists(n, n == part.number && row.count > n && run.mode == "Test")',
    "true",
  ],
  "lists are equal": ["row.numbers == [1, 2, 3]", "true"],
  "the order counts": ["row.numbers == [3, 2, 1]", "false"],
  "lists are equal across scales": ["row.amounts == [1.5, -2.0]", "true"],
  "lists differ": ['row.flags != ["A"]', "true"],
  "a list that is null equals null": ["row.tags == null", "true"],
  "a list that is null and a list": ["row.tags == row.flags", "false"],
  "lists are joined": ["(row.numbers + [4]).size()", "4"],
  "lists of other types are not joined": [
    '(row.numbers + ["4"]).size()',
    "TypeClash 1:14 '+' does not take list of int and list of string",
  ],
  "lists have no order": ["row.numbers < [1]", "TypeClash 1:13 list of int values have no order (use == or !=)"],
  "lists of lists are refused": ["[[1]].size()", "NotSupported 1:2 a list of int cannot be an element of a list"],
  "a list of several types is refused": [
    '[1, "a"].size()',
    "TypeClash 1:5 string does not fit the others here, which are int",
  ],
  "coalesce of lists": ["coalesce(row.tags, row.flags).size()", "2"],
  "a choice of lists": ["(row.count > 1 ? row.flags : []).size()", "2"],
  "a list that is null": ["row.tags.size()", "undecided: tags is null at 1:1"],
  "a macro over an empty list": ["[].map(x, x).size()", "0"],
  "three loops in each other": [
    "row.numbers.exists(a, row.numbers.exists(b, row.numbers.exists(c, a + b == c)))",
    "TooComplex 1:45 there are too many loops in each other (at most 2 loops over lists may stand in each other)",
  ],
  "lists that are too long together": [
    "(row.numbers + row.numbers).size()",
    "undecided: the list has more than 1000 elements at 1:14",
    { numbers: `{${"1,".repeat(500)}1}` },
  ],
  "a text of too many parts": [
    'row.text.split("").size()',
    "undecided: the text has more than 1000 parts at 1:10",
    { text: "a".repeat(1001) },
  ],
  "a text of many parts with a limit": [
    'row.text.split("", 3).join("-")',
    `a-a-${"a".repeat(1999)}`,
    { text: "a".repeat(2001) },
  ],
  "a variable that is named like a root": ['row.flags.exists(row, row == "A")', "true"],
  "variables with names that mean something elsewhere": [
    'row.flags.exists(constructor, constructor == "A") && row.flags.exists(toString, toString == "A")',
    "true",
  ],
  "variables with names of generated code": [
    'row.flags.exists(list, list == "A") && row.flags.exists(site, site == "A")',
    "true",
  ],
  "a variable is needed": [
    "row.flags.map(1, 2).size()",
    'Syntax 1:15 a variable name must stand here (write ["A", "B"].exists(x, x == ...))',
  ],
};

test.each(Object.entries(cases))("%s", (_sentence, [expression, expected, cells]) => {
  expect(resultOf(expression, cells)).toBe(expected);
});

const refused: Record<string, readonly [Cells, string]> = {
  "no array": [{ flags: "A" }, "NotAList"],
  "an array of two dimensions": [{ flags: "{{A}}" }, "NotAList"],
  "more than 1000 elements": [{ numbers: `{${"1,".repeat(1000)}1}` }, "TooManyElements"],
  "an element of another type": [{ numbers: "{1,x}" }, "NotAnInteger"],
  "an element with too many fraction digits": [{ amounts: "{1.234}" }, "TooManyFractionDigits"],
  "a day that does not exist": [{ days: "{2026-02-30}" }, "NotADate"],
  "text that is not well formed": [{ flags: "{\udc00}" }, "InvalidText"],
  "null where a list is required": [{ flags: null }, "NullInRequired"],
};

test.each(Object.entries(refused))("a list column with %s is refused", (_sentence, [cells, reason]) => {
  expect(resultOf("1", cells)).toBe(`refused: ${reason}`);
});

test("a rule over a list has three outcomes", () => {
  const rule = 'row.tags.all(t, t in ["A", "B"])';
  expect(verdictOf(rule, { tags: "{A,B}" })).toBe("pass");
  expect(verdictOf(rule, { tags: "{A,C}" })).toBe("violated");
  expect(verdictOf(rule)).toBe("undecided (null): tags is null at 1:1");
});

test("an output that takes lists gives them as JSON texts, single values as they are", () => {
  const columns = ["row.flags", "row.amounts", "row.tags", "row.text"].map((value) => ({
    value,
    expected: "list" as const,
  }));
  const program = compile({ outputs: [{ name: "file", columns }] });
  program.evaluate(rowOf({ flags: '{"a\\"b",NULL}' }));
  expect(program.render(0)).toEqual(['["a\\"b",null]', '["1.50","-2.00"]', null, "hello"]);
});

test("a field may be a list", () => {
  const program = compile({
    fields: [{ name: "known", value: 'row.flags.filter(f, f in ["A", "B"])' }],
    rules: [{ id: "r", assert: "row.known.size() == 1" }],
    outputs: [{ name: "file", columns: [{ value: 'row.known.join(",")' }] }],
  });
  expect(program.evaluate(rowOf())).toBe(0);
  expect(program.render(0)).toEqual(["A"]);
});

test("a field that failed keeps its reason inside of a loop", () => {
  const program = compile({
    fields: [{ name: "half", value: "row.count / 0 + 1".replace("/ 0", "/ (row.count - 7)") }],
    rules: [{ id: "r", assert: "row.numbers.exists(n, n == row.half)" }],
  });
  program.evaluate(rowOf());
  expect(program.undecidedReason(0)).toBe("division by zero, or the int result does not fit 64 bits at 1:11");
});
