/** Proves what each format does without rows, whole and split, as `whenEmpty` says: nothing, a file without records that its readers open, or a file without bytes. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition } from "@openreg/crds";
import { partsInMemory, runLocally, secretsInMemory } from "@openreg/runner";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ensurePrograms } from "../../cluster/packages.ts";
import { newProgress } from "../../cluster/progress.ts";
import { readWith } from "../../conformance/read-with.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { newDefinitionFor, newPlan } from "./test-plan.ts";

type Output = Definition["outputs"][number];

let database: PostgresqlPeer;
let storeFolder: string;

beforeAll(async () => {
  await ensurePrograms(["xmllint"], newProgress());
  database = await startPostgresql();
});
afterAll(() => database?.stop());
beforeEach(async () => {
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(storeFolder, { recursive: true, force: true }));

/** Takes documents with records only. */
const xsd = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:e" elementFormDefault="qualified">
<xs:element name="d"><xs:complexType><xs:sequence><xs:element name="n" type="xs:int"/><xs:element name="r" maxOccurs="unbounded"><xs:complexType><xs:sequence>
<xs:element name="id" type="xs:int"/></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:schema>`;

const dialect = {
  columnNames: true,
  delimiter: ",",
  quote: "Minimal",
  newline: "LF",
  bom: true,
  formulas: "Keep",
} as const;
const xml = {
  namespaces: [{ prefix: "e", uri: "urn:e" }],
  header: [{ at: "e:d/n", value: "part.records" }],
  recordAt: "e:d/r",
  choices: [{ elements: [{ at: "id", value: "row.id" }] }],
};
const lines = { header: ["H"], trailer: ["T;{part.records}"] };
const column = { value: "row.id", width: 5, align: "Right", pad: "0" } as const;

/** Each format, and what its reader finds in a file without records. */
const formats: Readonly<Record<string, readonly [Partial<Output>, (file: Buffer) => unknown, nil: unknown]>> = {
  csv: [{ csv: { ...dialect, ...lines } }, String, "\ufeffH\nid\nT;0\n"],
  fixedWidth: [{ fixedWidth: { columns: [column], newline: "CRLF", ...lines } }, String, "H\r\nT;0\r\n"],
  "json Array": [{ json: { form: "Array" } }, (file) => readWith("read_json.py", file, ["Array"]), []],
  "json Lines": [{ json: { form: "Lines" } }, (file) => readWith("read_json.py", file, ["Lines"]), []],
  xlsx: [
    { xlsx: { sheets: [{ name: "S", from: "trades" }] } },
    (file) => readWith("read_xlsx.py", file),
    { S: [[["text", "id"]]] },
  ],
  xml: [{ xml }, (file) => readWith("read_xml.py", file, ["{urn:e}d", "{urn:e}n"]), [[["text", "0"]]]],
  "xml with a schema": [{ xml: { ...xml, schema: { part: "xsd" } } }, String, "DocumentInvalid"],
};
const splits = { whole: undefined, split: { maxRecords: 2, measured: "Uncompressed" } } as const;

/** Runs over so many rows; answers the files, or how the run ended. */
async function run(format: Partial<Output>, whenEmpty: Output["whenEmpty"], split: Output["split"], rows = 0) {
  const query = `SELECT n AS id FROM generate_series(1, ${rows}) n`;
  const columns = [{ name: "id", type: "Integer", required: true, personal: false }];
  const output: Output = {
    ...{ name: "file", from: "trades", fileName: "file-{part.number}", whenEmpty, ...format },
    ...(split && { split }),
  };
  const definition = newDefinitionFor(database, query, {
    inputs: [{ name: "trades", sql: { connector: "warehouse", query }, columns }],
    parts: [{ name: "xsd", sha256: createHash("sha256").update(xsd).digest("hex") }],
    outputs: [output],
  });
  const endpoint = `${database.host}:${database.port}`;
  const secrets = secretsInMemory({ "connectors/warehouse": { ...database.reader, endpoint } });
  const parts = partsInMemory([xsd]);
  const end = await runLocally({ plan: newPlan(definition), storeFolder, secrets, parts, show: () => {} });
  if (end.message.code !== "Done") return end.message.code;
  return Promise.all(end.execution.artifacts.map(({ key }) => readFile(join(storeFolder, key))));
}

describe.each(Object.entries(formats))("%s", (_name, [format, read, nil]) => {
  test.each(Object.entries(splits))("%s", async (_kind, split) => {
    expect(await run(format, "Fail", split)).toBe("OutputEmpty");
    expect(await run(format, "Skip", split)).toEqual([]);
    expect(await run(format, "EmptyFile", split)).toEqual([Buffer.of()]);
    const made = await run(format, "Nil", split);
    if (typeof made === "string") return expect(made).toBe(nil);
    expect(made.length).toBe(1);
    expect(await read(made[0] as Buffer)).toEqual(nil);
  });

  test("with rows the policies make no difference", async () => {
    const whole = await run(format, "Fail", undefined, 3);
    expect((whole as Buffer[])[0]?.length).toBeGreaterThan(3);
    for (const policy of ["Skip", "Nil", "EmptyFile"] as const)
      expect(await run(format, policy, undefined, 3)).toEqual(whole);
    expect((await run(format, "EmptyFile", splits.split, 3)).length).toBe(2);
  });
});
