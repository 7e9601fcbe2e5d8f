/** Proves the code of a row: what each cell holds, which texts take the longer way, and which are refused for which column. */
import { expect, test } from "vitest";
import type { Row } from "../../connectors/connector.ts";
import type { OutputColumn } from "../format.ts";
import { CellRefused } from "./cell.ts";
import { compileRow } from "./row-code.ts";
import { maxCellLength } from "./xml-text.ts";

const text: OutputColumn = { header: "T", type: { kind: "string" } };
const amount: OutputColumn = { header: "A", type: { kind: "decimal", precision: 38, scale: 2 } };
const fine: OutputColumn = { header: "F", type: { kind: "decimal", precision: 38, scale: 31 } };
const flag: OutputColumn = { header: "B", type: { kind: "bool" } };
const day: OutputColumn = { header: "D", type: { kind: "date" } };

const inline = (place: string, content: string) => `<c r="${place}" t="inlineStr"><is>${content}</is></c>`;
const cells: Record<string, { column: OutputColumn; value: string | null; expected: string }> = {
  "a row of nulls has a cell": { column: text, value: null, expected: '<c r="A7"/>' },
  "an empty text": { column: text, value: "", expected: inline("A7", "<t></t>") },
  "an underscore that is no escape": { column: text, value: "a_b", expected: inline("A7", "<t>a_b</t>") },
  "an underscore that would be read as one": {
    column: text,
    value: "_x0041_",
    expected: inline("A7", "<t>_x005F_x0041_</t>"),
  },
  "a text that ends with a space": {
    column: text,
    value: "a ",
    expected: inline("A7", '<t xml:space="preserve">a </t>'),
  },
  "a pair of surrogates": { column: text, value: "😀", expected: inline("A7", "<t>😀</t>") },
  "a number": { column: amount, value: "-1.50", expected: '<c r="A7" s="3"><v>-1.50</v></c>' },
  "a number of 16 digits": {
    column: amount,
    value: "12345678901234.56",
    expected: inline("A7", "<t>12345678901234.56</t>"),
  },
  "more places than a format shows": { column: fine, value: "1", expected: inline("A7", "<t>1</t>") },
  "a truth": { column: flag, value: "true", expected: '<c r="A7" t="b"><v>1</v></c>' },
  "an untruth": { column: flag, value: "false", expected: '<c r="A7" t="b"><v>0</v></c>' },
  "a day": { column: day, value: "2026-01-31", expected: '<c r="A7" s="3"><v>46053</v></c>' },
  "a day that spreadsheets do not agree about": {
    column: day,
    value: "1900-02-28",
    expected: inline("A7", "<t>1900-02-28</t>"),
  },
};
test.each(Object.entries(cells))("writes %s", (_sentence, { column, value, expected }) => {
  expect(compileRow([column], () => 3)([value], "7")).toBe(`<row r="7">${expected}</row>`);
});

test("neighbouring columns do not share the day that one of them remembers", () => {
  const write = compileRow([day, day], () => 0);
  const rows: readonly Row[] = [
    ["2026-01-31", "1900-02-28"],
    ["1900-02-28", "2026-01-31"],
    [null, "2026-01-31"],
  ];
  expect(rows.map((row) => write(row, "2"))).toEqual([
    `<row r="2"><c r="A2"><v>46053</v></c>${inline("B2", "<t>1900-02-28</t>")}</row>`,
    `<row r="2">${inline("A2", "<t>1900-02-28</t>")}<c r="B2"><v>46053</v></c></row>`,
    '<row r="2"><c r="B2"><v>46053</v></c></row>',
  ]);
});

test("calls the 28th column AB", () => {
  const columns = Array.from({ length: 28 }, () => flag);
  const row = columns.map((_, index) => (index === 27 ? "true" : null));
  expect(compileRow(columns, () => 0)(row, "2")).toBe('<row r="2"><c r="AB2" t="b"><v>1</v></c></row>');
});

test("takes as many characters as a cell holds", () => {
  const longest = "x".repeat(maxCellLength);
  expect(compileRow([text], () => 0)([longest], "2")).toContain(`<t>${longest}</t>`);
});

const refused: Record<string, string> = {
  "one character more": "x".repeat(maxCellLength + 1),
  "a control character": "a\u0001",
  "half of a surrogate pair": "\ud800",
};
test.each(Object.entries(refused))("refuses %s, and names its column", (_sentence, value) => {
  const write = compileRow([flag, text], () => 0);
  const error = caught(() => write(["true", value], "2"));
  expect(error).toBeInstanceOf(CellRefused);
  expect((error as CellRefused).column).toBe(1);
});

function caught(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}
