/** Proves a run that reads several streams: rules and outputs over each, counted and kept apart. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition } from "@openreg/crds";
import { newLineReader, partsInMemory, runLocally, secretsInMemory } from "@openreg/runner";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { newCsvOutput, newDefinitionFor, newPlan } from "./test-plan.ts";

let database: PostgresqlPeer;
let storeFolder: string;

beforeAll(async () => {
  database = await startPostgresql();
  await database.sql(`
    CREATE TABLE trades AS SELECT 'T' || lpad(i::text, 4, '0') AS ref, 'C' || i % 3 AS client, i * 1.01 AS qty FROM generate_series(1, 1000) i;
    CREATE TABLE control AS SELECT * FROM (VALUES ('qty', 505505.00), ('bad', NULL), ('rows', 1000), ('rows', 999)) AS c (name, total);
    CREATE TABLE clients AS SELECT * FROM (VALUES ('C0', 'Anna'), ('C1', 'Ben')) AS c (id, name)`);
});
afterAll(() => database?.stop());
beforeEach(async () => {
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(storeFolder, { recursive: true, force: true }));

const column = (name: string, type = "String", personal = false) => ({ name, type, required: false, personal });
const from = (table: string) => ({ connector: "warehouse", query: `SELECT * FROM ${table}` });
const inputs: Definition["inputs"] = [
  {
    name: "control",
    sql: from("control ORDER BY name, total"),
    columns: [column("name"), column("total", "Decimal(12,2)")],
  },
  { name: "trades", sql: from("trades"), columns: [column("ref"), column("client"), column("qty", "Decimal(12,2)")] },
  { name: "clients", sql: from("clients"), lookupBy: ["id"], columns: [column("id"), column("name", "String", true)] },
];

const folder = "runs/trades-1/11111111-2222-3333-4444-555555555555";

async function run(parts: Partial<Definition>, texts: readonly string[] = []) {
  const definition = newDefinitionFor(database, "", { record: { input: "trades", key: ["ref"] }, inputs, ...parts });
  const endpoint = `${database.host}:${database.port}`;
  const secrets = secretsInMemory({ "connectors/warehouse": { ...database.reader, endpoint } });
  const local = { plan: newPlan(definition), storeFolder, secrets, parts: partsInMemory(texts), show: () => {} };
  return runLocally(local);
}

async function linesIn(name: string): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  const reader = newLineReader(newFolderStore(storeFolder), `${folder}/${name}.ndjson.zst`);
  for await (const lines of reader.lines) found.push(...lines.map((line) => JSON.parse(line)));
  return found;
}

test("rules about another input name it, and take its rows out of its own totals and output only", async () => {
  const end = await run({
    rules: [
      {
        id: "given",
        severity: "Correctable",
        from: "control",
        assert: "row.total != null",
        columns: ["name"],
        message: "no total",
      },
      {
        id: "once",
        severity: "Warning",
        from: "control",
        unique: { columns: ["name"] },
        columns: ["name"],
        message: "twice",
      },
      {
        ...{ id: "agrees", severity: "Blocking", columns: [], message: "the quantities differ" },
        totals: {
          left: { from: "trades", sum: "row.qty" },
          right: { from: "control", sum: "row.total", where: "row.name == 'qty'" },
        },
      },
    ],
    outputs: [newCsvOutput(), newCsvOutput({ name: "control", from: "control", fileName: "control.csv" })],
  });
  expect(end.message).toMatchObject({ code: "Done" });
  expect(end.execution.rows).toEqual({ fetched: 1000, excluded: 0, written: 1003 });
  expect(await linesIn("findings")).toEqual([
    {
      rule: "given",
      severity: "Correctable",
      input: "control",
      row: 1,
      recordKey: {},
      columns: { name: "bad" },
      message: "no total",
    },
    {
      rule: "once",
      severity: "Warning",
      input: "control",
      row: 4,
      sameAsRow: 3,
      recordKey: {},
      columns: { name: "rows" },
      message: "twice",
    },
  ]);
  expect(await linesIn("exceptions")).toMatchObject([{ input: "control", row: 1, values: ["bad", null] }]);
  const file = await readFile(join(storeFolder, folder, "artifacts/control/control.csv"), "utf8");
  expect(file).toBe("name,total\nqty,505505.00\nrows,999.00\nrows,1000.00\n");
});

test("a workbook has a sheet of each input", async () => {
  const csv = newCsvOutput();
  const { csv: _csv, ...output } = csv;
  const sheets = [
    { name: "Control", from: "control" },
    { name: "Trades", from: "trades" },
    { name: "Clients", from: "clients" },
  ];
  const end = await run({ outputs: [{ ...output, fileName: "book.xlsx", xlsx: { sheets } }] });
  expect(end.message).toMatchObject({ code: "Done" });
  expect(end.execution.artifacts).toMatchObject([{ fileName: "book.xlsx", records: 1006 }]);
});

test("what a lookup finds in personal columns is masked in findings, as is every field that reads it", async () => {
  const csvOfRefs = newCsvOutput();
  const end = await run({
    fields: [
      {
        name: "buyer",
        lookup: { input: "clients", keys: [{ name: "id", value: "row.client" }], onMissing: "SetNull" },
      },
      { name: "name", value: "row.buyer.name" },
    ],
    rules: [
      {
        id: "named",
        severity: "Warning",
        assert: "row.name == null || row.name != 'Ben' || row.ref > 'T0004'",
        columns: ["client", "name"],
        message: "Ben",
      },
    ],
    outputs: [
      {
        ...csvOfRefs,
        csv: {
          ...(csvOfRefs.csv as NonNullable<typeof csvOfRefs.csv>),
          columns: [{ header: "REF", value: "row.ref" }],
        },
      },
    ],
  });
  expect(end.message).toMatchObject({ code: "Done" });
  expect((await linesIn("findings")).map(({ row, columns }) => [row, columns])).toEqual([
    [1, { client: "C1", name: "(personal)" }],
    [4, { client: "C1", name: "(personal)" }],
  ]);
});

test("the same bytes come from the snapshots of all inputs as from their sources", async () => {
  const outputs = [newCsvOutput(), newCsvOutput({ name: "control", from: "control", fileName: "control.csv" })];
  const first = await run({ outputs });
  await rm(join(storeFolder, folder, "checkpoints/artifacts.json"));
  await database.sql("DELETE FROM control WHERE name = 'rows'");
  const second = await run({ outputs });
  expect(first.message.code).toBe("Done");
  const hashes = (end: typeof first) => end.execution.artifacts.map(({ sha256 }) => sha256);
  expect(hashes(second)).toEqual(hashes(first));
});

test("nothing is found in rows of a table that a rule took out, and two of them may have one key", async () => {
  const query = "SELECT * FROM clients UNION ALL SELECT 'C0', NULL";
  const tables = inputs.map((input) => (input.name === "clients" ? { ...input, sql: { ...input.sql, query } } : input));
  const lookup = { input: "clients", keys: [{ name: "id", value: "row.client" }], onMissing: "SetNull" } as const;
  const end = await run({
    inputs: tables,
    fields: [{ name: "buyer", lookup: { ...lookup, keys: [...lookup.keys] } }],
    rules: [
      ...(["C1", null] as const).map((id) => ({
        ...{ id: `not-${id}`, severity: "Correctable" as const, from: "clients", columns: ["id"], message: "no" },
        assert: id === null ? "row.name != null" : `row.id != '${id}'`,
      })),
      {
        id: "found",
        severity: "Warning",
        assert: "row.buyer != null || row.ref > 'T0004'",
        columns: ["client"],
        message: "m",
      },
    ],
  });
  expect(end.message.message).toBe("everything that the run has to do is done");
  const found = await linesIn("findings");
  expect(found.slice(0, 2).map(({ rule }) => rule)).toEqual(expect.arrayContaining(["not-C1", "not-null"]));
  expect(found.slice(2).map(({ rule, row }) => [rule, row])).toEqual([
    ["found", 1],
    ["found", 2],
    ["found", 4],
  ]);
});
