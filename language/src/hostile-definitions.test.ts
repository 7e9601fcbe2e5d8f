/** Names that mean something to JavaScript are names like any other, in columns, tables, bindings and XML. */
import type { MappingSetSpec, RuleSetSpec } from "@openreg/crds/types";
import { expect, test } from "vitest";
import { checkDefinition } from "./check-definition.ts";
import { wideDefinition, wideParts, wideSources, wideSpec } from "./wide-report.fixture.ts";

const errorsOf = (...args: Parameters<typeof wideDefinition>) =>
  checkDefinition(wideDefinition(...args), wideParts)
    .filter(({ severity }) => severity === "Error")
    .map(({ path, message }) => `${path}: ${message}`);

const [trades, ...others] = wideSpec.inputs;
const hostile = ["constructor", "toString", "hasOwnProperty", "valueOf"];

/** A Report whose column, field, key, value, bound column and attribute have one hostile name each. */
function reportOf(name: string) {
  const inputs = [
    {
      ...(trades as (typeof wideSpec.inputs)[number]),
      columns: [...(trades?.columns ?? []), { name, type: "String" }],
    },
    ...others,
  ];
  const fields = [
    ...(wideSpec.fields ?? []),
    { name: `${name}Found`, lookup: { mappingSetRef: { name: "hostile" }, keys: { [name]: `row.${name}` } } },
  ];
  const xml = {
    recordAt: "A/B",
    choices: [{ elements: [{ at: name, value: `row.${name}Found.${name}Value`, attributes: { [name]: "row.mic" } }] }],
  };
  const validation = { ruleSetRefs: [{ name: "hostile", bind: { [name]: "mic" } }] };
  const mappingSet: MappingSetSpec = {
    keys: { [name]: "String" },
    values: { [`${name}Value`]: "String" },
    entries: [{ keys: { [name]: name }, values: { [`${name}Value`]: "x" } }],
  };
  const ruleSet: RuleSetSpec = {
    columns: [{ name, type: "String" }],
    rules: [{ id: name, severity: "Warning", assert: `row.${name} != "x"`, columns: [name] }],
  };
  const outputs = [{ name: "xml", fileName: "x.xml", xml }];
  const sources = {
    mappingSets: new Map([...(wideSources.mappingSets ?? []), ["hostile", mappingSet]]),
    ruleSets: new Map([["hostile", ruleSet]]),
  };
  return [{ inputs, fields, outputs, validation }, sources] as const;
}

test.each(hostile)("%s is a name like any other", (name) => {
  const [spec, sources] = reportOf(name);
  expect(errorsOf(spec, sources)).toEqual([]);
  const definition = wideDefinition(spec, sources);
  expect(definition.mappingSets?.at(-1)?.entries).toEqual([{ keys: [name], values: ["x"] }]);
  expect(definition.rules.at(-1)?.columns).toEqual(["mic"]);
});

test.each(hostile)("%s is nothing when nobody named it", (name) => {
  const change = { validation: { rules: [{ id: "R", severity: "Warning" as const, assert: `row.${name} == "x"` }] } };
  expect(errorsOf(change).join()).toContain(`unknown column '${name}'`);
  const split = {
    outputs: [{ name: "csv", fileName: "{part.number}", split: { by: [name] }, csv: {} }],
    validation: {},
  };
  expect(errorsOf(split).join()).toContain(`unknown column '${name}'`);
  const limits = [{ rule: name, above: { count: 1 }, becomes: "Blocking" as const }];
  expect(errorsOf({ validation: { limits } }).join()).toContain(`unknown rule '${name}'`);
});

test("a look-alike is another name", () => {
  const change = { validation: { rules: [{ id: "R", severity: "Warning" as const, assert: 'row.mіc == "x"' }] } }; // Cyrillic і
  expect(errorsOf(change)).not.toEqual([]);
});

test.each(['"', "'", "\u2028", "*/"])("the text %j in a message changes no program", (text) => {
  const rules = [{ id: "R", severity: "Warning" as const, assert: "true", message: `x${text}`, columns: ["mic"] }];
  expect(errorsOf({ validation: { rules } })).toEqual([]);
});
