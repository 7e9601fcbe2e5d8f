/** Proves that the operator refuses bad definitions in the words of `openreg lint`, letter by letter, on a real API server. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkManifests } from "../../../cli/src/check-manifests.ts";
import type { Manifest } from "../../../cli/src/manifests.ts";
import { formatRemark } from "../../../cli/src/remark.ts";
import { object, readBack, type WideChange, wideManifests } from "../../../cli/src/wide-files.fixture.ts";
import { badDefinitions } from "../../../language/src/bad-definitions.fixture.ts";
import { wideSpec } from "../../../language/src/wide-report.fixture.ts";
import { findCondition } from "../../../operator/src/controller/conditions.ts";
import type { KubernetesObject, Resource } from "../../../operator/src/controller/kubernetes.ts";
import type { Report, RuleSet } from "../../../operator/src/objects.ts";
import * as resources from "../../../operator/src/resources.ts";
import { type OperatorCluster, startOperatorCluster } from "./operator-cluster.ts";

const resourceOf: Readonly<Record<string, Resource>> = {
  Connector: resources.connectors,
  Destination: resources.destinations,
  ArtifactStore: resources.artifactStores,
  RuleSet: resources.ruleSets,
  MappingSet: resources.mappingSets,
  ConfigMap: resources.configMaps,
  Report: resources.reports,
};

let cluster: OperatorCluster;
let tenants = 0;
let counter = 0;
/** Where everything is that is right. */
let shared: string;
beforeAll(async () => {
  cluster = await startOperatorCluster();
  cluster.startOperator({ environment: { OPENREG_REFERENCE_GRACE_SECONDS: "60" } });
  shared = (await applied(wideManifests())).namespace;
});
afterAll(() => cluster.stop());

/** What lint says of the objects, as text without the first line, which is the place in the file, and without the caret. */
function saidByLint(manifests: readonly Manifest[]): readonly string[] {
  const errors = checkManifests(readBack(manifests)).filter(({ severity }) => severity === "Error");
  return errors.map((one) => formatRemark(one).split("\n")[1] ?? "");
}

interface Applied {
  readonly namespace: string;
  readonly report: string;
  /** How the API server refused the Report. */
  readonly refused?: string;
}

/** Applies the objects in a namespace of their own. */
async function applied(manifests: readonly Manifest[]): Promise<Applied> {
  tenants += 1;
  const namespace = `words-${tenants}`;
  await cluster.newTenant(namespace);
  for (const manifest of manifests.filter(({ kind }) => kind !== "Report")) await create(namespace, manifest);
  return appliedReport(namespace, manifests, "wide");
}

/** Applies the Report alone, under another name, where what it refers to is there. */
async function appliedReport(namespace: string, manifests: readonly Manifest[], report: string): Promise<Applied> {
  try {
    for (const one of manifests.filter(({ kind }) => kind === "Report"))
      await create(namespace, { ...one, metadata: { name: report } });
    return { namespace, report };
  } catch (error) {
    return { namespace, report, refused: (error as Error).message };
  }
}

async function create(namespace: string, manifest: Manifest): Promise<void> {
  const resource = resourceOf[manifest.kind];
  if (!resource) throw new Error(`a test applies a ${manifest.kind}`);
  const whole = { ...manifest, metadata: { ...manifest.metadata, namespace } };
  await cluster.client.create(resource, whole as unknown as KubernetesObject);
}

/** The message of Ready=False of an object. */
function saidByOperator<T extends Report | RuleSet>(
  resource: Resource,
  namespace: string,
  name: string,
): Promise<string> {
  return cluster.eventually(`${resource.kind} '${name}' in ${namespace} is refused`, async () => {
    const found = await cluster.client.get<T>(resource, { namespace, name });
    const ready = findCondition(found.status?.conditions, "Ready");
    if (ready?.status === "True") throw new Error(`${resource.kind} '${name}' was accepted`);
    return ready?.status === "False" && ready.reason === "DefinitionInvalid" ? ready.message : undefined;
  });
}

function expectSameWords(operator: string, lint: readonly string[]): void {
  expect(lint.length).toBeGreaterThan(0);
  // both list the same remarks, lint in the order of the lines of its file
  for (const sentence of lint) expect(operator).toContain(sentence);
  expect(operator.length).toBe(lint.join("; ").length);
}

describe("a Report with", () => {
  test("nothing wrong is accepted by both", async () => {
    const manifests = wideManifests();
    expect(saidByLint(manifests)).toEqual([]);
    await cluster.eventually("the Report is Ready", async () => {
      const report = await cluster.client.get<Report>(resources.reports, { namespace: shared, name: "wide" });
      return findCondition(report.status?.conditions, "Ready")?.status === "True" ? report : undefined;
    });
  });

  test.concurrent.each(Object.entries(badDefinitions))("%s", async (_sentence, bad) => {
    const manifests = wideManifests(bad as WideChange);
    const lint = saidByLint(manifests);
    const isOnlyReport = bad.sources === undefined && bad.parts === undefined;
    counter += 1;
    const { namespace, report, refused } = isOnlyReport
      ? await appliedReport(shared, manifests, `wide-${counter}`)
      : await applied(manifests);
    if (refused === undefined) {
      expectSameWords(await saidByOperator(resources.reports, namespace, report), lint);
    } else {
      // the schema refused it before the operator saw it, and lint says what the API server says
      const [, message = ""] = /^\S+: (.*?)( \(.*\))?$/.exec(lint[0] ?? "") ?? [];
      expect(message).not.toBe("");
      expect(refused).toContain(message.endsWith("occurs twice") ? "Duplicate value" : message); // words of Kubernetes
    }
  });

  test("a text that its ConfigMap does not have", async () => {
    const manifests = wideManifests().map((one) =>
      one.kind === "ConfigMap" && one.metadata.name === "schemas" ? { ...one, data: {} } : one,
    );
    const [lint = ""] = saidByLint(manifests);
    const { namespace } = await applied(manifests);
    const operator = await saidByOperator(resources.reports, namespace, "wide");
    const [, path, message] = /^(\S+): (.*)$/.exec(lint) ?? [];
    expect(operator.replace(` of ${path}`, "")).toBe(message);
  });

  test("more than a ReportVersion can hold", async () => {
    const columns = Array.from({ length: 480 }, (_, index) => ({ name: `c${index}`, type: "String" }));
    const csv = { columns: columns.map(({ name }) => ({ header: name, value: `${" ".repeat(120)}row.${name}` })) };
    const outputs = Array.from({ length: 16 }, (_, index) => ({ name: `o${index}`, fileName: `f${index}`, csv }));
    const input = { name: "trades", sql: { connectorRef: { name: "db" }, query: "SELECT 1" }, columns };
    const spec = { inputs: [input], record: { key: ["c0"] }, outputs };
    const manifests = [...wideManifests().filter(({ kind }) => kind !== "Report"), object("Report", "wide", spec)];
    const lint = saidByLint(manifests).filter((one) => one.startsWith("spec:"));
    const { namespace } = await applied(manifests);
    expect(await saidByOperator(resources.reports, namespace, "wide")).toBe(lint[0]?.slice("spec: ".length));
  });
});

test("a RuleSet that is wrong by itself", async () => {
  const columns = [{ name: "a", type: "String", required: true }];
  const rules = [
    { id: "R", severity: "Warning", assert: "row.b == 1" },
    { id: "R", severity: "Warning", assert: "row.a" },
  ];
  const manifests = [object("RuleSet", "own", { columns, rules })];
  const lint = saidByLint(manifests);
  const { namespace } = await applied(manifests);
  expectSameWords(await saidByOperator(resources.ruleSets, namespace, "own"), lint);
});

test("names that mean something elsewhere are names to both, and look-alikes are others to both", async () => {
  const [input, ...others] = wideSpec.inputs;
  const hostile = ["constructor", "toString", "valueOf", "hasOwnProperty"];
  const added = hostile.map((name) => ({ name, type: "String" }));
  const inputs = [{ ...input, columns: [...(input?.columns ?? []), ...added] }, ...others];
  const rules = hostile.map((name) => ({
    id: name,
    severity: "Warning" as const,
    assert: `row.${name} != "x"`,
    columns: [name],
  }));
  const outputs = [
    {
      name: "o",
      fileName: "f",
      xml: { recordAt: "a/b", choices: [{ elements: hostile.map((at) => ({ at, value: `row.${at}` })) }] },
    },
  ];
  const change = { inputs, validation: { rules }, outputs } as unknown as WideChange["change"];
  const fine = wideManifests({ change } as WideChange);
  expect(saidByLint(fine)).toEqual([]);
  const { namespace, refused } = await applied(fine);
  expect(refused).toBeUndefined();
  await cluster.eventually("the Report is Ready", async () => {
    const report = await cluster.client.get<Report>(resources.reports, { namespace, name: "wide" });
    return findCondition(report.status?.conditions, "Ready")?.status === "True" ? report : undefined;
  });
  const asserts = ["row.__proto__ == null", 'row.c\u043enstructor == "x"', 'row["to\u200bString"] == "x"'];
  const wrong = asserts.map((assert, index) => ({ id: `r${index}`, severity: "Warning" as const, assert }));
  const manifests = wideManifests({ change: { ...change, validation: { rules: wrong } } } as WideChange);
  const lint = saidByLint(manifests);
  expect(lint.length).toBe(wrong.length);
  const next = await applied(manifests);
  expectSameWords(await saidByOperator(resources.reports, next.namespace, "wide"), lint);
});
