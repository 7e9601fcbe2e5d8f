/** Proves the check of documents against a schema with the real xmllint (Debian package libxml2-utils). */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newCheckedWriter } from "../../../runner/src/schema-check/checked-writer.ts";
import { schemaError } from "../../../runner/src/schema-check/describe-verdict.ts";
import { RecordKeys } from "../../../runner/src/schema-check/record-keys.ts";
import { SchemaCheck } from "../../../runner/src/schema-check/schema-check.ts";
import { writeSchema } from "../../../runner/src/schema-check/schema-text.ts";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { ensurePrograms } from "../../cluster/packages.ts";
import { newProgress } from "../../cluster/progress.ts";

const schema = (namespace: string, content: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:d="urn:d" targetNamespace="${namespace}" elementFormDefault="qualified">${content}</xs:schema>
`;
const body = schema(
  "urn:d",
  `<xs:element name="D"><xs:complexType><xs:sequence><xs:element name="Tx" maxOccurs="unbounded"><xs:complexType><xs:sequence>
<xs:element name="Id"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="[A-Z0-9]{1,52}"/></xs:restriction></xs:simpleType></xs:element>
<xs:element name="Amt" type="xs:decimal" minOccurs="0"/></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>`,
);
const envelope = schema(
  "urn:e",
  `<xs:import namespace="urn:d" schemaLocation="http://127.0.0.1:1/d.xsd"/>
<xs:element name="E"><xs:complexType><xs:sequence><xs:element ref="d:D"/></xs:sequence></xs:complexType></xs:element>`,
);

let folder = "";
let schemaPath = "";
beforeAll(async () => {
  await ensurePrograms(["xmllint"], newProgress());
  folder = await mkdtemp(join(tmpdir(), "openreg-schema-"));
  schemaPath = await writeSchema(envelope + body, join(folder, "schema"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const before = '<?xml version="1.0" encoding="UTF-8"?>\n<E xmlns="urn:e"><D xmlns="urn:d">\n';
const after = "</D></E>\n";
const tx = (id: string, more = "") => `<Tx><Id>${id}</Id>${more}</Tx>\n`;

async function verdictOn(parts: Iterable<string>, path = schemaPath) {
  const check = new SchemaCheck({ schemaPath: path });
  for (const part of parts) await check.write(Buffer.from(part));
  return check.finish();
}

function* document(records: number, bad: Readonly<Record<number, string>> = {}) {
  yield before;
  for (let first = 0; first < records; first += 256) {
    let text = "";
    for (let index = first; index < Math.min(first + 256, records); index += 1) text += bad[index] ?? tx(`A${index}`);
    yield text;
  }
  yield after;
}

describe("a document that fits its schema", () => {
  test("is valid", async () => {
    expect(await verdictOn(document(3))).toEqual({ isValid: true, problems: [], problemCount: 0 });
  });

  test("is valid at any size", async () => {
    expect((await verdictOn(document(200_000))).isValid).toBe(true);
  });
});

describe("a document that does not fit its schema", () => {
  test("names records beyond the 65,535th line, by key and element, and no value", async () => {
    const bad = { 4: tx("bad id"), 99999: tx("A", "<Amt>1,5</Amt>") };
    const verdict = await verdictOn(document(150_000, bad));
    expect(verdict).toMatchObject({ isValid: false, problemCount: 2 });
    const keysOf = async (records: readonly number[]) =>
      new Map(records.map((record) => [record, `tx_ref=T${record}`]));
    const error = await schemaError(verdict, {
      output: "transactions",
      linesBeforeRecords: 2,
      records: 150_000,
      keysOf,
    });
    expect(error.message).toBe(
      "output transactions does not fit its schema: record 5 (tx_ref=T4), element Id: [facet 'pattern'] The value is not accepted by the pattern '[A-Z0-9]{1,52}'; " +
        "record 100000 (tx_ref=T99999), element Amt: The value is not a valid value of the atomic type 'xs:decimal'",
    );
  });

  test("is told apart inside and outside the records", async () => {
    const verdict = await verdictOn([before, tx("A"), "</D><X/></E>\n"]);
    const keysOf = async () => new Map();
    const error = await schemaError(verdict, { output: "o", linesBeforeRecords: 2, records: 1, keysOf });
    expect(error.message).toMatch(
      /^output o does not fit its schema: outside the records, element X: This element is not expected/,
    );
  });

  test("is counted whole, however many problems there are", async () => {
    const bad = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [index, tx("bad id")]));
    const verdict = await verdictOn(document(5_000, bad));
    expect(verdict.problemCount).toBe(5_000);
    expect(verdict.problems.length).toBe(100);
    const keysOf = async () => new Map();
    const error = await schemaError(verdict, { output: "o", linesBeforeRecords: 2, records: 5_000, keysOf });
    expect(error.message).toMatch(/, and 4997 more$/);
  });

  test("is not valid when it is cut off", async () => {
    const verdict = await verdictOn([before, tx("A")]);
    expect(verdict.isValid).toBe(false);
  });

  test("is not valid when it is empty", async () => {
    expect((await verdictOn([])).isValid).toBe(false);
  });
});

describe("a writer that is checked", () => {
  async function written(records: number, bad: Readonly<Record<number, string>>) {
    const store = newFolderStore(folder);
    const keys = new RecordKeys(await store.newWriter("run"));
    const writer = newCheckedWriter({
      output: "transactions",
      writer: await store.newWriter("run"),
      check: new SchemaCheck({ schemaPath }),
      keys,
      linesBeforeRecords: 2,
      records: () => records,
    });
    for (const part of document(records, bad)) await writer.write(Buffer.from(part));
    for (let record = 0; record < records; record += 1) await keys.add([`tx_ref=Ä"${record}`]);
    return { store, writer };
  }

  test("publishes a document that fits, with all its bytes", async () => {
    const { store, writer } = await written(1_000, {});
    const { sizeBytes } = await writer.commit("document.xml");
    const text = [...document(1_000)].join("");
    expect(sizeBytes).toBe(text.length);
    expect(Buffer.from((await store.read("document.xml")) ?? []).toString()).toBe(text);
  });

  test("publishes nothing that does not, names the record by its key, and leaves nothing behind", async () => {
    const { store, writer } = await written(2_000, { 1500: tx("bad id") });
    const message = /^output transactions does not fit its schema: record 1501 \(tx_ref=Ä"1500\), element Id: \[facet/;
    await expect(writer.finish()).rejects.toMatchObject({
      code: "DocumentInvalid",
      message: expect.stringMatching(message),
    });
    await expect(writer.commit("refused.xml")).rejects.toMatchObject({ code: "DocumentInvalid" });
    await writer.abort();
    expect(await store.read("refused.xml")).toBeUndefined();
    expect(await store.list("tmp/run")).toEqual([]);
  });
});

describe("the checker", () => {
  test("says what is wrong with a schema", async () => {
    const path = await writeSchema(schema("urn:x", '<xs:element name="E" type="xs:nothing"/>'), join(folder, "wrong"));
    await expect(verdictOn(document(100_000), path)).rejects.toMatchObject({
      code: "PlanInvalid",
      message: expect.stringMatching(/the schema cannot be used: .*nothing.*correct the XSD/),
    });
  });

  test("says what to install where it is missing", async () => {
    const check = new SchemaCheck({ schemaPath, program: "xmllint-that-is-not-there" });
    await check.write(Buffer.from(before));
    await expect(check.finish()).rejects.toMatchObject({ message: expect.stringContaining("libxml2-utils") });
  });

  test("makes the writer wait instead of keeping the document", async () => {
    const check = new SchemaCheck({
      schemaPath,
      program: join(import.meta.dirname, "../../fixtures/reads-nothing.sh"),
    });
    const chunk = Buffer.alloc(256 * 1024, 32);
    const taken = async () => Promise.race([check.write(chunk).then(() => true), turns(20).then(() => false)]);
    let written = 0;
    while (written < 100 && (await taken())) written += 1;
    expect(written).toBeLessThan(8); // 1 MB, and what the pipe holds
    await check.abort();
  });

  test("ends when it is told to", async () => {
    const check = new SchemaCheck({ schemaPath });
    await check.write(Buffer.from(before));
    await check.abort();
    await check.abort();
  });
});

/** Lets everything else go on for a while. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
