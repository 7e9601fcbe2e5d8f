/** Proves the bytes of JSON files: each case is a golden file in testdata. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { StepError } from "../../errors.ts";
import type { OutputColumn } from "../format.ts";
import { newJsonFormat } from "./renderer.ts";

const columns: readonly OutputColumn[] = [
  { header: "id", type: { kind: "int" } },
  { header: 'the "name"', type: { kind: "string" } },
  { header: "__proto__", type: { kind: "decimal", precision: 38, scale: 10 } },
  { header: "open", type: { kind: "bool" } },
  { header: "day", type: { kind: "date" } },
  { header: "at", type: { kind: "timestamp", digits: 6 } },
  { header: "tags", type: { kind: "list", element: { kind: "string" }, holes: true } },
  { header: "fees", type: { kind: "list", element: { kind: "decimal", precision: 38, scale: 2 }, holes: true } },
];
const rows = [
  [
    "9223372036854775807",
    'a "b" \\ /',
    "9999999999999999999999999999.9999999999",
    "true",
    "0001-01-01",
    null,
    "[]",
    "[]",
  ],
  [
    "-1",
    "\u0000\u0001\b\t\n\f\r\u001f\u007f\u0085",
    "-0.0000000001",
    "false",
    "9999-12-31",
    "2026-01-31T23:59:59.123456Z",
    '["\u2028 \\"x\\"","",null]',
    '["0.10",null,"99999999999999999999.99"]',
  ],
  ["0", "\u2028\u2029 Müller 株式会社 😀", "0.0000000000", null, null, "0001-01-01T00:00:00.000000Z", null, null],
  [null, "", null, null, null, null, null, null],
  [null, null, null, null, null, null, null, null],
];

const goldens = {
  array: { form: "Array", given: rows },
  lines: { form: "Lines", given: rows },
  "array-empty": { form: "Array", given: [] },
  "lines-empty": { form: "Lines", given: [] },
} as const;
test.each(Object.entries(goldens))("writes the bytes of %s.json", (name, { form, given }) => {
  const path = join(import.meta.dirname, "testdata", `${name}.json`);
  const format = newJsonFormat({ form }, columns);
  const file = format.newFile();
  const part = { number: 1, records: given.length, sequence: "" };
  const pieces = [given.slice(0, 2), given.slice(2)];
  const chunks = pieces.flatMap((piece, index) => format.sections[0]?.render(piece, index * 2) ?? []);
  const bytes = Buffer.concat([...file.begin(part), ...(file.sections[0]?.add(chunks) ?? []), ...file.end(part)]);
  if (process.env.OPENREG_WRITE_GOLDENS) writeFileSync(path, bytes);
  expect(bytes.toString("utf8")).toBe(readFileSync(path, "utf8"));
});

test("refuses two members of one name, which readers would merge in silence", () => {
  const twice = [...columns, { header: "id", type: { kind: "string" } }] as const;
  expect(() => newJsonFormat({ form: "Lines" }, twice)).toThrow(StepError);
  expect(() => newJsonFormat({ form: "Lines" }, twice)).toThrow('two columns with the name "id"');
});
