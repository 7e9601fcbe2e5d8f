/** Proves examples/emir-refit: its file byte by byte, valid by an independent check, and each rule by a row planted for it. */
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
const fileName = "EMIR_9999OPENREG000000168_20260401_001.xml";

/** Which planted row each rule finds, and no other: its number in data.sql, which is in the UTI before the last digit. */
const planted: Readonly<Record<string, number>> = {
  "OR-EM-1-3": 22,
  "OR-EM-1-4": 19,
  "OR-EM-1-9": 20,
  "OR-EM-1-9-OTHER": 21,
  "OR-EM-1-17": 27,
  "OR-EM-2-1": 3,
  "OR-EM-2-1-NEW": 4,
  "OR-EM-2-1-ONCE": 28,
  "OR-EM-2-1-OTHER": 8,
  "OR-EM-2-3": 5,
  "OR-EM-2-3-BLANK": 6,
  "OR-EM-2-4": 7,
  "OR-EM-2-7": 9,
  "OR-EM-2-8": 10,
  "OR-EM-2-10": 26,
  "OR-EM-2-19": 11,
  "OR-EM-2-21": 12,
  "OR-EM-2-23": 13,
  "OR-EM-2-42": 14,
  "OR-EM-2-44": 16,
  "OR-EM-2-44-ORDER": 15,
  "OR-EM-2-55": 17,
  "OR-EM-2-56": 18,
  "OR-EM-2-151": 1,
  "OR-EM-2-152": 2,
  "OR-EM-2-153": 23,
  "OR-EM-2-153-LATE": 24,
  "OR-EM-2-154": 25,
};

let example: Example;

beforeAll(async () => {
  await ensurePrograms(["xmllint"], newProgress());
  example = await startExample("emir-refit", `SELECT generate_activity('${day}'); SELECT plant_errors('${wrongDay}');`);
});
afterAll(() => example?.database.stop());

const expectedFile = () => readFile(join(example.folder, "testdata", fileName), "utf8");

test("writes the expected file, without the report whose UTI is wrong", async () => {
  const end = await runExample(example, day);
  expect(end).toMatchObject({ code: "Done", rows: { fetched: 20, excluded: 1, written: 19 } });
  expect(Object.keys(end.files)).toEqual([fileName]);
  expect(end.files[fileName]).toBe(await expectedFile());
  expect(end.findings).toMatchObject([
    {
      rule: "OR-EM-2-1-NEW",
      recordKey: { uti: "9999OPENREG000000100TRADE0000011" },
      reference: { section: "table 2 field 1" },
    },
  ]);
});

test("writes a document that xmllint takes, and the schema refuses one with a wrong order", async () => {
  const text = await expectedFile();
  expect(await schemaRemarks(example, text)).toBe("");
  const turned = text.replace(/(<FctvDt>[^<]*<\/FctvDt>)(<XprtnDt>[^<]*<\/XprtnDt>)/, "$2$1");
  expect(turned).not.toBe(text);
  expect(await schemaRemarks(example, turned)).toContain("FctvDt");
});

test("counts its reports in the header", async () => {
  const text = await expectedFile();
  expect(text).toContain("<RptHdr><NbRcrds>19</NbRcrds></RptHdr>");
  expect(text.match(/<Rpt>/g)).toHaveLength(19);
});

test("writes every action type in its own element, those of one derivative in their order", async () => {
  const text = await expectedFile();
  const kinds = [...text.matchAll(/<Rpt><(\w+)>/g)].map(([, kind]) => kind);
  expect(new Set(kinds)).toEqual(new Set(["New", "Mod", "Crrctn", "Termntn", "Err", "Rvv", "ValtnUpd", "PosCmpnt"]));
  const ofOne = text.split("\n").filter((line) => line.includes("TRADE0000006</UnqTxIdr>"));
  expect(ofOne.map((line) => /<Rpt><(\w+)>/.exec(line)?.[1])).toEqual(["New", "Err", "Rvv"]);
});

test("finds each planted error by its rule alone, and files nothing", async () => {
  const end = await runExample(example, wrongDay);
  expect(end).toMatchObject({ code: "BlockingFindings", files: {} });
  expect(end.message).toContain("26 of 29 rows with findings of severity Correctable are above the limit of 10 %");
  const found = end.findings.map(({ rule, recordKey }) => [rule, Number(recordKey.uti?.slice(-3, -1))]);
  expect(found.sort()).toEqual(Object.entries(planted).sort());
});

test("has no rule without a planted error", () => {
  expect(rulesOf(example.manifests)).toEqual(Object.keys(planted).sort());
});

test("makes no file on a day without activity", async () => {
  expect(await runExample(example, emptyDay)).toMatchObject({ code: "Done", files: {}, rows: { fetched: 0 } });
});
