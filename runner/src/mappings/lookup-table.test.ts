/** Says which keys of a table are the same, and which are not. */
import { expect, test } from "vitest";
import { LookupTable } from "./lookup-table.ts";

test("finds by all keys, also where they would be the same text when joined", () => {
  const table = new LookupTable(["String", "String"]);
  const values = [["one"], ["two"], ["three"]];
  expect(table.add(["a", "bc"], values[0] ?? [], 1)).toBeUndefined();
  expect(table.add(["ab", "c"], values[1] ?? [], 2)).toBeUndefined();
  expect(table.add(["", "abc"], values[2] ?? [], 3)).toBeUndefined();
  const keys = [
    ["a", "bc"],
    ["ab", "c"],
    ["", "abc"],
    ["abc", ""],
    ["a", "c"],
  ];
  expect(keys.map((one) => table.find(one)?.[0])).toEqual(["one", "two", "three", undefined, undefined]);
  expect(table.find(["a", "bc"])).toBe(values[0]);
});

test("answers the place of an entry with the same keys, which stays; an entry without all keys is found by nobody", () => {
  const table = new LookupTable(["String"]);
  expect([table.add(["a"], ["1"], 1), table.add(["a"], ["2"], 2), table.add([null], ["3"], 3)]).toEqual([
    undefined,
    1,
    undefined,
  ]);
  expect([table.find(["a"]), table.find(["null"]), table.find([""])]).toEqual([["1"], undefined, undefined]);
});

test.each(["constructor", "__proto__", "hasOwnProperty", "toString"])("%s is a key like any other", (key) => {
  const table = new LookupTable(["String"]);
  expect(table.find([key])).toBeUndefined();
  table.add([key], ["1"], 1);
  expect(table.find([key])).toEqual(["1"]);
});

const same: [type: string, inTable: string, asked: string, isFound: boolean][] = [
  ["Decimal(9,4)", "1.5000", "1.5", true],
  ["Decimal(9,4)", "100.0000", "100", true],
  ["Decimal(9,4)", "100.0000", "1", false],
  ["Decimal(9,4)", "0.0500", "0.05", true],
  ["Timestamp(6)", "2026-01-01T00:00:00.120000Z", "2026-01-01T00:00:00.12Z", true],
  ["Timestamp(6)", "2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00Z", true],
  ["String", "1.50", "1.5", false],
  ["String", "a", "a ", false],
];
test.each(same)("%s: %s in the table, %s asked for", (type, inTable, asked, isFound) => {
  const table = new LookupTable([type]);
  table.add([inTable], ["1"], 1);
  expect(table.find([asked]) !== undefined).toBe(isFound);
});
