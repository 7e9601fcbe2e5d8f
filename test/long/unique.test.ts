/** Proves that repeated keys among 1,000,000 rows are found in less time than the fetch of these rows takes, in the same run. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleProgram } from "../../scripts/bench/data-path/bundle-program.ts";
import { runStage } from "../../scripts/bench/data-path/stage.ts";
import { openTxnDatabase, type TxnDatabase } from "../../scripts/bench/txn/txn-database.ts";

const rows = 1_000_000;
let database: TxnDatabase;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "openreg-unique-"));
  database = await openTxnDatabase();
});
afterAll(async () => {
  await database?.stop();
  await rm(folder, { recursive: true });
});

test("finds the last row that repeats the first in less time than the rows take to come", async () => {
  const businessDate = await database.generate(rows);
  const source = { database, businessDate, program: await bundleProgram("stage-process", folder), folder };
  const seconds = { fetch: [] as number[], unique: [] as number[] };
  for (const stage of ["fetch", "unique", "unique", "fetch", "fetch", "unique"] as const) {
    const answer = await runStage(source, stage);
    expect(answer.rows).toBe(rows);
    if (stage === "unique") expect(answer.found).toBe(1);
    seconds[stage].push(answer.seconds);
  }
  const [fetched, found] = [seconds.fetch, seconds.unique].map(
    (all) => all.toSorted((one, other) => one - other)[1] ?? 0,
  );
  console.log(
    `fetch ${seconds.fetch.map((one) => one.toFixed(2))} s, unique ${seconds.unique.map((one) => one.toFixed(2))} s`,
  );
  expect(found).toBeLessThan(fetched ?? 0);
});
