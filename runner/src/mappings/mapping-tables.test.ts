/** Says which entries of a mapping set hold on a business date, inline and from a part. */
import { createHash } from "node:crypto";
import type { Definition } from "@openreg/crds";
import { newRunValues } from "@openreg/language";
import { expect, test } from "vitest";
import { partsInMemory } from "../parts.ts";
import { newMappingTables } from "./mapping-tables.ts";

type MappingSet = NonNullable<Definition["mappingSets"]>[number];

const codes: MappingSet = {
  name: "codes",
  keys: [{ name: "code", type: "Integer" }],
  values: [{ name: "text", type: "String" }],
};

async function tableOf(set: MappingSet, text = "", businessDate = "2026-04-01") {
  const sha256 = createHash("sha256").update(text).digest("hex");
  const definition = { mappingSets: [set], parts: [{ name: "tables/codes.csv", sha256 }] } as unknown as Definition;
  const run = { report: "r", series: "r", mode: "Test", businessDate, timeZone: "UTC" };
  const values = newRunValues({ ...run, createdAt: "2026-04-01T00:00:00Z", parameters: {} });
  const tables = await newMappingTables({ definition, values, parts: partsInMemory([text]) });
  return (key: string): string | null | undefined => tables.get("codes")?.find([key])?.[0];
}

const csv = 'code,text,effectiveUntil,effectiveFrom\n007,old,2026-04-01,\n7,"new, with a comma",,2026-04-01\n8,,,\n';

test("a part is read by the names of its columns, keys as their types write them, empty as null", async () => {
  const find = await tableOf({ ...codes, part: "tables/codes.csv" }, csv);
  expect([find("7"), find("8"), find("007"), find("9")]).toEqual(["new, with a comma", null, undefined, undefined]);
});

test.each([
  ["2026-03-31", "old"],
  ["2026-04-01", "new, with a comma"],
])("on %s it is %s", async (day, expected) => {
  expect((await tableOf({ ...codes, part: "tables/codes.csv" }, csv, day))("7")).toBe(expected);
});

test.each<[string, Partial<MappingSet>, string, RegExp]>([
  [
    "two entries of one day",
    {
      entries: [
        { keys: ["7"], values: ["a"] },
        { keys: ["07"], values: ["b"] },
      ],
    },
    "",
    /entries 1 and 2 both hold for 07 on 2026-04-01/,
  ],
  ["a key of another type", { entries: [{ keys: ["x"], values: ["a"] }] }, "", /entry 1, code: "x" is not a Integer/],
  [
    "a part without a column",
    { part: "tables/codes.csv" },
    "code\n7\n",
    /line 1 of tables\/codes.csv: there is no column 'text'/,
  ],
  ["a part that is not there", { part: "tables/other.csv" }, "", /no part tables\/other.csv/],
])("refuses %s", async (_sentence, parts, text, expected) => {
  await expect(tableOf({ ...codes, ...parts }, text)).rejects.toThrow(expected);
});
