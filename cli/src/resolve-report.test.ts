import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Manifest } from "./manifests.ts";
import { resolveDefinition, resolveReport } from "./resolve-report.ts";

const apiVersion = "openreg.dev/v1alpha1";
const object = (kind: string, name: string, spec: object): Manifest => ({ apiVersion, kind, metadata: { name }, spec });

const table = "mic,country\nXETR,DE\n";
const connector = object("Connector", "db", {
  postgresql: { host: "db", database: "trades" },
  credentialsSecretRef: { name: "db" },
});
const report = object("Report", "trades", {
  record: { key: ["id"] },
  inputs: [
    {
      name: "trades",
      sql: { connectorRef: { name: "db" }, query: "SELECT 1" },
      columns: [
        { name: "id", type: "String", required: true },
        { name: "mic", type: "String" },
      ],
    },
  ],
  fields: [{ name: "venue", lookup: { mappingSetRef: { name: "venues" }, keys: { mic: "row.mic" } } }],
  validation: { ruleSetRefs: [{ name: "shared", bind: { code: "id" } }] },
  outputs: [{ name: "file", fileName: "t.csv", csv: { columns: [{ header: "C", value: "row.venue.country" }] } }],
});
const ruleSet = object("RuleSet", "shared", {
  columns: [{ name: "code", type: "String" }],
  rules: [{ id: "code-there", severity: "Warning", assert: "row.code != ''" }],
});
const mappingSet = object("MappingSet", "venues", {
  keys: { mic: "String" },
  values: { country: "String" },
  configMapKeyRef: { name: "tables", key: "venues.csv" },
});
const configMap = (text: string): Manifest => ({
  kind: "ConfigMap",
  metadata: { name: "tables" },
  data: { "venues.csv": text },
});
const all = [connector, report, ruleSet, mappingSet, configMap(table)];
const without = (kind: string) => all.filter((one) => one.kind !== kind);

describe("a Report of files", () => {
  test("is resolved with its rule sets, mapping sets and the texts of ConfigMaps", () => {
    const { definition, parts } = resolveReport(all, undefined);
    expect(definition.rules).toMatchObject([{ id: "code-there", ruleSet: "shared" }]);
    expect(definition.mappingSets).toMatchObject([{ name: "venues", part: "tables/venues.csv" }]);
    const sha256 = createHash("sha256").update(table).digest("hex");
    expect(definition.parts).toEqual([{ name: "tables/venues.csv", sha256 }]);
    expect([...parts]).toEqual([["tables/venues.csv", table]]);
  });

  test.each([
    ["RuleSet", "spec.validation.ruleSetRefs[0]: there is no RuleSet 'shared' among the files"],
    ["MappingSet", "spec.fields[0].lookup.mappingSetRef: there is no MappingSet 'venues' among the files"],
    ["ConfigMap", "spec.fields[0].lookup.mappingSetRef: there is no ConfigMap 'tables' among the files"],
  ])("says that its %s is missing", (kind, says) => {
    expect(() => resolveDefinition(without(kind), "trades")).toThrow(says);
  });

  test("says that a ConfigMap has no such key", () => {
    const other: Manifest = { kind: "ConfigMap", metadata: { name: "tables" }, data: { constructor: table } };
    expect(() => resolveDefinition([...without("ConfigMap"), other], "trades")).toThrow(
      "ConfigMap 'tables' has no text under the key 'venues.csv': add it, or correct the key",
    );
  });

  test("says what is wrong in a table", () => {
    expect(() => resolveDefinition([...without("ConfigMap"), configMap("mic\nXETR\n")], "trades")).toThrow(
      "MappingSet 'venues', line 1 of tables/venues.csv: there is no column 'country'",
    );
  });
});
