/** Proves a run without a cluster: from a real PostgreSQL to a CSV file in a folder. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition } from "@openreg/crds";
import { newLineReader, runLocally, secretsInMemory } from "@openreg/runner";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { newCsvOutputOf, newDefinitionFor, newPlan } from "./test-plan.ts";

let database: PostgresqlPeer;
let storeFolder: string;

beforeAll(async () => {
  database = await startPostgresql();
  await database.sql(`
    CREATE TABLE trades (id int, name text, price numeric(18,5), traded timestamptz, day date, open boolean);
    INSERT INTO trades VALUES
      (2, 'Müller "&" Söhne', 12.50000, '2026-04-01 18:00:00.123456+02', '2026-04-01', true),
      (1, 'a,b', -0.10000, '2026-04-01 00:00:00+00', '2026-04-01', false),
      (10, NULL, NULL, NULL, NULL, NULL),
      (3, '', 99999999999.99999, '0001-01-01 00:00:00+00', '9999-12-31', true)`);
});
afterAll(() => database?.stop());
beforeEach(async () => {
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(storeFolder, { recursive: true, force: true }));

const typed: Definition["inputs"][number]["columns"] = [
  { name: "id", type: "Integer", required: true, personal: false },
  { name: "name", type: "String", required: false, personal: true },
  { name: "price", type: "Decimal(18,5)", required: false, personal: false },
  { name: "traded", type: "Timestamp(6)", required: false, personal: false },
  { name: "day", type: "Date", required: false, personal: false },
  { name: "open", type: "Boolean", required: false, personal: false },
];

function run(definition: Definition) {
  const secrets = secretsInMemory({
    "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}` },
  });
  return runLocally({ plan: newPlan(definition), storeFolder, secrets, show: () => {} });
}

function typedInput(query: string): Definition["inputs"] {
  return [{ name: "trades", sql: { connector: "warehouse", query }, columns: typed }];
}

async function fileOf(end: Awaited<ReturnType<typeof run>>): Promise<string> {
  return readFile(join(storeFolder, end.execution.artifacts[0]?.key ?? "nothing"), "utf8");
}

test("writes every column exactly as the database prints it when none is declared", async () => {
  const end = await run(newDefinitionFor(database, "SELECT * FROM trades -- all of them", {}));
  expect(end).toMatchObject({ exitCode: 0, message: { code: "Done" } });
  expect(await fileOf(end)).toBe(
    [
      "id,name,price,traded,day,open",
      '1,"a,b",-0.10000,2026-04-01 00:00:00+00,2026-04-01,f',
      "10,,,,,",
      '2,"Müller ""&"" Söhne",12.50000,2026-04-01 16:00:00.123456+00,2026-04-01,t',
      '3,"",99999999999.99999,0001-01-01 00:00:00+00,9999-12-31,t',
      "",
    ].join("\n"),
  );
  expect(end.execution).toMatchObject({ rows: { fetched: 4, excluded: 0, written: 4 } });
});

test("orders typed rows by the key and computes columns exactly", async () => {
  const columns = [
    { header: "ID", value: "row.id" },
    { header: "TWICE", value: "row.double" },
    { header: "DAY", value: "run.businessDate" },
  ];
  const definition = newDefinitionFor(
    database,
    "SELECT * FROM trades WHERE price IS NOT NULL AND day >= :businessDate",
    {
      inputs: typedInput("SELECT * FROM trades WHERE price IS NOT NULL AND day >= :businessDate"),
      fields: [{ name: "double", value: "row.price * 2" }],
      outputs: [newCsvOutputOf(columns)],
    },
  );
  const end = await run(definition);
  expect(end.message).toMatchObject({ code: "Done" });
  expect(await fileOf(end)).toBe(
    "ID,TWICE,DAY\n1,-0.20000,2026-04-01\n2,25.00000,2026-04-01\n3,199999999999.99998,2026-04-01\n",
  );
});

test("takes rows of Correctable findings out and keeps them whole, with personal values masked in findings", async () => {
  const rule = {
    id: "named",
    severity: "Correctable",
    assert: "row.name != ''",
    columns: ["name", "price"],
    message: "must have a name",
  } as const;
  const warning = {
    id: "priced",
    severity: "Warning",
    assert: "row.price > 0.0",
    columns: ["price"],
    message: "positive",
  } as const;
  const end = await run(
    newDefinitionFor(database, "", {
      inputs: typedInput("SELECT * FROM trades"),
      rules: [
        { ...rule, columns: [...rule.columns] },
        { ...warning, columns: ["price", "name"] },
      ],
    }),
  );
  expect(end.message).toMatchObject({ code: "Done" });
  expect(end.execution.rows).toEqual({ fetched: 4, excluded: 1, written: 3 });
  expect(end.execution.findings).toMatchObject({ correctable: 1, warning: 2, undecided: 1, blocking: 0 });
  const found: unknown[] = [];
  const folder = `runs/trades-1/${newPlan(newDefinitionFor(database, "")).run.uid}`;
  for await (const lines of newLineReader(newFolderStore(storeFolder), `${folder}/findings.ndjson.zst`).lines)
    found.push(...lines.map((line) => JSON.parse(line)));
  expect(found).toEqual([
    {
      rule: "priced",
      severity: "Warning",
      row: 1,
      recordKey: { id: "1" },
      columns: { price: "-0.10000", name: "(personal)" },
      message: "positive",
    },
    {
      rule: "named",
      severity: "Correctable",
      row: 3,
      recordKey: { id: "3" },
      columns: { name: "(personal)", price: "99999999999.99999" },
      message: "must have a name",
    },
    {
      rule: "priced",
      severity: "Warning",
      row: 4,
      recordKey: { id: "10" },
      columns: { price: null, name: null },
      message: "positive",
      undecided: "price is null at 1:1",
    },
  ]);
});

test("publishes nothing after a Blocking finding but keeps the findings", async () => {
  const rule = {
    id: "positive",
    severity: "Blocking",
    assert: "row.price == null || row.price > 0.0",
    columns: [],
    message: "positive",
  } as const;
  const end = await run(
    newDefinitionFor(database, "", { inputs: typedInput("SELECT * FROM trades"), rules: [{ ...rule, columns: [] }] }),
  );
  expect(end).toMatchObject({ exitCode: 10, message: { code: "BlockingFindings", step: "PreValidation" } });
  expect(end.message.message).toContain("positive in 1 (row 1)");
  expect(end.execution.artifacts).toEqual([]);
  expect(end.execution.findings).toMatchObject({ blocking: 1 });
});

/** A thousand rows, several pieces; what an output refuses stands in the first. */
const manyRows = () => ({
  inputs: [
    {
      name: "trades",
      sql: {
        connector: "warehouse",
        query: "SELECT n AS id, CASE n WHEN 1 THEN '=1' END AS name FROM generate_series(1, 1000) n",
      },
      columns: typed.slice(0, 2),
    },
  ],
});
const ruleOn = (id: string, severity: "Warning" | "Blocking", row: number): Definition["rules"][number] => ({
  ...{ id, severity, message: id, columns: [] },
  assert: `row.id != ${row}`,
});

test("judges on to the last row after a Blocking finding, and counts nothing as written", async () => {
  const outputs = [newCsvOutputOf([{ header: "ID", value: "row.id" }])];
  const rules = [ruleOn("first", "Blocking", 300), ruleOn("last", "Warning", 1000)];
  const end = await run(newDefinitionFor(database, "", { ...manyRows(), rules, outputs }));
  expect(end.message.code).toBe("BlockingFindings");
  expect(end.execution.rows).toEqual({ fetched: 1000, excluded: 0, written: 0 });
  expect(end.execution.findings).toMatchObject({ blocking: 1, warning: 1 });
});

test("keeps the first value that an output refuses, however many records follow, and lets the rules decide first", async () => {
  const outputs = [newCsvOutputOf([{ header: "NAME", value: "row.name" }])];
  const refused = await run(
    newDefinitionFor(database, "", { ...manyRows(), rules: [ruleOn("last", "Warning", 1000)], outputs }),
  );
  expect(refused.message).toMatchObject({ code: "OutputValueInvalid", step: "GeneratingArtifacts" });
  expect(refused.execution).toMatchObject({ rows: { fetched: 1000, written: 0 }, findings: { warning: 1 } });
  const blocked = await run(
    newDefinitionFor(database, "", { ...manyRows(), rules: [ruleOn("last", "Blocking", 1000)], outputs }),
  );
  expect(blocked.message).toMatchObject({ code: "BlockingFindings", step: "PreValidation" });
});

const refusals: Record<string, { given: Partial<Definition>; expected: { code: string; message: RegExp } }> = {
  "names row, column and value that do not fit": {
    given: {
      inputs: [
        {
          name: "trades",
          sql: { connector: "warehouse", query: "SELECT id, name, price FROM trades" },
          columns: [
            { name: "id", type: "Integer", required: true, personal: false },
            { name: "price", type: "Decimal(5,2)", required: false, personal: false },
          ],
        },
      ],
    },
    expected: {
      code: "SourceValueInvalid",
      message: /row 1, column price: "-0.10000" is not a Decimal\(5,2\)|row 3, column price/,
    },
  },
  "names a declared column that the query does not return": {
    given: { inputs: typedInput("SELECT id FROM trades") },
    expected: { code: "SourceColumnMissing", message: /no column name; it returns id/ },
  },
  "refuses a second statement": {
    given: {
      record: { input: "trades", key: [] },
      inputs: [{ name: "trades", sql: { connector: "warehouse", query: "SELECT 1; DELETE FROM trades" } }],
    },
    expected: { code: "SourceQueryFailed", message: /multiple commands/ },
  },
  "refuses to write": {
    given: {
      record: { input: "trades", key: [] },
      inputs: [{ name: "trades", sql: { connector: "warehouse", query: "DELETE FROM trades RETURNING id" } }],
    },
    expected: { code: "SourceQueryFailed", message: /permission denied|read-only/ },
  },
  "refuses two columns of one name": {
    given: {
      record: { input: "trades", key: [] },
      inputs: [{ name: "trades", sql: { connector: "warehouse", query: "SELECT 1 AS a, 2 AS a" } }],
    },
    expected: { code: "SourceQueryFailed", message: /two columns named a/ },
  },
  "ends without a record when whenEmpty is Fail": {
    given: { inputs: typedInput("SELECT * FROM trades WHERE false") },
    expected: { code: "OutputEmpty", message: /whenEmpty/ },
  },
  "refuses text that a spreadsheet takes for a formula": {
    given: {
      record: { input: "trades", key: [] },
      inputs: [{ name: "trades", sql: { connector: "warehouse", query: "SELECT '=1+1' AS a" } }],
    },
    expected: { code: "OutputValueInvalid", message: /column a, source row 1/ },
  },
  "says which address a Secret does not allow": {
    given: {
      connectors: newDefinitionFor({ host: "127.0.0.1", port: 1, database: "postgres" }, "").connectors,
    },
    expected: { code: "EndpointNotAllowed", message: /127.0.0.1:1/ },
  },
};
test.each(Object.entries(refusals))("%s", async (_sentence, { given, expected }) => {
  const end = await run(newDefinitionFor(database, "SELECT * FROM trades", given));
  expect(end.message.code).toBe(expected.code);
  expect(end.message.message).toMatch(expected.message);
  expect(end.execution.artifacts).toEqual([]);
});
