/** Proves examples/mifir-rts22: its file byte by byte, valid by an independent check, and each rule by a row planted for it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensurePrograms } from "../../cluster/packages.ts";
import { newProgress } from "../../cluster/progress.ts";
import { type Example, runExample, schemaRemarks, startExample } from "./example-run.ts";
import { rulesOf } from "./rules-of.ts";

const day = "2026-04-01";
const wrongDay = "2026-04-02";
const emptyDay = "2026-04-03";
const fileName = "MIFIR_9999OPENREG000000168_20260401_001.xml";

/** Which planted row each rule finds, and no other. */
const planted: Readonly<Record<string, string>> = {
  "OR-MF-1": "E001",
  "OR-MF-2": "e002-small",
  "OR-MF-2-ONCE": "E023",
  "OR-MF-3": "E003",
  "OR-MF-4": "E004",
  "OR-MF-7": "E005",
  "OR-MF-7-PERSON": "E006",
  "OR-MF-9": "E007",
  "OR-MF-16": "E008",
  "OR-MF-16-PERSON": "E009",
  "OR-MF-18": "E010",
  "OR-MF-28": "E011",
  "OR-MF-28-LATE": "E012",
  "OR-MF-29": "E013",
  "OR-MF-30": "E014",
  "OR-MF-31": "E015",
  "OR-MF-33": "E016",
  "OR-MF-34": "E017",
  "OR-MF-36": "E018",
  "OR-MF-41": "E019",
  "OR-MF-61": "E020",
  "OR-MF-62": "E021",
  "OR-MF-63": "E022",
};

let example: Example;

beforeAll(async () => {
  await ensurePrograms(["xmllint"], newProgress());
  example = await startExample(
    "mifir-rts22",
    `SELECT generate_transactions('${day}'); SELECT plant_errors('${wrongDay}');`,
  );
});
afterAll(() => example?.database.stop());

test("writes the expected file, without the record whose ISIN is wrong", async () => {
  const end = await runExample(example, day);
  expect(end).toMatchObject({ code: "Done", rows: { fetched: 20, excluded: 1, written: 19 } });
  expect(Object.keys(end.files)).toEqual([fileName]);
  expect(end.files[fileName]).toBe(await readFile(join(example.folder, "testdata", fileName), "utf8"));
  expect(end.findings).toMatchObject([
    { rule: "OR-MF-41", recordKey: { tx_ref: "T20260401000013" }, reference: { section: "field 41" } },
  ]);
});

test("writes a document that xmllint takes, and the schema refuses one with a wrong order", async () => {
  const text = await readFile(join(example.folder, "testdata", fileName), "utf8");
  expect(await schemaRemarks(example, text)).toBe("");
  const turned = text.replace(/(<Cxl>)(<TxId>[^<]*<\/TxId>)(<ExctgPty>[^<]*<\/ExctgPty>)/, "$1$3$2");
  expect(turned).not.toBe(text);
  expect(await schemaRemarks(example, turned)).toContain("ExctgPty");
});

test("cancels before it reports anew", async () => {
  const text = await readFile(join(example.folder, "testdata", fileName), "utf8");
  const kinds = [...text.matchAll(/<Tx><(New|Cxl)><TxId>T20260401000011</g)].map(([, kind]) => kind);
  expect(kinds).toEqual(["Cxl", "New"]);
});

test("finds each planted error by its rule alone, and files nothing", async () => {
  const end = await runExample(example, wrongDay);
  expect(end).toMatchObject({ code: "BlockingFindings", files: {} });
  expect(end.message).toContain("21 of 24 rows with findings of severity Correctable are above the limit of 10 %");
  const found = end.findings.map(({ rule, recordKey }) => [rule, recordKey.tx_ref]);
  expect(found.sort()).toEqual(Object.entries(planted).sort());
});

test("has no rule without a planted error", () => {
  expect(rulesOf(example.manifests)).toEqual(Object.keys(planted).sort());
});

test("keeps what tells about a person out of findings", async () => {
  const end = await runExample(example, wrongDay);
  const person = end.findings.find(({ rule }) => rule === "OR-MF-7-PERSON");
  expect(person?.columns).toEqual({ buyer_id: "(personal)", buyer_scheme: "CONCAT" });
});

test("makes no file on a day without transactions", async () => {
  expect(await runExample(example, emptyDay)).toMatchObject({ code: "Done", files: {}, rows: { fetched: 0 } });
});
