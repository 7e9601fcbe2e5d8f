/**
 * Proves that no value changes on its way: a table of extremes goes from PostgreSQL through rules and fields into every
 * format, and readers that are not ours must find what the database says of its own values.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Row } from "../../../runner/src/connectors/connector.ts";
import type { ReadCell } from "../../conformance/format.ts";
import { readWith } from "../../conformance/read-with.ts";
import { workbookCell } from "../../conformance/xlsx-cells.ts";
import { createExtremes } from "../../fixtures/exact-table.ts";
import { extremeColumns, extremeRows, rowsOfSeed } from "../../fixtures/extremes.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { columnsOf, copyBack, type ExactRun, fixedWidth, lostRows, readXml, runOverExtremes } from "./exact-run.ts";

const seed = Number(process.env.OPENREG_TEST_SEED ?? 20260401);
const texts = [
  "=1+1",
  "+1",
  "-1",
  "@SUM(A1)",
  "x".repeat(1_000_000),
  "]]>",
  "<!-- no comment -->",
  "\u{1f600}".repeat(70),
];
const extremes = extremeRows(texts);
// the first 1,024 rows are worked on by the main thread, later ones by others
const rows: readonly Row[] = [...extremes, ...fc.sample(rowsOfSeed, { numRuns: 900, seed }), ...extremes];

let database: PostgresqlPeer;
let run: ExactRun;

beforeAll(async () => {
  console.log(`random rows of seed ${seed} (OPENREG_TEST_SEED)`);
  database = await startPostgresql();
  await createExtremes(database, rows);
  run = await runOverExtremes(database, { lanes: 2 });
});
afterAll(() => Promise.all([database?.stop(), run?.remove()]));

test("the run ends well, with every row", () => {
  expect(run.end.message).toMatchObject({ code: "Done" });
  expect(run.end.execution.rows).toEqual({ fetched: rows.length, excluded: 0, written: rows.length * 7 });
});

test("the database holds what it was told", async () => {
  const said = await run.said("csv");
  const kept = said.map((row) => row.slice(1, 1 + extremeColumns.length));
  expectSame(kept, rows);
});

describe("an independent reader finds every value exactly", () => {
  test("CSV: PostgreSQL's COPY, as text", async () => {
    await copyBack(database, await run.file("csv"));
    const names = columnsOf.csv.map(({ header }) => header).join();
    expectSame(await database.sql(`SELECT ${names} FROM texts ORDER BY id::int`), await run.said("csv"));
  });

  test("CSV: PostgreSQL's COPY, as values of their types", async () => {
    expect(await lostRows(database)).toBe(0);
  });

  test.each([
    ["array", "Array"],
    ["lines", "Lines"],
  ] as const)("JSON (%s): Python's json", async (name, form) => {
    const read = await readWith("read_json.py", await run.file(name), [form]);
    expectSame(read, await expected(name, jsonCell));
  });

  test("XML: lxml", async () => {
    const found = (text: string | null): ReadCell => (text === null ? null : ["text", text]);
    expectSame(await readXml(await run.file("xml")), await expected("xml", found));
  });

  test("fixed width: slices of a line", async () => {
    const sides = columnsOf.fixed.map(({ type }) => `${fixedWidth}${type.kind === "string" ? "L" : "R"}`);
    const read = await readWith("read_fixed_width.py", await run.file("fixed"), sides);
    expectSame(read, await expected("fixed", (text) => ["text", (text ?? "").replace(/ +$/, "")]));
  });

  test("XLSX: openpyxl", async () => {
    const sheets = (await readWith("read_xlsx.py", await run.file("book"))) as { Rows: unknown[] };
    expectSame(sheets.Rows.slice(1), await expected("book", workbookCell));
  });
});

function jsonCell(text: string | null, { type }: (typeof columnsOf)["array"][number]): ReadCell {
  if (text === null) return null;
  if (type.kind === "bool") return ["bool", text];
  return [type.kind === "int" || type.kind === "decimal" ? "number" : "text", text];
}

async function expected(
  name: keyof typeof columnsOf,
  cell: (text: string | null, column: (typeof columnsOf)["array"][number]) => ReadCell,
): Promise<readonly (readonly ReadCell[])[]> {
  const columns = columnsOf[name];
  const said = await run.said(name);
  return said.map((row) => columns.map((column, index) => cell(row[index] ?? null, column)));
}

/** Compares row by row: a difference shows one row, not thousands. */
function expectSame(found: unknown, wanted: readonly unknown[]): void {
  expect((found as readonly unknown[]).length).toBe(wanted.length);
  for (const [index, row] of wanted.entries()) expect((found as readonly unknown[])[index]).toEqual(row);
}
