/** Proves what travels with records beside what is written. */
import type { Definition } from "@openreg/crds";
import { expect, test } from "vitest";
import { companionColumns, companionsOf } from "./output-companions.ts";

type Output = Definition["outputs"][number];
const record = { input: "trades", key: ["id", "holder"] };
const base = { name: "o", from: "trades", fileName: "o", whenEmpty: "Fail" } as const;
const split = { measured: "Uncompressed", by: ["country"], keepTogether: "RecordKey" } as const;

test("an output that is neither split nor checked has none", () => {
  expect(companionColumns(base, { record })).toEqual([]);
});

test("values of by stand before those of the key", () => {
  const output: Output = { ...base, split: { ...split, by: ["country"] } };
  expect(companionColumns(output, { record }).map(({ value }) => value)).toEqual([
    'row["country"]',
    'row["id"]',
    'row["holder"]',
  ]);
  const { by, key, shownKey } = companionsOf(output, { record }, (name) => name === "holder");
  const row = ["written", "DE", "7", "Anna"];
  expect([by?.(row), key?.(row), shownKey(row)]).toEqual(['["DE"]', '["7","Anna"]', "id=7, holder=(personal)"]);
  expect(key?.(["w", "DE", null, "Anna"])).not.toBe(key?.(["w", "DE", "null", "Anna"]));
});

test("a document that is checked knows its key, and nothing has to stay together", () => {
  const xml = { schema: { part: "xsd" }, namespaces: [], recordAt: "a/b", choices: [] };
  const { by, key, shownKey } = companionsOf({ ...base, xml }, { record }, () => false);
  expect([by, key, shownKey(["x", "7", "Anna"])]).toEqual([undefined, undefined, "id=7, holder=Anna"]);
});
