/** Says that what is computed from a personal column is personal too. */
import type { Definition } from "@openreg/crds";
import { checkRow } from "@openreg/language";
import { expect, test } from "vitest";
import { personalOf } from "./personal-names.ts";

const columns = [
  { name: "buyer", type: "String", required: true, personal: true },
  { name: "qty", type: "String", required: true, personal: false },
];
const lookup = (input: string, value: string) => ({ input, keys: [{ name: "id", value }], onMissing: "SetNull" });
const fields = [
  { name: "initial", value: "row.buyer.substring(0, 1)" },
  { name: "twice", value: 'row["initial"] + row["\\x69nitial"]' },
  { name: "double", value: "row.qty + 'buyer'" },
  { name: "client", lookup: lookup("clients", "row.qty") },
  { name: "known", value: "row.client.name" },
  { name: "venue", lookup: lookup("venues", "row.qty") },
  { name: "country", value: "row.venue.name" },
  { name: "home", lookup: lookup("venues", "row.twice") },
  { name: "abroad", value: "[row.home.name].exists(name, name == 'x')" },
  { name: "far", value: "row['known'] == null ? 1 : 2" },
];
const definition = {
  inputs: [
    { name: "clients", columns: [{ name: "name", personal: true }] },
    { name: "venues", columns: [{ name: "name", personal: false }] },
  ],
  fields,
} as unknown as Definition;

function personalHere() {
  const lookups = fields.flatMap(({ name, lookup: one }, at) => {
    const afterFields = fields.slice(0, at).filter((field) => !field.lookup).length;
    return one ? [{ name, keys: one.keys, values: [{ name: "name", type: "String" }], afterFields }] : [];
  });
  const valueFields = fields.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }]));
  const checked = checkRow({ columns, fields: valueFields, lookups, rules: [], outputs: [] });
  expect(checked.diagnostics).toEqual([]);
  return personalOf({ definition, columns, checked, lookups });
}

test("fields and lookups that read a personal column are masked however it is written, others are not", () => {
  const masked = ["buyer", "initial", "twice", "client", "known", "home", "abroad", "far"];
  expect([...personalHere().names]).toEqual(masked);
});

test("a key of a lookup is masked when it reads a personal value", () => {
  expect(personalHere().keys).toEqual([[false], [false], [true]]);
});

test("rows of another input have no fields", () => {
  const none = { columns, checked: { fields: [], lookups: [] }, lookups: [] };
  expect([...personalOf({ definition, ...none }).names]).toEqual(["buyer"]);
});
