/** Proves what the verdicts of a program mean for a row: finding, exception, record, or the end of the run. */
import type { Definition } from "@openreg/crds";
import { newRunValues } from "@openreg/language";
import { expect, test } from "vitest";
import { pieceOf, type Row } from "../connectors/connector.ts";
import type { PieceResult } from "./lane.ts";
import { checkLane, textColumns } from "./lane-facts.ts";
import { newRowLane } from "./row-lane.ts";

const csv = {
  columnNames: true,
  delimiter: ",",
  quote: "Minimal",
  newline: "LF",
  bom: false,
  formulas: "Refuse",
} as const;
const columns = [
  { name: "id", type: "Integer", required: true, personal: false },
  { name: "price", type: "Decimal(10,2)", required: false, personal: false },
  { name: "iban", type: "String", required: false, personal: true },
];
const values = newRunValues({
  report: "r",
  series: "r",
  mode: "Test",
  businessDate: "2026-04-01",
  timeZone: "UTC",
  createdAt: "2026-04-01T00:00:00Z",
  parameters: {},
});

function laneOf(parts: Partial<Definition>) {
  const definition = {
    record: { input: "trades", key: ["id"] },
    fields: [],
    rules: [],
    parameters: [],
    inputs: [],
    outputs: [{ name: "file", from: "trades", fileName: "f.csv", whenEmpty: "Fail", csv }],
    ...parts,
  } as unknown as Definition;
  const tables = { mappingSets: new Map(), inputs: new Map() };
  const source = { definition, input: "trades", columns, values, tables };
  const checks = checkLane(source);
  const lane = newRowLane({ source, checks, outputs: [checks.facts.sections.map((one) => one.columns)] });
  return {
    ...lane,
    run: (given: readonly Row[], firstRow: number) => lane.run({ piece: pieceOf(given), firstRow, writes: true }),
  };
}

const rule = (severity: string, assert: string, shown: string[] = []) => ({
  id: severity.toLowerCase(),
  severity,
  assert,
  columns: shown,
  message: "must hold",
});
const textOf = ({ sections }: PieceResult) =>
  sections[0]?.chunks.map(({ bytes }) => Buffer.from(bytes).toString()).join("");
const rows: Row[] = [
  ["1", "10.00", "DE1"],
  ["2", "-1.00", "DE2"],
  ["3", null, "DE3"],
];

test("names the columns and gives records exactly", async () => {
  const lane = laneOf({});
  expect(lane.sections.map((one) => one.columns.map(({ header }) => header))).toEqual([["id", "price", "iban"]]);
  const result = await lane.run(rows, 1);
  expect(textOf(result)).toBe("1,10.00,DE1\n2,-1.00,DE2\n3,,DE3\n");
  expect(result).toMatchObject({ left: 3, sections: [{ records: 3 }] });
});

test("counts rows across pieces, masks personal values, says why a rule is undecided", async () => {
  const result = await laneOf({
    rules: [rule("Warning", "row.price > 0.0", ["price", "iban"])] as Definition["rules"],
  }).run(rows, 257);
  expect(result.findings).toEqual([
    {
      rule: "warning",
      severity: "Warning",
      row: 258,
      recordKey: { id: "2" },
      columns: { price: "-1.00", iban: "(personal)" },
      message: "must hold",
    },
    {
      rule: "warning",
      severity: "Warning",
      row: 259,
      recordKey: { id: "3" },
      columns: { price: null, iban: "(personal)" },
      message: "must hold",
      undecided: expect.stringContaining("price is null"),
    },
  ]);
  expect(result.left).toBe(3);
});

test("masks what is computed from a personal value, also in two steps", async () => {
  const fields = [
    { name: "country", value: "row.iban.substring(0, 2)" },
    { name: "zone", value: "'zone ' + row.country" },
  ];
  const rules = [rule("Warning", "row.id > 1", ["id", "country", "zone"])] as Definition["rules"];
  const { findings } = await laneOf({ fields, rules }).run(rows, 1);
  expect(findings[0]?.columns).toEqual({ id: "1", country: "(personal)", zone: "(personal)" });
});

test.each(['row["iban"]', 'true ? row [ "iban" ] : ""', "row['iban'].substring(0, 1)"])(
  "masks what is computed by %s",
  async (value) => {
    const rules = [rule("Warning", "row.id > 1", ["id", "copy"])] as Definition["rules"];
    const { findings } = await laneOf({ fields: [{ name: "copy", value }], rules }).run(rows, 1);
    expect(findings[0]?.columns).toEqual({ id: "1", copy: "(personal)" });
  },
);

test("writes no record of a row with a Correctable finding", async () => {
  const result = await laneOf({
    rules: [rule("Correctable", "row.price == null || row.price > 0.0")] as Definition["rules"],
  }).run(rows, 1);
  expect(result.findings).toMatchObject([{ rule: "correctable", row: 2 }]);
  expect(textOf(result)).toBe("1,10.00,DE1\n3,,DE3\n");
  expect(result.left).toBe(2);
});

test("reports a value that cannot be computed", async () => {
  const computed = { ...csv, columns: [{ header: "DOUBLE", value: "row.price * 2" }] };
  const outputs = [
    { name: "file", from: "trades", fileName: "f.csv", whenEmpty: "Fail", csv: computed },
  ] as Definition["outputs"];
  const result = await laneOf({ outputs }).run(rows, 1);
  const message = expect.stringContaining("column DOUBLE, source row 3");
  expect(result.refused).toMatchObject([{ row: 3, error: { code: "OutputValueInvalid", message } }]);
});

const bad: Record<string, { row: Row; message: string }> = {
  "a value that does not fit": { row: ["x", null, null], message: 'row 1, column id: "x" is not a required Integer' },
  "null where a value is required": {
    row: [null, null, null],
    message: "row 1, column id: null is not a required Integer",
  },
  "more fraction digits than declared": { row: ["1", "1.001", null], message: 'column price: "1.001"' },
};
test.each(Object.entries(bad))("ends the run for %s", async (_sentence, { row, message }) => {
  await expect(laneOf({}).run([row], 1)).rejects.toMatchObject({
    code: "SourceValueInvalid",
    message: expect.stringContaining(message),
  });
});

test("takes every undeclared column for text", () => {
  expect(textColumns(["a"])).toEqual([{ name: "a", type: "String", required: false, personal: false }]);
});

test("says what does not compile", () => {
  expect(() => laneOf({ fields: [{ name: "f", value: "row.nothing" }] })).toThrow(
    expect.objectContaining({ code: "PlanInvalid", message: expect.stringContaining("nothing") }),
  );
});
