/** Proves that nobody can tell from files, findings and exceptions how many threads worked on the rows, and that these threads did. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition } from "@openreg/crds";
import { newLineReader, runLocally, secretsInMemory } from "@openreg/runner";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { newCsvOutput, newCsvOutputOf, newDefinitionFor, newPlan } from "./test-plan.ts";

let database: PostgresqlPeer;

// numbers that look random and depend on seed and row only: a third of the keys repeats, some amounts are null or negative
const tables = `
  CREATE FUNCTION draw(seed int, n int, below int) RETURNS int LANGUAGE sql IMMUTABLE AS
    $$ SELECT (('x' || substr(md5(seed || ':' || n), 1, 6))::bit(24)::int) % below $$;
  CREATE TABLE trades AS SELECT seed, 'T' || lpad(n::text, 6, '0') AS ref, 'K' || draw(seed, n, 12000) AS code,
    'C' || draw(seed, n + 7, 5) AS client, CASE draw(seed, n + 9, 400) WHEN 0 THEN NULL ELSE draw(seed, n, 100000) * 0.01 - 10 END AS qty,
    CASE draw(seed, n + 11, 9) WHEN 0 THEN 'Müller & Söhne "東京" 🏦' WHEN 1 THEN '' WHEN 2 THEN NULL ELSE 'client ' || n END AS name
    FROM generate_series(1, 3) seed, generate_series(1, 6000) n;
  CREATE TABLE clients AS SELECT 'C' || n AS id, 'group ' || n % 2 AS team FROM generate_series(0, 3) n;
  CREATE TABLE control AS SELECT 'C' || n % 5 AS client, n * 1.5 AS total FROM generate_series(1, 3000) n`;

beforeAll(async () => {
  database = await startPostgresql();
  await database.sql(tables);
});
afterAll(() => database?.stop());

const column = (name: string, type = "String", required = false) => ({ name, type, required, personal: false });
const rule = (id: string, severity: "Warning" | "Correctable", parts: Partial<Definition["rules"][number]>) => ({
  ...{ id, severity, columns: ["code"], message: id },
  ...parts,
});
const { csv: _, ...plain } = newCsvOutput();

function definitionOf(seed: number, query = `SELECT * FROM trades WHERE seed = ${seed}`): Definition {
  const given = newCsvOutput({ name: "all", fileName: "all.csv" });
  const columns = [
    { header: "REF", value: "row.ref" },
    { header: "TEAM", value: "row.client_of.team" },
    { header: "NAME", value: "row.name" },
    { header: "DOUBLE", value: "row.qty == null ? 0.00 : row.qty * 2" },
  ];
  return newDefinitionFor(database, "", {
    record: { input: "trades", key: ["ref"] },
    inputs: [
      {
        name: "trades",
        sql: { connector: "warehouse", query },
        columns: [
          ...[column("ref", "String", true), column("code"), column("client"), column("name")],
          column("qty", "Decimal(12,2)"),
        ],
      },
      {
        ...{ name: "clients", sql: { connector: "warehouse", query: "SELECT * FROM clients" }, lookupBy: ["id"] },
        columns: [column("id"), column("team")],
      },
      {
        name: "control",
        sql: { connector: "warehouse", query: "SELECT * FROM control ORDER BY total" },
        columns: [column("client"), column("total", "Decimal(12,2)")],
      },
    ],
    fields: [
      {
        name: "client_of",
        lookup: { input: "clients", keys: [{ name: "id", value: "row.client" }], onMissing: "Finding" },
      },
    ] as Definition["fields"],
    rules: [
      rule("positive", "Correctable", { assert: "row.qty > 0.00", columns: ["qty"] }),
      rule("once", "Correctable", { unique: { columns: ["code"] } }),
      rule("kept", "Warning", { unique: { columns: ["ref"] } }),
      rule("late", "Correctable", { assert: 'row.code != "K17"', phase: "PreDelivery" }),
      rule("sum", "Warning", {
        totals: { left: { from: "trades", sum: "row.qty" }, right: { from: "control", sum: "row.total" } },
      }),
    ] as Definition["rules"],
    outputs: [
      given,
      {
        ...plain,
        name: "book",
        fileName: "book.xlsx",
        xlsx: {
          sheets: [
            { name: "T", from: "trades", columns },
            { name: "C", from: "control" },
          ],
        },
      },
      {
        ...plain,
        name: "array",
        fileName: "array.json",
        json: { form: "Array", columns: columns.map(({ header: name, value }) => ({ name, value })) },
      },
      {
        ...newCsvOutputOf(columns),
        name: "parts",
        fileName: "parts_{part.number}.csv",
        split: { maxRecords: 700, measured: "Uncompressed" },
      },
      {
        ...plain,
        name: "xml",
        fileName: "t.xml",
        xml: {
          namespaces: [],
          recordAt: "Doc/T",
          choices: [
            {
              elements: [
                { at: "Ref", value: "row.ref" },
                { at: "Nm", value: "row.name" },
              ],
            },
          ],
        },
      },
    ] as unknown as Definition["outputs"],
  });
}

/** Counts the threads that are started until it is asked. */
function countThreads(): () => number {
  let count = 0;
  const add = () => {
    count += 1;
  };
  process.on("worker", add);
  return () => {
    process.off("worker", add);
    return count;
  };
}

/** The references that are in a file. */
const refsIn: Readonly<Record<string, (text: string) => readonly string[]>> = {
  "array.json": (text) => (JSON.parse(text) as { REF: string }[]).map((one) => one.REF),
  "t.xml": (text) => [...text.matchAll(/<Ref>(T[0-9]+)<\/Ref>/g)].map(([, ref = ""]) => ref),
};

async function run(definition: Definition, lanes: number) {
  const threads = countThreads();
  const storeFolder = await mkdtemp(join(tmpdir(), "openreg-lanes-"));
  try {
    const endpoint = `${database.host}:${database.port}`;
    const secrets = secretsInMemory({ "connectors/warehouse": { ...database.reader, endpoint } });
    const end = await runLocally({ plan: newPlan(definition), storeFolder, secrets, lanes, show: () => {} });
    const { rows, findings, artifacts } = end.execution;
    const folder = "runs/trades-1/11111111-2222-3333-4444-555555555555";
    const lines = async (name: string) => {
      const found: string[] = [];
      const reader = newLineReader(newFolderStore(storeFolder), `${folder}/${name}.ndjson.zst`);
      for await (const some of reader.lines) found.push(...some);
      return found;
    };
    const refs = await Promise.all(
      artifacts
        .filter(({ fileName }) => fileName in refsIn)
        .map(async ({ key, fileName }) => refsIn[fileName]?.(await readFile(join(storeFolder, key), "utf8"))),
    );
    const files = await Promise.all(
      artifacts.map(async ({ key }) => [
        key,
        createHash("sha256")
          .update(await readFile(join(storeFolder, key)))
          .digest("hex"),
      ]),
    );
    const kept = end.exitCode === 0 ? [await lines("findings"), await lines("exceptions")] : [];
    return { threads: threads(), same: { message: end.message, rows, findings, files, kept, refs } };
  } finally {
    await rm(storeFolder, { recursive: true, force: true });
  }
}

test.each([1, 2, 3])("the same files, findings and exceptions with any number of threads, seed %i", async (seed) => {
  const definition = definitionOf(seed);
  const { same: alone, threads } = await run(definition, 0);
  expect(alone.message).toMatchObject({ code: "Done" });
  expect(alone.rows?.excluded).toBeGreaterThan(500);
  expect(alone.files.length).toBeGreaterThan(8);
  // what all have in common has to be right as well: every row that no rule took out, in the order of the source
  const takenOut = new Set((alone.kept[1] ?? []).map((line) => (JSON.parse(line) as { row: number }).row));
  const all = await database.sql(`SELECT ref FROM trades WHERE seed = ${seed}`);
  const left = all.flatMap(([ref], index) => (takenOut.has(index + 1) ? [] : [ref]));
  expect(alone.refs).toEqual([left, left]);
  for (const lanes of [1, 2, 3]) {
    const { same, threads: more } = await run(definition, lanes);
    expect(same).toEqual(alone);
    expect(more - threads).toBe(2 * lanes); // of both inputs that are long
  }
});

test.each([0, 1, 3])(
  "the first row that cannot be read ends the run, whichever thread met another first: %i threads",
  async (lanes) => {
    const query =
      "SELECT seed, CASE WHEN ref IN ('T003100', 'T002900') THEN NULL ELSE ref END AS ref, code, client, qty, name FROM trades WHERE seed = 1 ORDER BY trades.ref";
    const definition = definitionOf(1, query);
    const { message } = (await run({ ...definition, record: { input: "trades", key: [] } }, lanes)).same;
    expect(message).toMatchObject({ code: "SourceValueInvalid" });
    expect(message.message).toContain("input trades, row 2900, column ref");
  },
);

test.each([0, 2])(
  "a value that a file cannot hold is told after the rules, by its first row: %i threads",
  async (lanes) => {
    const query =
      "SELECT seed, ref, code, client, qty, CASE WHEN ref IN ('T004000', 'T005000') THEN '=1+1' ELSE 'x' END AS name FROM trades WHERE seed = 2";
    const definition = definitionOf(2, query);
    const outputs = definition.outputs.filter(({ name }) => name === "all");
    const { message } = (await run({ ...definition, outputs, rules: [] }, lanes)).same;
    expect(message).toMatchObject({ code: "OutputValueInvalid" });
    expect(message.message).toContain("column name, source row 4000");
  },
);
