/** Proves that CSV of every dialect is read back exactly, and that no policy about formulas ever alters a number. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CsvSettings } from "../../runner/src/formats/csv/config.ts";
import { newCsvFormat } from "../../runner/src/formats/csv/renderer.ts";
import { someRun } from "../../runner/src/formats/run-texts.fixture.ts";
import { extremeColumns, extremeRows, rowsOfSeed } from "../fixtures/extremes.ts";
import { fileOf } from "./format.ts";
import { readWith } from "./read-with.ts";

const base: CsvSettings = {
  columnNames: true,
  delimiter: ",",
  quote: "Minimal",
  newline: "LF",
  bom: false,
  formulas: "Keep",
};
const dialects = ([",", ";", "|", "\t"] as const).flatMap((delimiter) =>
  (["Minimal", "All"] as const).flatMap((quote) =>
    (["LF", "CRLF"] as const).flatMap((newline) =>
      [true, false].map((bom): CsvSettings => ({ ...base, delimiter, quote, newline, bom })),
    ),
  ),
);
const rows = [
  ...extremeRows(["=1+1", "a;b|c\td,e", '""', "\n", "\r", "\ufeff"]),
  ...fc.sample(rowsOfSeed, { numRuns: 100, seed: 20260404 }),
];

test.each(dialects)(
  "$delimiter $quote $newline, byte order mark $bom: Python reads what was written",
  async (settings) => {
    const file = fileOf(() => newCsvFormat(settings, extremeColumns, someRun), rows);
    expect(file.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf))).toBe(settings.bom);
    const read = (await readWith("read_csv.py", file, [settings.delimiter])) as [string, string][][];
    expect(read.map((row) => row.map(([, text]) => text))).toEqual(rows.map((row) => row.map((text) => text ?? "")));
  },
);

const numbers = extremeColumns.flatMap(({ type }, index) => (type.kind === "string" ? [] : [index]));
const textAt = extremeColumns.findIndex(({ type }) => type.kind === "string");

describe("the policy about formulas", () => {
  const read = async (formulas: CsvSettings["formulas"], given: readonly (readonly (string | null)[])[]) => {
    const file = fileOf(() => newCsvFormat({ ...base, formulas }, extremeColumns, someRun), given);
    return ((await readWith("read_csv.py", file)) as [string, string][][]).map((row) => row.map(([, text]) => text));
  };

  test("Escape alters no number, day or truth, and of texts only those that begin a formula", async () => {
    const found = await read("Escape", rows);
    for (const [index, row] of rows.entries()) {
      for (const at of numbers) expect(found[index]?.[at]).toBe(row[at] ?? "");
      const text = row[textAt] ?? "";
      const isFormula = /^[=+\-@\t\r]/.test(text) && !/^[+-][0-9]+(\.[0-9]+)?$/.test(text);
      expect(found[index]?.[textAt]).toBe(isFormula ? `'${text}` : text);
    }
  });

  test("texts that are numbers with a sign stay numbers under each policy", async () => {
    const signed = ["-1", "+1", "-0.5", "+12.50", `-${"9".repeat(38)}.${"9".repeat(10)}`];
    const given = signed.map((text) => (rows[0] ?? []).map((value, at) => (at === textAt ? text : value)));
    for (const formulas of ["Refuse", "Escape", "Keep"] as const)
      expect((await read(formulas, given)).map((row) => row[textAt])).toEqual(signed);
  });

  test("Refuse takes every row whose only minus signs are those of numbers", async () => {
    const given = rows.map((row) => row.map((value, at) => (at === textAt ? "text" : value)));
    expect((await read("Refuse", given)).length).toBe(given.length);
  });
});
