/** Proves the bytes of CSV files: each case is a golden file in testdata. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Row } from "../../connectors/connector.ts";
import { type OutputColumn, ValueRefused } from "../format.ts";
import { someRun } from "../run-texts.fixture.ts";
import type { CsvSettings } from "./config.ts";
import { newCsvFormat } from "./renderer.ts";

const plain: CsvSettings = {
  columnNames: true,
  delimiter: ",",
  quote: "Minimal",
  newline: "LF",
  bom: false,
  formulas: "Keep",
};
const string = { kind: "string" } as const;
const columns: readonly OutputColumn[] = [
  { header: "ID", type: { kind: "int" } },
  { header: "NAME", type: string },
  { header: "PRICE", type: { kind: "decimal", precision: 10, scale: 2 } },
];
const rows: readonly Row[] = [
  ["1", "plain", "12.50"],
  ["2", 'says "hello"', "-5.00"],
  ["3", "comma, semicolon; pipe| tab\t", "0"],
  ["4", "two\nlines", null],
  ["5", "carriage\rreturn", null],
  ["6", "", null],
  ["7", null, null],
  ["8", "Müller 株式会社 😀", "1"],
  ["9", " spaces ", "1"],
];
const formulas: readonly Row[] = [
  ["-1", "=1+1", "-5.00"],
  ["+2", "@SUM(A1)", "+5"],
  ["3", "-5", "1"],
  ["4", "+5.10", "1"],
  ["5", "-5-3", "1"],
  ["6", "\tx", "1"],
  ["7", "a=b", "1"],
];

const goldens: Record<string, { settings: Partial<CsvSettings>; rows: readonly Row[] }> = {
  minimal: { settings: {}, rows },
  "quote-all": { settings: { quote: "All" }, rows },
  "semicolon-crlf-bom": { settings: { delimiter: ";", newline: "CRLF", bom: true }, rows },
  "pipe-without-names": { settings: { delimiter: "|", columnNames: false }, rows },
  tab: { settings: { delimiter: "\t" }, rows },
  "formulas-keep": { settings: { formulas: "Keep" }, rows: formulas },
  "formulas-escape": { settings: { formulas: "Escape" }, rows: formulas },
  empty: { settings: {}, rows: [] },
  "header-and-trailer": {
    settings: {
      header: ["H;{run.businessDate:yyyyMMdd};{part.records}", "{run.parameters.lei}"],
      trailer: ["T;{part.records};{part.number}"],
      newline: "CRLF",
      bom: true,
    },
    rows,
  },
};
test.each(Object.entries(goldens))("writes the bytes of %s.csv", (name, { settings, rows: given }) => {
  const path = join(import.meta.dirname, "testdata", `${name}.csv`);
  const bytes = written({ ...plain, ...settings }, given);
  if (process.env.OPENREG_WRITE_GOLDENS) writeFileSync(path, bytes);
  expect(bytes.toString("utf8")).toBe(readFileSync(path, "utf8"));
});

function written(settings: CsvSettings, given: readonly Row[], named = columns): Buffer {
  const format = newCsvFormat(settings, named, someRun);
  const file = format.newFile();
  const part = { number: 1, records: given.length, sequence: "" };
  const chunks = [given.slice(0, 2), given.slice(2)].flatMap((rows) => format.sections[0]?.render(rows, 0) ?? []);
  return Buffer.concat([...file.begin(part), ...(file.sections[0]?.add(chunks) ?? []), ...file.end(part)]);
}

test("refuses a formula by record and column, and no number", () => {
  const [section] = newCsvFormat({ ...plain, formulas: "Refuse" }, columns, someRun).sections;
  const written = section?.render([["-1", "-5", "-2"]], 0).map(({ bytes }) => Buffer.from(bytes).toString());
  expect(written).toEqual(["-1,-5,-2\n"]);
  const refusable = [
    ["1", "a", "1"],
    ["2", "=2", "1"],
  ];
  const refused = catching(() => section?.render(refusable, 0));
  expect(refused).toBeInstanceOf(ValueRefused);
  expect(refused).toMatchObject({ record: 1, header: "NAME" });
});

test("never writes an empty line for a record of one empty column", () => {
  expect(written(plain, [[null], ["x"], [""]], [{ header: "A", type: string }]).toString()).toBe('A\n""\nx\n""\n');
});

function catching(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
