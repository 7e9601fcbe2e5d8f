/** Says that what is computed from a personal column is personal too. */
import type { Definition } from "@openreg/crds";
import { expect, test } from "vitest";
import { personalNames } from "./personal-names.ts";

test("fields and lookups that mention a personal column are masked, others are not", () => {
  const columns = [
    { name: "buyer", personal: true },
    { name: "qty", personal: false },
  ];
  const definition = {
    record: { input: "trades", key: [] },
    inputs: [
      { name: "clients", columns: [{ name: "name", personal: true }] },
      { name: "venues", columns: [] },
    ],
    fields: [
      { name: "initial", value: "row.buyer.substring(0, 1)" },
      { name: "twice", value: "row.initial + row.initial" },
      { name: "double", value: "row.qty * 2" },
      { name: "client", lookup: { input: "clients", keys: [{ name: "id", value: "row.qty" }] } },
      { name: "known", value: "row.client.name" },
      { name: "venue", lookup: { input: "venues", keys: [{ name: "mic", value: "row.qty" }] } },
    ],
  } as unknown as Definition;
  expect([...personalNames(definition, "trades", columns)]).toEqual(["buyer", "initial", "twice", "client", "known"]);
  expect([...personalNames(definition, "control", columns)]).toEqual(["buyer"]);
});
