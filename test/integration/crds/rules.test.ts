/** Proves each CEL rule that looks at one object on a real API server: the complete object is accepted, one that breaks the rule is refused. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, pathOf, refusalsOf, startApi } from "./api.ts";
import { changed, type Path, textOf } from "./object-paths.ts";
import { completeObject } from "./objects.ts";
import { type PlacedRule, placedRules } from "./rules.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.stop());

type Change = readonly [path: Path, value: unknown];

async function created(kind: string, changes: readonly Change[]): Promise<string> {
  const { status: _status, ...object } = completeObject(kind);
  const body = changes.reduce((from, [path, value]) => changed(from, path, value), object);
  const path = `${pathOf(kind)}?dryRun=All&fieldValidation=Strict`;
  return refusalsOf(await api.send({ method: "POST", path, body }));
}

const finding = { id: "a", severity: "Warning" };
const totals = (value: object): Change => [
  ["spec", "validation", "rules", 0],
  { id: "a", severity: "Warning", totals: value },
];
const lookup = (value: object): Change => [["spec", "fields", 0], { name: "a", lookup: value }];
const limit = (value: object): Change => [["spec", "validation", "limits", 0], { ...value, becomes: "Blocking" }];
const element = (value: object, more: object = {}): readonly Change[] => [
  [["spec", "outputs", 0, "csv"], undefined],
  [["spec", "outputs", 0, "xml"], { recordAt: "A/B", choices: [{ elements: [value] }], ...more }],
];

const sheets = (...names: readonly string[]): readonly Change[] => [
  [["spec", "outputs", 0, "csv"], undefined],
  [["spec", "outputs", 0, "xlsx"], { sheets: names.map((name) => ({ name })) }],
];

/** Objects that break one rule each, by the message of the rule. */
const breaking: Readonly<Record<string, readonly (readonly [what: string, kind: string, ...changes: Change[]])[]>> = {
  "the name of a Connector has at most 63 characters, so that others can refer to it": [
    ["a name of 64 characters", "Connector", [["metadata", "name"], "a".repeat(64)]],
  ],
  "the name of a Connector has no dots": [["a name with a dot", "Connector", [["metadata", "name"], "a.b"]]],
  "the name of a Destination has at most 63 characters, so that others can refer to it": [
    ["a name of 64 characters", "Destination", [["metadata", "name"], "a".repeat(64)]],
  ],
  "the name of a Destination has no dots": [["a name with a dot", "Destination", [["metadata", "name"], "a.b"]]],
  "the name of an ArtifactStore has at most 63 characters, so that others can refer to it": [
    ["a name of 64 characters", "ArtifactStore", [["metadata", "name"], "a".repeat(64)]],
  ],
  "the name of an ArtifactStore has no dots": [["a name with a dot", "ArtifactStore", [["metadata", "name"], "a.b"]]],
  "the name of a RuleSet has at most 63 characters, so that others can refer to it": [
    ["a name of 64 characters", "RuleSet", [["metadata", "name"], "a".repeat(64)]],
  ],
  "the name of a RuleSet has no dots": [["a name with a dot", "RuleSet", [["metadata", "name"], "a.b"]]],
  "the name of a MappingSet has at most 63 characters, so that others can refer to it": [
    ["a name of 64 characters", "MappingSet", [["metadata", "name"], "a".repeat(64)]],
  ],
  "the name of a MappingSet has no dots": [["a name with a dot", "MappingSet", [["metadata", "name"], "a.b"]]],
  "the name of a Report has at most 52 characters, so that its versions can be named after it": [
    ["a name of 53 characters", "Report", [["metadata", "name"], "a".repeat(53)]],
  ],
  "the name of a Report has no dots": [["a name with a dot", "Report", [["metadata", "name"], "a.b"]]],
  "the name of a ReportVersion has at most 63 characters, so that runs can refer to it": [
    ["a name of 64 characters", "ReportVersion", [["metadata", "name"], "a".repeat(64)]],
  ],
  "the name of a ReportVersion has no dots": [["a name with a dot", "ReportVersion", [["metadata", "name"], "a.b"]]],
  "the name of a ReportRun has at most 48 characters, so that its Pods can be told apart": [
    ["a name of 49 characters", "ReportRun", [["metadata", "name"], "a".repeat(49)]],
  ],
  "the name of a ReportRun has no dots": [["a name with a dot", "ReportRun", [["metadata", "name"], "a.b"]]],
  "exactly one of persistentVolumeClaimRef, s3 must be set": [
    ["no place", "ArtifactStore", [["spec", "persistentVolumeClaimRef"], undefined]],
    ["two places", "ArtifactStore", [["spec", "s3"], {}]],
  ],
  "exactly one of postgresql, mysql, sqlserver, oracle, odbc, s3, volume must be set": [
    ["no source", "Connector", [["spec", "postgresql"], undefined]],
    ["two sources", "Connector", [["spec", "volume"], {}]],
  ],
  "exactly one of sftp, ftp, s3, smtp, https, volume must be set": [
    ["no receiver", "Destination", [["spec", "sftp"], undefined]],
    ["two receivers", "Destination", [["spec", "smtp"], {}]],
  ],
  "exactly one of sql, files, run, ledger must be set": [
    ["an input without a source", "Report", [["spec", "inputs", 0, "sql"], undefined]],
    ["an input with two sources", "Report", [["spec", "inputs", 0, "ledger"], {}]],
  ],
  "exactly one of value, lookup must be set": [
    ["a field that computes nothing", "Report", [["spec", "fields", 0, "value"], undefined]],
    ["a field that computes twice", "Report", [["spec", "fields", 0, "lookup"], { input: "b", keys: {} }]],
    ["a second field that computes nothing", "Report", [["spec", "fields", 1], { name: "second" }]],
  ],
  "exactly one of assert, unique, totals, violations, compare must be set": [
    ["a rule that asks nothing", "Report", [["spec", "validation", "rules", 0, "assert"], undefined]],
    ["a rule that asks twice", "Report", [["spec", "validation", "rules", 0, "compare"], {}]],
  ],
  "totals is about all rows together, so it takes none out: use Warning or Blocking": [
    [
      "totals of severity Correctable",
      "Report",
      [
        ["spec", "validation", "rules", 0],
        { id: "a", severity: "Correctable", totals: { left: { count: true }, value: "1" } },
      ],
    ],
  ],
  "exactly one of sum, count must be set": [
    ["a total of nothing", "Report", totals({ left: { from: "trades" }, value: "1" })],
    ["a total of two things", "Report", totals({ left: { sum: "1", count: true }, value: "1" })],
    ["a count that is off", "Report", totals({ left: { count: false }, value: "1" })],
  ],
  "exactly one of right, value must be set": [
    ["a total without another", "Report", totals({ left: { count: true } })],
    ["a total with two others", "Report", totals({ left: { count: true }, right: { count: true }, value: "1" })],
  ],
  "exactly one of assert, unique must be set": [
    ["a rule that asks nothing", "RuleSet", [["spec", "rules", 0, "assert"], undefined]],
    ["a rule that asks twice", "RuleSet", [["spec", "rules", 0, "unique"], { columns: ["code"] }]],
  ],
  "exactly one of mappingSetRef, input must be set": [
    ["a lookup in nothing", "Report", lookup({ keys: { a: "1" } })],
    ["a lookup in two tables", "Report", lookup({ mappingSetRef: { name: "a" }, input: "b", keys: { a: "1" } })],
  ],
  "finding goes with onMissing Finding, and only with it": [
    ["onMissing Finding without one", "Report", lookup({ input: "b", keys: { a: "1" }, onMissing: "Finding" })],
    ["a finding without onMissing", "Report", lookup({ input: "b", keys: { a: "1" }, finding })],
    ["a finding with Fail", "Report", lookup({ input: "b", keys: { a: "1" }, onMissing: "Fail", finding })],
  ],
  "exactly one of severity, rule must be set": [
    ["a limit on nothing", "Report", limit({ above: { count: 1 } })],
    ["a limit on two things", "Report", limit({ severity: "Warning", rule: "a", above: { count: 1 } })],
  ],
  "exactly one of count, percent must be set": [
    ["a limit without a number", "Report", limit({ rule: "a", above: {} })],
    ["a limit with two numbers", "Report", limit({ rule: "a", above: { count: 1, percent: "1" } })],
  ],
  "exactly one of value, each must be set": [
    ["an element without a value", "Report", ...element({ at: "A" })],
    ["an element with two values", "Report", ...element({ at: "A", value: "1", each: "row.a" })],
  ],
  "exactly one of gzip, zip, openPgp must be set": [
    ["a package of nothing", "Report", [["spec", "deliverTo", 0, "package", 0], {}]],
    ["a package of two things", "Report", [["spec", "deliverTo", 0, "package", 0], { gzip: {}, zip: {} }]],
  ],
  "exactly one of entries, configMapKeyRef must be set": [
    ["no table", "MappingSet", [["spec", "entries"], undefined]],
    ["two tables", "MappingSet", [["spec", "configMapKeyRef"], { name: "a", key: "b" }]],
  ],
  "keys have 1 to 63 characters and match ^[A-Za-z][A-Za-z0-9_]*$": [
    ["a key of a lookup with a dash", "Report", lookup({ input: "b", keys: { "a-b": "1" } })],
    ["a bound column with a dash", "Report", [["spec", "validation", "ruleSetRefs", 0, "bind"], { "a-b": "id" }]],
    ["a key named __proto__", "MappingSet", [["spec", "keys"], JSON.parse('{"__proto__": "String"}')]],
    ["an entry with an empty name", "MappingSet", [["spec", "entries", 0, "values"], { "": "x" }]],
  ],
  "keys have 1 to 32 characters and match ^[A-Za-z_][-A-Za-z0-9_.]*$": [
    ["a prefix with a colon", "Report", ...element({ at: "A", value: "1" }, { namespaces: { "a:b": "urn:a" } })],
  ],
  "keys have 1 to 128 characters": [
    ["an attribute without a name", "Report", ...element({ at: "A", value: "1", attributes: { "": "1" } })],
  ],
  "exactly one of csv, fixedWidth, json, xlsx, xml, xbrlCsv must be set": [
    ["an output without format", "Report", [["spec", "outputs", 0, "csv"], undefined]],
    ["an output of two formats", "Report", [["spec", "outputs", 0, "json"], {}]],
  ],
  "a sheet cannot have this name: spreadsheets keep History for themselves, and a number in parentheses is kept for sheets that continue another":
    [
      ["a sheet HISTORY", "Report", ...sheets("HISTORY")],
      ["a sheet that looks like one that continues another", "Report", ...sheets("Trades (2)")],
    ],
  "each sheet needs a name of its own; capitals do not make a difference": [
    ["two sheets of one name", "Report", ...sheets("Trades", "TRADES")],
  ],
  "release Hold and OnApproval are not available yet: leave release out": [
    ["release Hold", "Report", [["spec", "deliverTo", 0, "release"], "Hold"]],
    ["release OnApproval", "Report", [["spec", "deliverTo", 0, "release"], "OnApproval"]],
  ],
  "keys have 1 to 316 characters": [
    ["an empty label name", "Report", [["spec", "run", "nodeSelector", ""], "x"]],
    ["a label name of 317 characters", "Report", [["spec", "run", "nodeSelector", "a".repeat(317)], "x"]],
  ],
  "keys have 1 to 63 characters": [
    ["an empty parameter name", "ReportRun", [["spec", "parameters", ""], "x"]],
    ["a parameter name of 64 characters", "ReportRun", [["spec", "parameters", "a".repeat(64)], "x"]],
  ],
  "exactly one of name, series must be set": [
    ["a reportRef that names nothing", "ReportRun", [["spec", "reportRef"], {}]],
    ["a reportRef that names both", "ReportRun", [["spec", "reportRef", "series"], "trades"]],
  ],
  "only purpose Original is available yet: leave purpose out": [
    ["purpose Correction", "ReportRun", [["spec", "purpose"], "Correction"]],
  ],
  "release is not available yet: nothing is held": [["release: true", "ReportRun", [["spec", "release"], true]]],
  "fetch Reuse is not available yet: leave fetch out": [
    ["fetch Reuse", "ReportRun", [["spec", "rerunOf", "fetch"], "Reuse"]],
  ],
  "the parameters of a run may have 1,536 characters together": [
    ["parameters of more", "ReportRun", [["spec", "parameters"], { first: "x".repeat(800), second: "x".repeat(726) }]],
  ],
  "resubmit needs a reason": [["resubmit without a reason", "ReportRun", [["spec", "rerunOf", "reason"], undefined]]],
};

const looksBack = (one: PlacedRule) => one.rule.includes("oldSelf");
const isReserved = ({ message, field }: PlacedRule) => message === `${field} is not available yet`;
const written = placedRules.filter((one) => !looksBack(one) && !isReserved(one));

describe("rules about one object", () => {
  test("every rule has an object that breaks it", () => {
    expect(Object.keys(breaking).sort()).toEqual([...new Set(written.map(({ message }) => message))].sort());
  });

  const cases = Object.entries(breaking).flatMap(([message, all]) =>
    all.map(([what, kind, ...changes]) => ({ sentence: `a ${kind} with ${what}`, kind, changes, message })),
  );
  test.each(cases)("refuses $sentence", async ({ kind, changes, message }) => {
    expect(await created(kind, changes)).toContain(message);
  });

  const longestNames = {
    Connector: 63,
    Destination: 63,
    ArtifactStore: 63,
    RuleSet: 63,
    MappingSet: 63,
    Report: 52,
    ReportVersion: 63,
    ReportRun: 48,
  };
  test.each(Object.entries(longestNames))("accepts a %s whose name has %i characters", async (kind, length) => {
    expect(await created(kind, [[["metadata", "name"], "a".repeat(length)]])).toBe("");
  });

  test.each([
    ["resubmit without a reason when it is off", [[["spec", "rerunOf"], { name: "a", resubmit: false }]]],
    ["no mode: it is a rehearsal", [[["spec", "mode"], undefined]]],
    ["a parameter name of 63 characters", [[["spec", "parameters"], { ["a".repeat(63)]: "x" }]]],
  ] as const)("accepts a ReportRun with %s", async (_what, changes) => {
    expect(await created("ReportRun", changes)).toBe("");
  });
});

const samples: Readonly<Record<string, unknown>> = {
  object: { anything: 1 },
  array: [{ anything: 1 }],
  string: "any",
  integer: 1,
};

describe("reserved fields", () => {
  const reserved = placedRules.filter(isReserved).map((one) => ({ ...one, at: [...one.path, one.field ?? ""] }));

  test.each(reserved.map((one) => [one.kind, textOf(one.at), one] as const))(
    "refuses %s %s as not available yet",
    async (kind, place, { at, fieldNode, message }) => {
      const refusals = await created(kind, [[at, samples[fieldNode?.type ?? ""]]]);
      expect(refusals).toContain(`${place}: Forbidden: ${message}`);
    },
  );

  test("says nothing else of a Connector that names a database of tomorrow", async () => {
    const changes: Change[] = [
      [["spec", "postgresql"], undefined],
      [["spec", "mysql"], { host: "db.example" }],
    ]; // prettier-ignore
    expect(await created("Connector", changes)).toBe("spec.mysql: Forbidden: mysql is not available yet");
  });
});
