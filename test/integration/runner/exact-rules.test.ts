/** Proves that rules and totals decide over extremes as the database does. */
import { newLineReader } from "@openreg/runner";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { createExtremes } from "../../fixtures/exact-table.ts";
import { extremeRows, rowsOfSeed } from "../../fixtures/extremes.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { runOverExtremes } from "./exact-run.ts";

let database: PostgresqlPeer;

beforeAll(async () => {
  database = await startPostgresql();
});
afterAll(() => database?.stop());

/** What must hold, in the language of rules and in that of the database. */
const statements: Readonly<Record<string, readonly [assert: string, sql: string]>> = {
  "decimals-of-two-scales": [
    "row.exact == null || row.amount == null || row.exact < row.amount",
    "exact IS NULL OR amount IS NULL OR exact < amount",
  ],
  "a-sum-at-the-last-digit": [
    "row.exact == null || row.exact + 0.0000000001 <= 9999999999999999999999999999.9999999999",
    "exact IS NULL OR exact + 0.0000000001 <= 9999999999999999999999999999.9999999999",
  ],
  "a-sum-of-given-values": [
    "row.exact0 + 0.0000000001 <= 9999999999999999999999999999.9999999999",
    "coalesce(exact, 0) + 0.0000000001 <= 9999999999999999999999999999.9999999999",
  ],
  "a-product-of-given-values": [
    "row.exact0 * 3 < 3333333333333333333333333333.3333333333 * 9",
    "coalesce(exact, 0) * 3 < 3333333333333333333333333333.3333333333 * 9",
  ],
  "a-value-beyond-2-to-the-53": ["row.amount0 != 1234567890123.45678", "coalesce(amount, 0) <> 1234567890123.45678"],
  "the-last-value-but-one": ["row.amount0 <= 9999999999999.99998", "coalesce(amount, 0) <= 9999999999999.99998"],
  "a-product": [
    "row.exact == null || row.amount == null || row.tiny == null || row.exact * row.amount >= row.tiny * 3",
    "exact IS NULL OR amount IS NULL OR tiny IS NULL OR exact * amount >= tiny * 3",
  ],
  "a-step-beyond-2-to-the-53": [
    "row.whole == null || row.whole < 9007199254740993",
    "whole IS NULL OR whole < 9007199254740993",
  ],
  "characters-of-a-text": ["row.text == null || row.text.size() < 12", "text IS NULL OR char_length(text) < 12"],
  "order-of-texts": ['row.text == null || row.text < "\u682a"', "text IS NULL OR text COLLATE \"C\" < '\u682a'"],
  "order-of-astral-texts": [
    'row.text == null || row.text < "\u{1f600}"',
    "text IS NULL OR text COLLATE \"C\" < '\u{1f600}'",
  ],
  "an-empty-text-is-not-null": ['row.text != ""', "text IS DISTINCT FROM ''"],
  "null-is-no-text": ["row.text != null", "text IS NOT NULL"],
  "a-day-before-others": ['row.day == null || row.day < date("1900-03-01")', "day IS NULL OR day < '1900-03-01'"],
  "moments-of-two-precisions": [
    "row.micro == null || row.milli == null || row.micro < row.milli",
    "micro IS NULL OR milli IS NULL OR micro < milli",
  ],
  "a-microsecond-later": [
    'row.micro == null || row.micro - duration("0.000001s") < timestamp("2026-01-31T23:59:59.999998Z")',
    "micro IS NULL OR micro - interval '1 microsecond' < '2026-01-31 23:59:59.999998Z'",
  ],
};

test("rules find the rows that the database finds, and totals are its sums", async () => {
  // the first 1,024 rows are worked on by the main thread, later ones by others
  await createExtremes(database, [...fc.sample(rowsOfSeed, { numRuns: 1100, seed: 20260402 }), ...extremeRows([])]);
  const [sums = []] = await database.sql("SELECT sum(exact)::text, sum(amount)::text, sum(tiny)::text FROM extremes");
  const asserts = Object.entries(statements).map(([id, [assert]]) => ({ id, assert }));
  const totals = ["exact", "amount", "tiny"].flatMap((name, index) => {
    const left = { from: "trades", sum: `row.${name}` };
    const value = String(sums[index]);
    return [
      { id: `sum-${name}`, totals: { left, value } },
      { id: `sum-${name}-missed`, totals: { left, value: `${value} + 0.${"0".repeat(75)}1` } },
    ];
  });
  const rules = [...asserts, ...totals].map((one) => {
    return { ...one, severity: "Warning" as const, message: one.id, columns: [] };
  });
  const run = await runOverExtremes(database, { rules, lanes: 2 });
  expect(run.end.message).toMatchObject({ code: "Done" });
  const found = Map.groupBy(await findingsIn(run.storeFolder), ({ rule }) => rule);
  await run.remove();
  expect([...found.values()].flat().filter(({ undecided }) => undecided !== undefined)).toEqual([]);
  for (const [id, [, sql]] of Object.entries(statements)) {
    const ids = await database.sql(`SELECT id::text FROM extremes WHERE NOT (${sql}) ORDER BY extremes.id`);
    expect(ids.length).toBeGreaterThan(0);
    expect([id, found.get(id)?.map(({ row }) => String(row))]).toEqual([id, ids.flat()]);
  }
  const totalsFound = [...found.keys()].filter((id) => id.startsWith("sum-"));
  expect(totalsFound).toEqual(["sum-exact-missed", "sum-amount-missed", "sum-tiny-missed"]);
});

async function findingsIn(storeOfRun: string) {
  const found: { readonly rule: string; readonly row?: number; readonly undecided?: string }[] = [];
  const key = "runs/trades-1/11111111-2222-3333-4444-555555555555/findings.ndjson.zst";
  for await (const lines of newLineReader(newFolderStore(storeOfRun), key).lines)
    found.push(...lines.map((line) => JSON.parse(line)));
  return found;
}
