/** Proves the bytes of workbooks by golden files, and what a workbook refuses. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Row } from "../../connectors/connector.ts";
import type { Chunk, Format, OutputColumn } from "../format.ts";
import { newXlsxFormat, recordsPerSheet } from "./renderer.ts";

const columns: readonly OutputColumn[] = [
  { header: "ID", type: { kind: "int" } },
  { header: "A & <B>", type: { kind: "string" } },
  { header: "PRICE", type: { kind: "decimal", precision: 18, scale: 5 } },
  { header: "OPEN", type: { kind: "bool" } },
  { header: "DAY", type: { kind: "date" } },
  { header: "AT", type: { kind: "timestamp", digits: 3 } },
  { header: "EXACT", type: { kind: "timestamp", digits: 9 } },
];
const rows: readonly Row[] = [
  ["1", "=1+1", "12.50000", "true", "2026-01-31", "2026-01-31T23:59:59.999Z", "2026-01-31T23:59:59.999999999Z"],
  ["9007199254740993", " a\r\n&<b>_x0041_ ", "9999999999999.99999", "false", "1900-02-28", null, null],
  [null, "", "-0.00001", null, "1900-03-01", "0001-01-01T00:00:00.000Z", "9999-12-31T00:00:00.000000000Z"],
];
const part = { number: 1, records: 0, sequence: "" };

function fileOf(format: Format, sections: readonly (readonly Row[])[]): Buffer {
  const file = format.newFile();
  const parts = [...file.begin(part)];
  for (const [index, given] of sections.entries()) {
    const assembly = file.sections[index];
    const render = (from: number, until: number) =>
      format.sections[index]?.render(given.slice(from, until), from) ?? [];
    parts.push(...(assembly?.add([...render(0, 2), ...render(2, given.length)]) ?? []), ...(assembly?.end() ?? []));
  }
  return Buffer.concat([...parts, ...file.end(part)]);
}

const two = [
  { name: "Trades", columns },
  { name: "Ünïcode & 'more'…", columns: columns.slice(0, 2) },
];
const goldens: Record<string, { sheets: typeof two; rows: readonly (readonly Row[])[] }> = {
  "two-sheets": { sheets: two, rows: [rows, [["1", "x"]]] },
  empty: { sheets: two.slice(0, 1), rows: [[]] },
};
test.each(Object.entries(goldens))("writes the bytes of %s.xlsx", (name, { sheets, rows: given }) => {
  const path = join(import.meta.dirname, "testdata", `${name}.xlsx`);
  const bytes = fileOf(newXlsxFormat(sheets), given);
  if (process.env.OPENREG_WRITE_GOLDENS) writeFileSync(path, bytes);
  expect(bytes.equals(readFileSync(path))).toBe(true);
});

const xmlOf = ({ bytes }: Chunk): string => inflateRawSync(bytes, { finishFlush: 2 }).toString();

describe("a sheet that is full", () => {
  const [section] = newXlsxFormat([{ name: "A", columns: columns.slice(0, 1) }]).sections;
  const render = (count: number, first: number) =>
    section?.render(
      Array.from({ length: count }, () => ["7"]),
      first,
    ) ?? [];
  const cell = (row: number) => `<row r="${row}"><c r="A${row}" s="1"><v>7</v></c></row>`;

  test("takes its last record in the last row that spreadsheets have", () => {
    const chunks = render(1, recordsPerSheet - 1);
    expect(chunks.map(xmlOf)).toEqual([cell(1_048_576)]);
    expect(chunks[0]?.compressed?.sheet).toBe(0);
  });

  test("is continued within a piece", () => {
    const chunks = render(3, recordsPerSheet - 1);
    expect(chunks.map(xmlOf)).toEqual([cell(1_048_576), cell(2) + cell(3)]);
    expect(chunks.map(({ compressed }) => compressed?.sheet)).toEqual([0, 1]);
  });

  test("is continued as often as needed", () => {
    expect(render(1, 3 * recordsPerSheet)[0]?.compressed?.sheet).toBe(3);
  });
});

const column: OutputColumn = { header: "A", type: { kind: "string" } };
const refused: Record<string, { sheets: { name: string; columns: OutputColumn[] }[]; message: string }> = {
  "no sheet": { sheets: [], message: "a workbook needs a sheet" },
  "a sheet name with a slash": { sheets: [{ name: "A/B", columns: [column] }], message: "holds one of [ ] * ? : / \\" },
  "two sheets of one name": {
    sheets: [
      { name: "Trades", columns: [column] },
      { name: "TRADES", columns: [column] },
    ],
    message: 'the sheet name "TRADES" is not allowed: another sheet has that name',
  },
  "a header that no cell can hold": {
    sheets: [{ name: "A", columns: [{ ...column, header: "a\u0000" }] }],
    message: 'on sheet A, the header "a\\u0000" holds the character U+0000',
  },
};
test.each(Object.entries(refused))("refuses %s", (_sentence, { sheets, message }) => {
  expect(() => newXlsxFormat(sheets)).toThrow(message);
});
