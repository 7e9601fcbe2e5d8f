/** Holds a Report that uses everything to its stored definition, and says what newDefinition does with rule and mapping sets. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "./canonical-json.ts";
import { parseDefinition } from "./definition.ts";
import { type DefinitionSources, newDefinition } from "./new-definition.ts";
import { referencesOf, textsOf } from "./report-references.ts";
import type { MappingSetSpec, ReportSpec } from "./types.ts";

const read = (name: string) => readFileSync(join(import.meta.dirname, `testdata/${name}.json`), "utf8").trim();
const raw = JSON.parse(read("sources-v1-wide"));
const mapOf = <T>(name: string) => new Map(Object.entries(raw[name])) as ReadonlyMap<string, T>;
const wide: DefinitionSources = {
  name: raw.name,
  spec: raw.spec,
  connectors: mapOf("connectors"),
  destinations: mapOf("destinations"),
  stores: mapOf("stores"),
  ruleSets: mapOf("ruleSets"),
  mappingSets: mapOf<MappingSetSpec>("mappingSets"),
  parts: mapOf("parts"),
};
const spec: ReportSpec = raw.spec;

describe("the definition of a Report that uses everything", () => {
  test("has the bytes that were stored, which never change", () => {
    const text = canonicalJson(newDefinition(wide));
    expect(JSON.parse(text)).toEqual(JSON.parse(read("definition-v1-wide")));
    expect(createHash("sha256").update(text).digest("hex")).toBe(
      "d00981384e842419704313e4de54aaa1bc094886f1496ebc728def26d2e97d26",
    );
  });

  test("loses nothing when it is read", () => {
    expect(canonicalJson(parseDefinition(read("definition-v1-wide")))).toBe(read("definition-v1-wide"));
  });

  test("names the texts that it needs, and their ConfigMaps only with its MappingSets", () => {
    expect(textsOf(spec, wide.mappingSets).map(({ name, key }) => `${name}/${key}`)).toEqual([
      "schemas/trades.xsd",
      "tables/currencies.csv",
    ]);
    const kinds = (specs?: ReadonlyMap<string, MappingSetSpec>) =>
      referencesOf(spec, specs).flatMap(({ kind, name }) => (kind === "ConfigMap" ? [name] : []));
    expect(kinds()).toEqual(["schemas"]);
    expect(kinds(wide.mappingSets)).toEqual(["schemas", "tables"]);
  });

  test.each([
    ["RuleSet 'shared'", { ruleSets: new Map() }],
    ["MappingSet 'capacities'", { mappingSets: new Map() }],
    ["the text 'schemas/trades.xsd'", { parts: new Map() }],
  ])("needs %s", (what, missing) => {
    expect(() => newDefinition({ ...wide, ...missing })).toThrow(`${what} is not among the resolved references`);
  });
});

describe("the rules of a set", () => {
  const { rules, ruleSets } = newDefinition(wide);

  test("come after the Report's own, with the Report's names in findings", () => {
    expect(rules.map(({ id, ruleSet }) => [id, ruleSet]).slice(-3)).toEqual([
      ["lei-valid", "shared"],
      ["amount-positive", "shared"],
      ["lei-once", "shared"],
    ]);
    expect(rules.at(-3)?.columns).toEqual(["exec_lei"]);
    expect(rules.at(-1)?.unique?.columns).toEqual(["exec_lei", "twice"]);
  });

  test("keep the names of the set in what they assert", () => {
    expect(rules.at(-3)?.assert).toBe("isLEI(row.lei)");
    expect(ruleSets?.[0]?.bind).toEqual([
      { column: "amount", to: "twice" },
      { column: "lei", to: "exec_lei" },
    ]);
  });
});

describe("a mapping set", () => {
  const resolve = (set: MappingSetSpec) =>
    newDefinition({ ...wide, mappingSets: new Map([...(wide.mappingSets ?? []), ["capacities", set]]) })
      .mappingSets?.[0];

  test("has its texts in the order of the names, and null for what is left out", () => {
    const entries = [{ keys: { b: "2", a: "1" }, values: { y: "" }, effectiveFrom: "2026-01-01" }];
    const types = { keys: { b: "String", a: "String" }, values: { y: "String", x: "String" } };
    expect(resolve({ ...types, entries })).toEqual({
      name: "capacities",
      keys: [
        { name: "a", type: "String" },
        { name: "b", type: "String" },
      ],
      values: [
        { name: "x", type: "String" },
        { name: "y", type: "String" },
      ],
      entries: [{ keys: ["1", "2"], values: [null, ""], from: "2026-01-01" }],
    });
  });

  test.each([
    ["keys", { keys: { kode: "P" }, values: {} }, "spec.entries[0].keys: unknown key 'kode'"],
    [
      "values",
      { keys: { code: "P" }, values: { constructor: "x" } },
      "spec.entries[0].values: unknown value 'constructor'",
    ],
  ])("names what its %s do not have", (_what, entry, says) => {
    const set = { keys: { code: "String" }, values: { esma: "String" }, entries: [entry] };
    expect(() => resolve(set as unknown as MappingSetSpec)).toThrow(`MappingSet 'capacities': ${says}`);
  });

  test("takes hostile names for names like any other", () => {
    const set = { keys: { constructor: "String" }, values: { toString: "String" } };
    const entries = [{ keys: {}, values: {} }];
    const resolved = resolve({ ...set, entries } as unknown as MappingSetSpec);
    expect(resolved?.entries).toEqual([{ keys: [null], values: [null] }]);
  });
});

test.each([
  ["200M", 200_000_000],
  ["64Ki", 65_536],
  ["2G", 2_000_000_000],
  ["17", 17],
])("a part of at most %s has at most %i bytes", (maxSize, bytes) => {
  const outputs = [{ name: "file", fileName: "f", split: { maxSize }, csv: {} }];
  expect(newDefinition({ ...wide, spec: { ...spec, outputs } }).outputs[0]?.split?.maxSizeBytes).toBe(bytes);
});
