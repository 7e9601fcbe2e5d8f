/** Proves outputs that are split and documents that are checked, from the database to the files of a run. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition } from "@openreg/crds";
import { runLocally, secretsInMemory } from "@openreg/runner";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { partsInMemory } from "../../../runner/src/parts.ts";
import { ensurePrograms } from "../../cluster/packages.ts";
import { newProgress } from "../../cluster/progress.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { newDefinitionFor, newPlan } from "./test-plan.ts";

type Output = Definition["outputs"][number];

let database: PostgresqlPeer;
let storeFolder: string;

beforeAll(async () => {
  await ensurePrograms(["xmllint"], newProgress());
  database = await startPostgresql();
  await database.sql(`
    CREATE TABLE trades AS SELECT 'T' || lpad(n::text, 4, '0') AS id, 'G' || (n / 3) AS grp, 'C' || (n / 400) AS country,
      CASE n % 3 WHEN 0 THEN 'CANC' ELSE 'NEWT' END AS status, n * 1.50 AS qty, array['OILQ', 'SIZE'] AS waivers
      FROM generate_series(1, 1000) AS n`);
});
afterAll(() => database?.stop());
beforeEach(async () => {
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(storeFolder, { recursive: true, force: true }));

const columns: Definition["inputs"][number]["columns"] = [
  { name: "id", type: "String", required: true, personal: false },
  { name: "grp", type: "String", required: true, personal: false },
  { name: "country", type: "String", required: true, personal: false },
  { name: "status", type: "String", required: true, personal: false },
  { name: "qty", type: "Decimal(18,2)", required: true, personal: false },
  { name: "waivers", type: "String[]", required: true, personal: false },
];

const schema = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" elementFormDefault="qualified">
<xs:element name="Doc"><xs:complexType><xs:sequence><xs:element name="Count" type="xs:int"/><xs:element name="Tx" maxOccurs="unbounded"><xs:complexType><xs:choice>
<xs:element name="Cxl"><xs:complexType><xs:sequence><xs:element name="Id" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
<xs:element name="New"><xs:complexType><xs:sequence><xs:element name="Id" type="xs:string"/>
<xs:element name="Qty"><xs:simpleType><xs:restriction base="xs:decimal"><xs:minInclusive value="0"/></xs:restriction></xs:simpleType></xs:element>
<xs:element name="Wvr" type="xs:string" maxOccurs="5"/></xs:sequence></xs:complexType></xs:element>
</xs:choice></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:schema>`;

const xml: Output = {
  name: "transactions",
  from: "trades",
  fileName: "transactions-{part.number}.xml",
  whenEmpty: "Fail",
  xml: {
    schema: { part: "xsd" },
    namespaces: [{ prefix: "t", uri: "urn:t" }],
    header: [{ at: "t:Doc/Count", value: "part.records" }],
    recordAt: "t:Doc/Tx",
    choices: [
      { when: 'row.status == "CANC"', at: "Cxl", elements: [{ at: "Id", value: "row.id" }] },
      {
        when: 'row.status == "NEWT"',
        at: "New",
        elements: [
          { at: "Id", value: "row.id" },
          { at: "Qty", value: "row.qty" },
          { at: "Wvr", each: "row.waivers" },
        ],
      },
    ],
  },
};
const csv: Output = {
  name: "rows",
  from: "trades",
  fileName: "rows-{part.number}.csv",
  whenEmpty: "Fail",
  csv: {
    columns: [{ header: "ID", value: "row.id" }],
    columnNames: false,
    delimiter: ",",
    quote: "Minimal",
    newline: "LF",
    bom: false,
    formulas: "Keep",
    trailer: ["{part.number};{part.records}"],
  },
};

interface Given {
  readonly query?: string;
  readonly key?: string[];
  readonly xsd?: string;
  readonly rules?: Definition["rules"];
}

async function run(outputs: readonly Output[], given: Given = {}) {
  const { query = "SELECT * FROM trades", key = ["id"], xsd = schema, rules = [] } = given;
  const inputs = [{ name: "trades", sql: { connector: "warehouse", query }, columns }];
  const parts = [{ name: "xsd", sha256: createHash("sha256").update(xsd).digest("hex") }];
  const record = { input: "trades", key };
  const definition = newDefinitionFor(database, query, { inputs, outputs: [...outputs], parts, record, rules });
  const secrets = secretsInMemory({
    "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}` },
  });
  const end = await runLocally({
    plan: newPlan(definition),
    storeFolder,
    secrets,
    parts: partsInMemory([xsd]),
    show: () => {},
  });
  const { artifacts } = end.execution;
  const texts = artifacts.map(({ key: place }) => readFile(join(storeFolder, place), "utf8"));
  return { end, artifacts, texts: await Promise.all(texts) };
}

describe("a document with a schema", () => {
  test("that fits is published, with the number of its records in front", async () => {
    const { end, artifacts, texts } = await run([xml]);
    expect(end.message).toMatchObject({ code: "Done" });
    expect(artifacts.map(({ fileName, records }) => [fileName, records])).toEqual([["transactions-1.xml", 1000]]);
    const lines = texts[0]?.split("\n") ?? [];
    expect(lines.slice(0, 5)).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<Doc xmlns="urn:t"><Count>1000</Count>',
      "<Tx><New><Id>T0001</Id><Qty>1.50</Qty><Wvr>OILQ</Wvr><Wvr>SIZE</Wvr></New></Tx>",
      "<Tx><New><Id>T0002</Id><Qty>3.00</Qty><Wvr>OILQ</Wvr><Wvr>SIZE</Wvr></New></Tx>",
      "<Tx><Cxl><Id>T0003</Id></Cxl></Tx>",
    ]);
    expect(lines.length).toBe(1004);
  });

  test("that does not fit ends the run: the record is named by key and element, and nothing is published or left", async () => {
    const query =
      "SELECT id, grp, country, status, CASE id WHEN 'T0700' THEN -1 ELSE qty END AS qty, waivers FROM trades";
    const { end, artifacts } = await run([csv, xml], { query });
    expect(end).toMatchObject({
      exitCode: 10,
      message: {
        code: "DocumentInvalid",
        message: expect.stringMatching(
          /^output transactions does not fit its schema: record 700 \(id=T0700\), element Qty: \[facet 'minInclusive'\] The value is less than/,
        ),
      },
    });
    expect(artifacts).toEqual([]);
    const left = await readdir(storeFolder, { recursive: true });
    expect(left.filter((path) => /artifacts\/|\.xml|\.csv/.test(path))).toEqual([]);
    expect(await readdir(join(storeFolder, "tmp"), { recursive: true })).not.toContainEqual(
      expect.stringMatching(/\d+-\d+$/),
    );
  });
});

test("a part that does not fit its schema waits for the rules, which have the first word", async () => {
  const query =
    "SELECT id, grp, country, status, CASE id WHEN 'T0100' THEN -1 ELSE qty END AS qty, waivers FROM trades";
  const split = { maxRecords: 300, measured: "Uncompressed" } as const;
  const last = { id: "last", severity: "Blocking", assert: "row.id != 'T1000'", columns: [], message: "last" } as const;
  const blocked = await run([{ ...xml, split }], { query, rules: [{ ...last, columns: [] }] });
  expect(blocked.end.message).toMatchObject({ code: "BlockingFindings", step: "PreValidation" });
  const { end, artifacts } = await run([{ ...xml, split }], { query });
  expect([end.message.code, artifacts]).toEqual(["DocumentInvalid", []]);
  expect(end.message.message).toContain("record 100 (id=T0100), element Qty");
});

const wrongSchemas: Record<string, readonly [xsd: string, message: RegExp]> = {
  "that is none": ["<a/>", /the schema holds no xs:schema/],
  "that reaches for a file": [
    schema.replace("<xs:element", '<xs:include schemaLocation="/etc/x.xsd"/><xs:element'),
    /includes another/,
  ],
  "that cannot be compiled": [schema.replace("xs:int", "xs:nothing"), /the schema cannot be used: .*nothing/],
};
test.each(Object.entries(wrongSchemas))("a schema %s ends the run", async (_sentence, [xsd, message]) => {
  const { end } = await run([csv, xml], { xsd });
  expect(end.message).toMatchObject({ code: "PlanInvalid", message: expect.stringMatching(message) });
});

describe("an output that is split", () => {
  test("has parts without gaps, each with its own count, and each document is checked", async () => {
    const split = { maxRecords: 300, measured: "Uncompressed" } as const;
    const { end, artifacts, texts } = await run([
      { ...csv, split },
      { ...xml, split },
    ]);
    expect(end.message).toMatchObject({ code: "Done" });
    expect(artifacts.map(({ fileName, part, records }) => [fileName, part, records])).toEqual([
      ...[300, 300, 300, 100].map((records, index) => [`rows-${index + 1}.csv`, index + 1, records]),
      ...[300, 300, 300, 100].map((records, index) => [`transactions-${index + 1}.xml`, index + 1, records]),
    ]);
    const ids = texts.slice(0, 4).flatMap((text) => text.split("\n").filter((line) => line.startsWith("T")));
    expect(ids).toEqual(Array.from({ length: 1000 }, (_, index) => `T${String(index + 1).padStart(4, "0")}`));
    expect(texts[3]).toMatch(/\n4;100\n$/);
    expect(texts[7]).toContain("<Count>100</Count>");
  });

  test("by a column and by keys that stay together, with neither of them in the file", async () => {
    const byCountry: Output["split"] = { by: ["country"], measured: "Uncompressed" };
    const together = { maxRecords: 100, keepTogether: "RecordKey", measured: "Uncompressed" } as const;
    const { end, artifacts } = await run(
      [
        { ...csv, name: "a", fileName: "a-{part.number}", split: byCountry },
        { ...csv, name: "b", fileName: "b-{part.number}", split: together },
      ],
      { key: ["country", "grp"] },
    );
    expect(end.message).toMatchObject({ code: "Done" });
    const sizes = (name: string) => artifacts.filter(({ output }) => output === name).map(({ records }) => records);
    expect(sizes("a")).toEqual([399, 400, 201]);
    expect(
      sizes("b")
        .slice(0, -1)
        .every((records) => records <= 100 && records > 97),
    ).toBe(true);
    expect(sizes("b").reduce((sum, records) => sum + records, 0)).toBe(1000);
  });

  test("needs names that differ", async () => {
    const { end } = await run([{ ...csv, fileName: "rows.csv", split: { maxRecords: 300, measured: "Uncompressed" } }]);
    expect(end.message).toMatchObject({ code: "FileNameRefused", message: expect.stringContaining("{part.number}") });
  });
});

const none = "SELECT * FROM trades WHERE false";
const split = { maxRecords: 300, measured: "Uncompressed" } as const;
const empties: Record<string, { output: Output; expected: readonly string[] | string }> = {
  "Skip: no file, though it would not fit its schema": { output: { ...xml, whenEmpty: "Skip" }, expected: [] },
  "Skip, split: no file": { output: { ...xml, whenEmpty: "Skip", split }, expected: [] },
  "Nil: header and trailer": { output: { ...csv, whenEmpty: "Nil" }, expected: ["1;0\n"] },
  "Nil, split: one part": { output: { ...csv, whenEmpty: "Nil", split }, expected: ["1;0\n"] },
  "Nil that does not fit its schema": { output: { ...xml, whenEmpty: "Nil" }, expected: "DocumentInvalid" },
  Fail: { output: xml, expected: "OutputEmpty" },
  "Fail, split": { output: { ...xml, split }, expected: "OutputEmpty" },
};
describe("without records", () => {
  test.each(Object.entries(empties))("%s", async (_sentence, { output, expected }) => {
    const { end, texts } = await run([output], { query: none });
    if (typeof expected === "string") expect(end.message).toMatchObject({ code: expected });
    else expect([end.message.code, texts]).toEqual(["Done", expected]);
  });
});
