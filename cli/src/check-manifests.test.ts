import { describe, expect, test } from "vitest";
import { badDefinitions } from "../../language/src/bad-definitions.fixture.ts";
import { wideSpec } from "../../language/src/wide-report.fixture.ts";
import { checkManifests } from "./check-manifests.ts";
import { formatRemark, type Remark } from "./remark.ts";
import { object, readBack, readText, wideManifests } from "./wide-files.fixture.ts";

const check = (manifests: readonly unknown[]) => checkManifests(readBack(manifests));
const said = ({ path, message, hint, text }: Remark): string =>
  `${path} ${text?.line ?? 1}:${text?.column ?? 1} ${message} (${hint ?? ""})`;

/** The API server refuses these before the operator sees them. */
const refusedEarlier: ReadonlyMap<string, string> = new Map([
  [
    "two sheets of one name",
    "spec.outputs[3].xlsx.sheets 1:1 each sheet needs a name of its own; capitals do not make a difference ()",
  ],
  ["two members of one name", "spec.outputs[2].json.columns[1].name 1:1 'id' occurs twice ()"],
]);

describe("files", () => {
  test("of a Report that uses nearly everything bring no remark", () => {
    expect(check(wideManifests())).toEqual([]);
  });

  test.each(Object.entries(badDefinitions))("with %s are refused in the operator's words", (sentence, bad) => {
    const remarks = check(wideManifests(bad)).filter(({ severity }) => severity === "Error");
    expect(remarks.map(said)).toContain(refusedEarlier.get(sentence) ?? `${bad.path} ${bad.says}`);
    expect(remarks.every(({ object }) => object === "Report 'wide'")).toBe(true);
  });

  test("name the line of the field", () => {
    const read = readBack(wideManifests(badDefinitions["an unknown column in a rule"]));
    const [remark] = checkManifests(read);
    const line = read.placed[0]?.file.text.split("\n")[(remark?.line ?? 0) - 1] ?? "";
    expect(line.slice((remark?.column ?? 0) - 1)).toBe("quantiy > 0.0");
    expect(remark && formatRemark(remark).split("\n").slice(1)).toEqual([
      "spec.validation.rules[4].assert 1:5: rule 'R': unknown column 'quantiy' (known are tx_ref, status, exec_lei, mic, qty, ccy, waivers, twice, venue, capacity, currency)",
      "  row.quantiy > 0.0",
      "      ^",
    ]);
  });

  test("with a RuleSet that is wrong name its line", () => {
    const columns = [{ name: "a", type: "String", required: true }];
    const rules = [{ id: "R", severity: "Warning", assert: "row.b == 1" }];
    expect(check([object("RuleSet", "s", { columns, rules })]).map(said)).toEqual([
      "spec.rules[0].assert 1:5 rule 'R': unknown column 'b' (did you mean 'a'?)",
    ]);
  });
});

describe("references", () => {
  const without = (kind: string) => check(wideManifests().filter((one) => one.kind !== kind));

  test.each([
    ["RuleSet", "spec.validation.ruleSetRefs[0]"],
    ["MappingSet", "spec.fields[1].lookup.mappingSetRef"],
  ])("to a %s that is not there are errors", (kind, path) => {
    expect(without(kind)).toContainEqual(
      expect.objectContaining({ severity: "Error", code: "UnknownReference", path }),
    );
  });

  test.each(["Connector", "Destination"])("to a %s that is not there are warnings: the Report is checked", (kind) => {
    expect(without(kind).map(({ severity, code }) => `${severity} ${code}`)).toEqual(["Warning UnknownReference"]);
  });

  test("to ConfigMaps that are not there are warnings, and the rest of the Report is checked", () => {
    const change = { timeZone: "Europe/Berlni" };
    const remarks = check(wideManifests({ change }).filter(({ kind }) => kind !== "ConfigMap"));
    expect(remarks.map(({ severity, path }) => `${severity} ${path}`).sort()).toEqual([
      "Error spec.timeZone",
      "Warning spec.fields[2].lookup.mappingSetRef",
      "Warning spec.outputs[4].xml.schema.configMapKeyRef",
    ]);
  });

  test("to a text that its ConfigMap does not have are errors", () => {
    const remarks = check(wideManifests().map((one) => (one.kind === "ConfigMap" ? { ...one, data: {} } : one)));
    expect(remarks.map(({ severity, message }) => `${severity}: ${message}`).sort()).toEqual([
      "Error: ConfigMap 'schemas' has no text under the key 'trades.xsd': add it, or correct the key",
      "Error: ConfigMap 'tables' has no text under the key 'currencies.csv': add it, or correct the key",
    ]);
  });

  test("to an object that is wrong bring no second remark", () => {
    const manifests = wideManifests().map((one) => (one.kind === "RuleSet" ? { ...one, spec: { rules: [] } } : one));
    expect(new Set(check(manifests).map((one) => one.object))).toEqual(new Set(["RuleSet 'shared'"]));
  });
});

test("a MappingSet that no Report looks up is a warning: nobody has checked it", () => {
  const entry = { keys: { a: "x" }, values: { b: "y" } };
  const unused = object("MappingSet", "spare", { keys: { a: "String" }, values: { b: "Integer" }, entries: [entry] });
  const [remark, ...others] = check([...wideManifests(), unused]);
  expect(others).toEqual([]);
  expect(remark).toMatchObject({ object: "MappingSet 'spare'", severity: "Warning", code: "Unused" });
  const users = [{ name: "x", lookup: { mappingSetRef: { name: "spare" }, keys: {} } }, null, { lookup: null }];
  expect(check([unused, object("Report", "wrong", { fields: users })]).map(({ code }) => code)).not.toContain("Unused");
});

test("a definition that no ReportVersion can hold is refused in the operator's words", () => {
  const columns = Array.from({ length: 480 }, (_, index) => ({ name: `c${index}`, type: "String" }));
  const outputs = Array.from({ length: 16 }, (_, index) => ({
    ...{ name: `o${index}`, fileName: `f${index}` },
    csv: { columns: columns.map(({ name }) => ({ header: name, value: `${" ".repeat(120)}row.${name}` })) },
  }));
  const input = { name: "trades", sql: { connectorRef: { name: "db" }, query: "SELECT 1" }, columns };
  const long = object("Report", "long", { inputs: [input], record: { key: ["c0"] }, outputs });
  const remarks = check([...wideManifests(), long]).filter(({ code }) => code !== "TooLarge");
  expect(remarks).toMatchObject([{ object: "Report 'long'", path: "spec", severity: "Error" }]);
  expect(remarks[0]?.message).toMatch(
    /^the definition is too long to be kept \(\d+ characters\): keep large tables in ConfigMaps, or make two Reports of it$/,
  );
});

const report = (change: object) => object("Report", "wide", { ...wideSpec, ...change });
const others = wideManifests().filter(({ kind }) => kind !== "Report");
const [firstInput, ...otherInputs] = wideSpec.inputs;
const [firstRule] = wideSpec.validation?.rules ?? [];

describe("the schema", () => {
  test.each([
    ["a field that is not available yet", { steps: [{}] }, "spec.steps", "steps is not available yet"],
    [
      "no format",
      { outputs: [{ name: "o", fileName: "f" }] },
      "spec.outputs[0]",
      "exactly one of csv, fixedWidth, json, xlsx",
    ],
    [
      "two formats",
      { outputs: [{ name: "o", fileName: "f", csv: {}, json: {} }] },
      "spec.outputs[0]",
      "exactly one of",
    ],
    ["a field that nobody knows", { fileds: [] }, "spec.fileds", 'unknown field "spec.fileds"'],
    ["a field named constructor", { constructor: {} }, "spec.constructor", 'unknown field "spec.constructor"'],
    ["a field of another type", { suspend: "yes" }, "spec.suspend", "expected boolean"],
    ["a list that is missing", { outputs: undefined }, "spec.outputs", "is required and missing"],
    [
      "two inputs of one name",
      { inputs: [firstInput, ...otherInputs, firstInput] },
      "spec.inputs[3].name",
      "occurs twice",
    ],
    [
      "a rule that is two rules",
      { validation: { rules: [{ ...firstRule, assert: "true", unique: { columns: ["tx_ref"] } }] } },
      "spec.validation.rules[0]",
      "exactly one of assert, unique, totals, violations, compare must be set",
    ],
    [
      "a name that cannot be bound",
      { validation: { ruleSetRefs: [{ name: "shared", bind: { "0": "x" } }] } },
      "spec.validation.ruleSetRefs[0].bind",
      "keys have 1 to 63 characters and match",
    ],
  ])("refuses %s", (_sentence, change, path, message) => {
    const remarks = check([...others, report(change)]);
    expect(remarks).toContainEqual(expect.objectContaining({ path, message: expect.stringContaining(message) }));
    expect(remarks.filter(({ code }) => code === "UnknownReference")).toEqual([]);
  });

  test.each([
    ["a name with a dot", { ...report({}), metadata: { name: "a.b" } }, "metadata.name", "has no dots"],
    ["no name", { ...report({}), metadata: {} }, "metadata.name", "is required and missing"],
    ["no spec", { ...report({}), spec: undefined }, "spec", "is required and missing"],
    ["a kind that does not exist", { ...report({}), kind: "Repotr" }, "kind", "there is no kind 'Repotr'"],
    [
      "a large object",
      { ...report({}), metadata: { name: "r", annotations: { a: "x".repeat(262_144) } } },
      "metadata.name",
      "bytes as JSON",
    ],
  ])("refuses %s", (_sentence, manifest, path, message) => {
    const remarks = check([...others, manifest]);
    expect(remarks.map((one) => `${one.path}: ${one.message}`).join("\n")).toContain(message);
    expect(remarks.some((one) => one.path.startsWith(path))).toBe(true);
  });

  test("leaves objects of others alone", () => {
    expect(checkManifests(readText("apiVersion: v1\nkind: Report\nmetadata: {}\nspec: 1\n"))).toEqual([]);
  });
});
