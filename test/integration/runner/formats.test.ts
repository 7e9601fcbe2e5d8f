/** Proves that the formats of one run all hold the values of the database, and that a refused value names its place. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition } from "@openreg/crds";
import { runLocally, secretsInMemory } from "@openreg/runner";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { readWith } from "../../conformance/read-with.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { newDefinitionFor, newPlan } from "./test-plan.ts";

type Output = Definition["outputs"][number];

let database: PostgresqlPeer;
let storeFolder: string;

beforeAll(async () => {
  database = await startPostgresql();
  await database.sql(`
    CREATE TABLE trades (id bigint, name text, price numeric(38,10), open boolean, day date, at timestamptz);
    INSERT INTO trades VALUES
      (1, E'=1+1 \\u2028 "q" 😀', 12.5, true, '2026-04-01', '2026-04-01 18:00:00.123+02'),
      (2, '', 9999999999999999999999999999.9999999999, false, '0001-01-01', '9999-12-31 23:59:59.999999+00'),
      (9007199254740993, NULL, NULL, NULL, NULL, NULL);
    CREATE TABLE marked AS SELECT 4 AS id, E'bell\\x07' AS name`);
});
afterAll(() => database?.stop());
beforeEach(async () => {
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(storeFolder, { recursive: true, force: true }));

const columns: Definition["inputs"][number]["columns"] = [
  ["id", "Integer"],
  ["name", "String"],
  ["price", "Decimal(38,10)"],
  ["open", "Boolean"],
  ["day", "Date"],
  ["at", "Timestamp(6)"],
].map(([name = "", type = ""]) => ({ name, type, required: false, personal: false }));

function run(query: string, declared: typeof columns, outputs: readonly Output[], more: Definition["inputs"] = []) {
  const inputs = [{ name: "trades", sql: { connector: "warehouse", query }, columns: declared }, ...more];
  const definition = newDefinitionFor(database, query, { inputs, outputs: [...outputs] });
  const secrets = secretsInMemory({
    "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}` },
  });
  return runLocally({ plan: newPlan(definition), storeFolder, secrets, show: () => {} });
}

const outputOf = (name: string, format: Partial<Output>): Output => ({
  name,
  from: "trades",
  fileName: `${name}.file`,
  whenEmpty: "Fail",
  ...format,
});
const sheets = [
  { name: "Trades", from: "trades" },
  { name: "Names", from: "trades", columns: [{ header: "NAME", value: "row.name" }] },
];

test("JSON, NDJSON and two sheets of a workbook hold the same rows, read in one pass", async () => {
  const end = await run("SELECT * FROM trades", columns, [
    outputOf("array", { json: { form: "Array" } }),
    outputOf("lines", {
      json: { form: "Lines", columns: [{ name: "twice", value: "row.price == null ? null : row.price * 2" }] },
    }),
    outputOf("book", { xlsx: { sheets } }),
  ]);
  expect(end.message).toMatchObject({ code: "Done" });
  const [array, lines, book] = await Promise.all(
    end.execution.artifacts.map(({ key }) => readFile(join(storeFolder, key))),
  );
  const name = '=1+1 \u2028 "q" 😀';
  const large = "9999999999999999999999999999.9999999999";
  expect(array?.toString()).toBe(`[
{"id":1,"name":"=1+1 \\u2028 \\"q\\" 😀","price":12.5000000000,"open":true,"day":"2026-04-01","at":"2026-04-01T16:00:00.123000Z"},
{"id":2,"name":"","price":${large},"open":false,"day":"0001-01-01","at":"9999-12-31T23:59:59.999999Z"},
{"id":9007199254740993,"name":null,"price":null,"open":null,"day":null,"at":null}
]
`);
  expect(lines?.toString()).toBe(
    '{"twice":25.0000000000}\n{"twice":19999999999999999999999999999.9999999998}\n{"twice":null}\n',
  );
  expect(await readWith("read_xlsx.py", book ?? Buffer.of())).toEqual({
    Trades: [
      ["id", "name", "price", "open", "day", "at"].map((header) => ["text", header]),
      [
        ["number", "1"],
        ["text", name],
        ["number", "12.5000000000"],
        ["bool", "true"],
        ["date", "2026-04-01"],
        ["date", "2026-04-01T16:00:00.123Z"],
      ],
      [
        ["number", "2"],
        ["text", ""],
        ["text", large],
        ["bool", "false"],
        ["text", "0001-01-01"],
        ["text", "9999-12-31T23:59:59.999999Z"],
      ],
      [["text", "9007199254740993"], null, null, null, null, null],
    ],
    Names: [[["text", "NAME"]], [["text", name]], [["text", ""]], [null]],
  });
});

test("a list becomes an array of JSON, whether columns are named or not", async () => {
  const declared = [
    { name: "id", type: "Integer", required: true, personal: false },
    { name: "fees", type: "Decimal(38,2)[]", required: false, personal: false },
  ];
  const query =
    "SELECT 1 AS id, ARRAY[0.1, 9999999999999999999999.99]::numeric(38,2)[] AS fees UNION ALL SELECT 2, NULL";
  const end = await run(query, declared, [
    outputOf("all", { json: { form: "Lines" } }),
    outputOf("named", { json: { form: "Lines", columns: [{ name: "f", value: "row.fees" }] } }),
  ]);
  expect(end.message).toMatchObject({ code: "Done" });
  const texts = await Promise.all(end.execution.artifacts.map(({ key }) => readFile(join(storeFolder, key), "utf8")));
  const fees = "[0.10,9999999999999999999999.99]";
  expect(texts).toEqual([`{"id":1,"fees":${fees}}\n{"id":2,"fees":null}\n`, `{"f":${fees}}\n{"f":null}\n`]);
});

test("sheets of different inputs stand in the order of the definition, not in that of the rows", async () => {
  const query = "SELECT 900 + n AS id, 'c' AS name FROM generate_series(1, 300) n";
  const control = { name: "control", sql: { connector: "warehouse", query }, columns: columns?.slice(0, 1) ?? [] };
  const ofBoth = [
    { name: "Control", from: "control" },
    { name: "Trades", from: "trades" },
  ];
  const trades = "SELECT n AS id, 't' || n AS name FROM generate_series(1, 300) n";
  const output = outputOf("book", { xlsx: { sheets: ofBoth } });
  const end = await run(trades, columns?.slice(0, 2), [output], [control]);
  expect(end.message).toMatchObject({ code: "Done" });
  const book = await readFile(join(storeFolder, end.execution.artifacts[0]?.key ?? ""));
  const read = (await readWith("read_xlsx.py", book)) as Record<string, unknown[]>;
  const numbers = Array.from({ length: 300 }, (_, index) => index + 1);
  expect(Object.keys(read)).toEqual(["Control", "Trades"]);
  expect(read.Control?.slice(1)).toEqual(numbers.map((n) => [["number", String(900 + n)]]));
  expect(read.Trades?.slice(1)).toEqual(
    numbers.map((n) => [
      ["number", String(n)],
      ["text", `t${n}`],
    ]),
  );
});

test("the pieces of a longer run follow each other, in every section", async () => {
  const end = await run("SELECT id, 'n' || id AS name FROM generate_series(1, 600) id", columns?.slice(0, 2), [
    outputOf("array", { json: { form: "Array" } }),
    outputOf("book", { xlsx: { sheets } }),
  ]);
  expect(end.execution.artifacts).toMatchObject([{ records: 600 }, { records: 1200 }]);
  const [array, book] = await Promise.all(end.execution.artifacts.map(({ key }) => readFile(join(storeFolder, key))));
  const ids = Array.from({ length: 600 }, (_, index) => index + 1);
  expect(JSON.parse(String(array))).toEqual(ids.map((id) => ({ id, name: `n${id}` })));
  const read = (await readWith("read_xlsx.py", book ?? Buffer.of())) as Record<string, unknown[]>;
  expect(read.Trades?.slice(1)).toEqual(
    ids.map((id) => [
      ["number", String(id)],
      ["text", `n${id}`],
    ]),
  );
  expect(read.Names?.slice(1)).toEqual(ids.map((id) => [["text", `n${id}`]]));
});

test("a value that a workbook cannot hold ends the run by output, column and source row, and nothing stays", async () => {
  const end = await run("SELECT * FROM marked", columns?.slice(0, 2), [outputOf("book", { xlsx: { sheets } })]);
  expect(end).toMatchObject({ exitCode: 10, message: { code: "OutputValueInvalid" } });
  expect(end.message.message).toBe(
    "output book, column name, source row 1: the value holds the character U+0007, which no cell of a workbook can hold; remove it in the query or by an expression",
  );
  expect(end.execution.artifacts).toEqual([]);
  expect(await newFolderStore(storeFolder).list("tmp/11111111-2222-3333-4444-555555555555")).toEqual([]);
});
