/** Proves the bytes of fixed-width files: goldens in testdata, and what has no place in a column. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Row } from "../../connectors/connector.ts";
import { type OutputColumn, ValueRefused } from "../format.ts";
import { someRun } from "../run-texts.fixture.ts";
import { type FixedWidthSettings, fixedWidthKind } from "./config.ts";

const types: readonly OutputColumn["type"][] = [
  { kind: "string" },
  { kind: "decimal", precision: 9, scale: 2 },
  { kind: "string" },
  { kind: "date" },
];
const settings: FixedWidthSettings = {
  columns: [
    { value: "row.name", width: 8, align: "Left", pad: " " },
    { value: "row.amount", width: 10, align: "Right", pad: "0" },
    { value: "row.code", width: 4, align: "Right", pad: "*" },
    { value: "row.day", width: 10, align: "Left", pad: " " },
  ],
  newline: "LF",
};
const rows: readonly Row[] = [
  ["Anna", "12.50", "A", "2026-01-31"],
  ["Jürgen", "-5.00", "-12", "2026-01-31"],
  ["株式会社😀", "9999999.99", "", null],
  ["12345678", "-999999.99", "ABCD", "9999-12-31"],
  [null, null, null, null],
  ["", "0.00", "*", null],
];

const goldens: Record<string, { settings: Partial<FixedWidthSettings>; rows: readonly Row[] }> = {
  plain: { settings: {}, rows },
  "header-and-trailer": {
    settings: {
      header: ["HDR{run.businessDate:yyyyMMdd}{run.parameters.lei}"],
      trailer: ["TRL{part.records}", "END"],
      newline: "CRLF",
    },
    rows,
  },
  "count-in-header": { settings: { header: ["{part.records} records"] }, rows },
  empty: { settings: { trailer: ["{part.records}"] }, rows: [] },
};
test.each(Object.entries(goldens))("writes the bytes of %s.txt", (name, { settings: given, rows: records }) => {
  const bytes = written({ ...settings, ...given }, records);
  const path = join(import.meta.dirname, "testdata", `${name}.txt`);
  if (process.env.OPENREG_WRITE_GOLDENS) writeFileSync(path, bytes);
  expect(bytes.toString()).toBe(readFileSync(path, "utf8"));
});

test("each line has the characters of its columns, however many bytes they take", () => {
  const lines = written(settings, rows).toString().split("\n").slice(0, -1);
  for (const line of lines) expect([...line].length).toBe(32);
});

const refused: Record<string, readonly [row: Row, header: string, reason: RegExp]> = {
  "a longer text": [["123456789", "1", "", null], "1 (row.name)", /has 9 characters, but its column has 8/],
  "a longer number": [["", "-9999999.99", "", null], "2 (row.amount)", /has 11 characters/],
  "more characters beyond U+FFFF": [["😀😀😀😀😀😀😀😀😀", "1", "", null], "1 (row.name)", /has 9 characters/],
  "a line break": [["a\nb", "1", "", null], "1 (row.name)", /U\+000A/],
  "a line break of Unicode": [["", "1", "\u2028", null], "3 (row.code)", /U\+2028/],
  NUL: [["\u0000", "1", "", null], "1 (row.name)", /U\+0000/],
  "half of a character": [["\ud800", "1", "", null], "1 (row.name)", /U\+D800/],
};
test.each(Object.entries(refused))("refuses %s, by record and column", (_sentence, [row, header, message]) => {
  const good = rows[0] as Row;
  const thrown = catching(() => written(settings, [good, good, row]));
  expect(thrown).toBeInstanceOf(ValueRefused);
  expect(thrown).toMatchObject({ record: 2, header, message: expect.stringMatching(message) });
});

test("a header of more than one line is refused, and a template that is wrong", () => {
  const run = { ...someRun, run: { ...someRun.run, parameters: { lei: "A\nB" } } };
  const header = ["{run.parameters.lei}"];
  const file = fixedWidthKind.newFormat({ ...settings, header }, [columnsOf()], run).newFile();
  expect(() => file.begin(part(0))).toThrow(/fixedWidth\.header\[0\] would be more than one line/);
  expect(catching(() => written({ ...settings, trailer: ["{nothing}"] }, []))).toMatchObject({ code: "PlanInvalid" });
});

test("only a header that shows the count has to wait for it", () => {
  const showsFirst = (given: Partial<FixedWidthSettings>) =>
    fixedWidthKind.newFormat({ ...settings, ...given }, [columnsOf()], someRun).showsCountFirst;
  expect(showsFirst({ header: ["{part . records}"] })).toBe(true);
  expect(showsFirst({ header: ["{part.number}"], trailer: ["{part.records}"] })).toBe(false);
});

function part(records: number) {
  return { number: 1, records, sequence: "000001" };
}

function columnsOf(): readonly OutputColumn[] {
  const [section] = fixedWidthKind.sections(settings, "rows");
  return (section?.columns ?? []).map(({ header }, index) => ({ header, type: types[index] ?? { kind: "string" } }));
}

function written(given: FixedWidthSettings, records: readonly Row[]): Buffer {
  const format = fixedWidthKind.newFormat(given, [columnsOf()], someRun);
  const file = format.newFile();
  const body = file.sections[0]?.add(format.sections[0]?.render(records, 0) ?? []) ?? [];
  return Buffer.concat([...file.begin(part(records.length)), ...body, ...file.end(part(records.length))]);
}

function catching(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
