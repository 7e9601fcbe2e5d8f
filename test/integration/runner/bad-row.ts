/** Owns a run of many rows of which one is wrong, that writes and would deliver every kind of file; and a look at what it left anywhere. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition } from "@openreg/crds";
import { partsInMemory } from "../../../runner/src/parts.ts";
import type { OpensshPeer } from "../../peers/openssh.ts";
import type { PostgresqlPeer } from "../../peers/postgresql.ts";
import { type EndedAttemptInProcess, runOneAttempt } from "./attempt.ts";
import { newCsvOutput, newDefinitionFor, newPlan, newSftpDestinationFor } from "./test-plan.ts";

type Output = Definition["outputs"][number];

/** How many rows, which of them is wrong, and what is done about it. */
export interface BadRow {
  readonly rows: number;
  readonly badRow: number;
  readonly rules?: Definition["rules"];
  readonly limits?: Definition["limits"];
  /** Whether the quantity of the wrong row does not fit the schema. */
  readonly schema?: boolean;
  /** Whether the text of the wrong row fits no cell of a workbook. */
  readonly text?: boolean;
}

/** How it ended and the files that are left: in the store, at the receiver, among temporary ones. */
export interface BadRowEnd {
  readonly end: EndedAttemptInProcess;
  readonly left: {
    readonly store: readonly string[];
    readonly receiver: readonly string[];
    readonly work: readonly string[];
  };
}

const xsd = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" elementFormDefault="qualified">
<xs:element name="Doc"><xs:complexType><xs:sequence><xs:element name="Tx" maxOccurs="unbounded"><xs:complexType><xs:sequence>
<xs:element name="Id" type="xs:string"/><xs:element name="Qty"><xs:simpleType><xs:restriction base="xs:decimal"><xs:minInclusive value="0"/></xs:restriction></xs:simpleType></xs:element>
</xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:schema>`;

const elements = [
  { at: "Id", value: "row.id" },
  { at: "Qty", value: "row.qty" },
];
const half = { maxRecords: 30_000, measured: "Uncompressed" } as const;

function outputs(): readonly Output[] {
  const base = { from: "trades", whenEmpty: "Fail" } as const;
  return [
    newCsvOutput({ name: "rows", fileName: "rows.csv" }),
    newCsvOutput({ name: "parts", fileName: "part-{part.number}.csv", split: half }),
    { ...base, name: "book", fileName: "book.xlsx", xlsx: { sheets: [{ name: "Rows", from: "trades" }] } },
    { ...base, name: "json", fileName: "rows.json", json: { form: "Lines" } },
    {
      ...{ ...base, name: "document", fileName: "document.xml" },
      xml: {
        schema: { part: "xsd" },
        namespaces: [{ prefix: "t", uri: "urn:t" }],
        recordAt: "t:Doc/Tx",
        choices: [{ elements }],
      },
    },
  ];
}

function definitionOf(database: PostgresqlPeer, receiver: OpensshPeer, given: BadRow): Definition {
  const qty = given.schema ? `CASE n WHEN ${given.badRow} THEN -1 ELSE 1 END` : "1";
  const name = given.text ? `CASE n WHEN ${given.badRow} THEN repeat('x', 40000) ELSE 'name' END` : "'name'";
  const query = `SELECT n AS id, ${name} AS name, (${qty})::numeric(18,2) AS qty FROM generate_series(1, ${given.rows}) n`;
  const columns = [
    { name: "id", type: "Integer", required: true, personal: false },
    { name: "name", type: "String", required: true, personal: false },
    { name: "qty", type: "Decimal(18,2)", required: true, personal: false },
  ];
  return newDefinitionFor(database, query, {
    inputs: [{ name: "trades", sql: { connector: "warehouse", query }, columns }],
    rules: given.rules ?? [],
    limits: given.limits ?? [],
    outputs: [...outputs()],
    parts: [{ name: "xsd", sha256: createHash("sha256").update(xsd).digest("hex") }],
    destinations: [newSftpDestinationFor(receiver)],
    deliverTo: [{ destination: "regulator", outputs: outputs().map((one) => one.name), package: [{ gzip: {} }] }],
    keepSourceSnapshot: false,
    run: { ...newDefinitionFor(database, query).run, deadlineSeconds: 1500 },
  });
}

/** Runs it as an attempt that would deliver, with a folder of its own for temporary files. */
export async function runWithBadRow(
  database: PostgresqlPeer,
  receiver: OpensshPeer,
  given: BadRow,
): Promise<BadRowEnd> {
  const folder = await mkdtemp(join(tmpdir(), "openreg-bad-row-"));
  const { TMPDIR } = process.env;
  const work = await mkdtemp(join(folder, "work-"));
  const storeFolder = await mkdtemp(join(folder, "store-"));
  try {
    process.env.TMPDIR = work;
    const plan = newPlan(definitionOf(database, receiver, given), { deadlineSeconds: 1500 }, { mode: "Test" });
    const secrets = {
      "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}` },
      "destinations/regulator": {
        ...{ username: receiver.username, privateKey: receiver.privateKey, mode: "Test" },
        endpoint: `${receiver.host}:${receiver.port}`,
      },
    };
    const end = await runOneAttempt({ plan, storeFolder, secrets, parts: partsInMemory([xsd]) });
    const left = {
      store: await filesIn(storeFolder),
      receiver: Object.keys(await receiver.files()),
      work: await readdir(work, { recursive: true }),
    };
    return { end, left };
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    await rm(folder, { recursive: true, force: true });
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  return all
    .filter((one) => one.isFile())
    .map(({ name }) => name)
    .sort();
}
