/** Proves that the same rows and the same definition give the same bytes in every format, wherever and whenever: zones, locales, clocks, settings of the database, order of its rows. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createExtremes } from "../../fixtures/exact-table.ts";
import { extremeRows, rowsOfSeed } from "../../fixtures/extremes.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { runOverExtremes } from "./exact-run.ts";

let database: PostgresqlPeer;
let first: readonly string[];

beforeAll(async () => {
  database = await startPostgresql();
  // the first 1,024 rows are worked on by the main thread, later ones by others
  const random = fc.sample(rowsOfSeed, { numRuns: 2000, seed: 20260403 });
  await createExtremes(database, [...extremeRows([]), ...random, ...extremeRows([])]);
  first = await hashes();
});
afterAll(() => database?.stop());
afterEach(async () => {
  vi.useRealTimers();
  await database.sql("ALTER ROLE report RESET ALL");
});

async function hashes(lanes = 2): Promise<readonly string[]> {
  const { end, remove } = await runOverExtremes(database, { lanes });
  await remove();
  expect(end.message).toMatchObject({ code: "Done" });
  return end.execution.artifacts.map(({ fileName, sha256 }) => `${fileName} ${sha256}`);
}

const changes: Readonly<Record<string, () => unknown>> = {
  "a second time": () => {},
  tomorrow: () => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 86_400_000 }),
  "in another century": () => vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2199, 11, 31, 23, 59, 59) }),
  "in a session with another zone and other forms of dates, intervals, numbers and bytes": () =>
    database.sql(
      Object.entries({
        ...{ timezone: "Asia/Kathmandu", datestyle: "SQL, DMY", intervalstyle: "sql_standard" },
        ...{ extra_float_digits: "-15", bytea_output: "escape", client_encoding: "LATIN1", lc_monetary: "C" },
        standard_conforming_strings: "off",
      })
        .map(([name, value]) => `ALTER ROLE report SET ${name} = '${value}';`)
        .join(" "),
    ),
  "in spite of another physical order of the rows": async () => {
    await database.sql("CREATE TABLE turned AS SELECT * FROM extremes ORDER BY md5(id::text)");
    await database.sql("DROP TABLE extremes; ALTER TABLE turned RENAME TO extremes");
  },
};

test.each(Object.entries(changes))("the bytes are the same %s", async (_sentence, change) => {
  await change();
  expect(await hashes()).toEqual(first);
});

const run = promisify(execFile);
const program = new URL("./extremes-program.ts", import.meta.url).pathname;

// a process reads its locale once, when it starts
test.each([
  ["a day ahead of UTC, in German", "Pacific/Kiritimati", "de-DE"],
  ["a day behind, in Turkish", "Pacific/Pago_Pago", "tr-TR"],
  ["with digits and a calendar of its own", "Asia/Tehran", "fa-IR"],
])("the bytes are the same %s", async (_sentence, timeZone, locale) => {
  const { host, port, database: name, reader } = database;
  const language = `${locale.replace("-", "_")}.UTF-8`;
  const env = { ...process.env, TZ: timeZone, LANG: language, LC_ALL: language };
  const { stdout } = await run(process.execPath, [program, JSON.stringify({ host, port, database: name, reader })], {
    env,
  });
  expect(JSON.parse(stdout)).toEqual({ files: first, timeZone, locale });
});

test.each([0, 1, 2, 5])("the bytes are the same with %i lanes", async (lanes) => {
  expect(await hashes(lanes)).toEqual(first);
});

test("other rows have other bytes", async () => {
  await database.sql("UPDATE extremes SET amount = coalesce(amount, 0) + 0.00001 WHERE id = 1");
  const other = await hashes();
  expect(other.filter((one) => first.includes(one))).toEqual([]);
});
