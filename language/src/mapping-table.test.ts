import { expect, test } from "vitest";
import { parseMappingTable } from "./mapping-table.ts";

const set = { keys: [{ name: "code", type: "String" }], values: [{ name: "name", type: "String" }] };

const readable: Record<string, { text: string; entries: object[] }> = {
  "a line per entry": { text: "code,name\nEUR,Euro\n", entries: [{ keys: ["EUR"], values: ["Euro"] }] },
  "columns in any order": { text: "name,code\nEuro,EUR\n", entries: [{ keys: ["EUR"], values: ["Euro"] }] },
  "an empty value as null, and an empty text in quotes": {
    text: 'code,name\nEUR,\nUSD,""\n',
    entries: [
      { keys: ["EUR"], values: [null] },
      { keys: ["USD"], values: [""] },
    ],
  },
  "windows, where they are used": {
    text: "code,name,effectiveFrom,effectiveUntil\nDEM,Mark,1990-01-01,2002-01-01\nEUR,Euro,2002-01-01,\n",
    entries: [
      { keys: ["DEM"], values: ["Mark"], from: "1990-01-01", until: "2002-01-01" },
      { keys: ["EUR"], values: ["Euro"], from: "2002-01-01" },
    ],
  },
  "quotes, separators and line breaks in quotes": {
    text: 'code,name\n"a,b","x""y\r\nz"\n',
    entries: [{ keys: ["a,b"], values: ['x"y\r\nz'] }],
  },
  "a byte order mark, CRLF, empty lines, and no line break at the end": {
    text: "\uFEFFcode,name\r\nEUR,Euro\r\n\r\nUSD,Dollar",
    entries: [
      { keys: ["EUR"], values: ["Euro"] },
      { keys: ["USD"], values: ["Dollar"] },
    ],
  },
  "no entries": { text: "code,name\n", entries: [] },
};

test.each(Object.entries(readable))("reads %s", (_sentence, { text, entries }) => {
  expect(parseMappingTable(text, set)).toEqual({ entries });
});

const unreadable: Record<string, { text: string; line: number; says: string }> = {
  "an empty text": { text: "", line: 1, says: "there is no column 'code'" },
  "a column that is missing": { text: "code\nEUR\n", line: 1, says: "there is no column 'name'" },
  "a column that is unknown": {
    text: "code,name,more\n",
    line: 1,
    says: "the column 'more' is unknown or there twice",
  },
  "a column that is there twice": { text: "code,name,name\n", line: 1, says: "the column 'name' is unknown" },
  "a line with a value too many": { text: "code,name\nEUR,Euro\nUSD,Dollar,x\n", line: 3, says: "3 values, not 2" },
  "a quote that does not close": { text: 'code,name\nEUR,"Euro\n', line: 2, says: "a quote does not close" },
  "a quote inside a value": { text: 'code,name\nEUR,Eu"ro\n', line: 2, says: "stands inside a value" },
};

test.each(Object.entries(unreadable))("refuses %s, by its line", (_sentence, { text, line, says }) => {
  expect(parseMappingTable(text, set)).toMatchObject({ line, message: expect.stringContaining(says) });
});

test("reads a hundred thousand lines in no time", () => {
  const text = `code,name\n${Array.from({ length: 100_000 }, (_, index) => `C${index},"N ${index}"\n`).join("")}`;
  const table = parseMappingTable(text, set);
  expect("entries" in table && table.entries.length).toBe(100_000);
});
