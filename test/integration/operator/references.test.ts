/** Rule sets, mapping sets and ConfigMaps of a Report, on a real API server: missing, repaired, changed, shared by versions. */
import { createHash } from "node:crypto";
import { partKey, partNameOf } from "@openreg/crds";
import type { ReportSpec } from "@openreg/crds/types";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkConditions, findCondition } from "../../../operator/src/controller/conditions.ts";
import type { ConfigMap, Report, ReportRun, ReportVersion, RuleSet } from "../../../operator/src/objects.ts";
import * as resources from "../../../operator/src/resources.ts";
import { type OperatorCluster, startOperatorCluster } from "./operator-cluster.ts";
import { completes, startStandIn } from "./stand-in.ts";
import { applyTrades, newObject, startRun } from "./trades.ts";

let cluster: OperatorCluster;
beforeAll(async () => {
  cluster = await startOperatorCluster();
  cluster.startOperator();
});
afterAll(() => cluster.stop());

const report: Partial<ReportSpec> = {
  fields: [{ name: "venue", lookup: { mappingSetRef: { name: "venues" }, keys: { mic: "row.id" } } }],
  validation: { ruleSetRefs: [{ name: "shared", bind: { code: "id" } }] },
};
const table = (country: string) => `mic,country\nXETR,${country}\n`;
const sha256Of = (text: string) => createHash("sha256").update(text).digest("hex");
const mappingSet = {
  keys: { mic: "String" },
  values: { country: "String" },
  configMapKeyRef: { name: "tables", key: "venues.csv" },
};
const ruleSet = (assert: string) => ({
  columns: [{ name: "code", type: "String" }],
  rules: [{ id: "code-there", severity: "Warning", assert }],
});

function tenant(namespace: string) {
  const { client, eventually } = cluster;
  const apply = (resource: typeof resources.ruleSets, name: string, spec: object) =>
    client.create(resource, newObject(resource, namespace, name, spec));
  const configMap = (text: string, labels = {}) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "tables", namespace, labels },
    data: { "venues.csv": text },
  });
  const ready = (sentence: string, wanted: RegExp) =>
    eventually(sentence, async () => {
      const live = await client.get<Report>(resources.reports, { namespace, name: "trades" });
      const { status, reason, message } = findCondition(live.status?.conditions, "Ready") ?? {};
      return wanted.test(`${status} ${reason}: ${message}`) ? live : undefined;
    });
  const part = (text: string) =>
    client.find<ConfigMap>(resources.configMaps, { namespace, name: partNameOf(sha256Of(text)) });
  return { client, apply, configMap, ready, part, eventually };
}

test("a Report waits for what it names, one after the other, and is Ready when all is there and right", async () => {
  const namespace = "waits";
  await cluster.newTenant(namespace);
  const { client, apply, configMap, ready, part } = tenant(namespace);
  await applyTrades(client, namespace, { report });
  await ready("it waits for both sets", /ReferenceNotFound: MappingSet 'venues' .*; RuleSet 'shared'/);
  await apply(resources.mappingSets, "venues", mappingSet);
  await ready("it waits for the ConfigMap of the set", /RuleSet 'shared'.*ConfigMap 'tables' of spec.fields\[0\]/);
  await apply(resources.ruleSets, "shared", ruleSet("row.cod != ''"));
  await client.create(resources.configMaps, configMap("mic\nXETR\n", { "openreg.dev/watch": "true" }));
  await ready(
    "it says what is wrong in the table",
    /DefinitionInvalid: .*line 1 of tables\/venues.csv: there is no column 'country'/,
  );
  await client.mergePatch(resources.configMaps, { namespace, name: "tables" }, { data: { "venues.csv": table("DE") } });
  await ready("it says what is wrong in the set", /rule 'code-there' of RuleSet 'shared': unknown column 'cod'/);
  const set = await client.get<RuleSet>(resources.ruleSets, { namespace, name: "shared" });
  expect(findCondition(set.status?.conditions, "Ready")).toMatchObject({
    status: "False",
    reason: "DefinitionInvalid",
  });
  await client.mergePatch(resources.ruleSets, { namespace, name: "shared" }, { spec: ruleSet("row.code != ''") });
  const live = await ready("it is Ready", /True Accepted/);
  expect(checkConditions(live)).toEqual([]);
  expect(live.status?.inputs?.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
    "Connector/trades-db",
    "MappingSet/venues",
    "RuleSet/shared",
    "Destination/receiver",
    "ArtifactStore/default",
    "ConfigMap/tables",
  ]);
  const { name = "" } = live.status?.currentVersion ?? {};
  const version = await client.get<ReportVersion>(resources.reportVersions, { namespace, name });
  const sha256 = sha256Of(table("DE"));
  expect(version.spec.parts).toEqual([{ name: "tables/venues.csv", sha256, configMap: partNameOf(sha256) }]);
  expect(await part(table("DE"))).toMatchObject({
    immutable: true,
    data: { [partKey]: table("DE") },
    metadata: { ownerReferences: [{ kind: "ReportVersion", uid: version.metadata.uid, blockOwnerDeletion: false }] },
  });
});

describe("a ConfigMap that is not watched", () => {
  const namespace = "unwatched";

  test("is read again before a run takes a version, so that no run files by an old table", async () => {
    await cluster.newTenant(namespace);
    const { client, apply, configMap, ready, eventually } = tenant(namespace);
    await apply(resources.mappingSets, "venues", mappingSet);
    await apply(resources.ruleSets, "shared", ruleSet("row.code != ''"));
    await client.create(resources.configMaps, configMap(table("DE")));
    await applyTrades(client, namespace, { report });
    const before = await ready("it is Ready", /True Accepted/);
    await client.mergePatch(
      resources.configMaps,
      { namespace, name: "tables" },
      { data: { "venues.csv": table("FR") } },
    );
    const standIn = startStandIn(client, namespace, completes);
    await startRun(client, namespace, "trades-1");
    const run = await eventually("the run has its version", async () => {
      const live = await client.get<ReportRun>(resources.reportRuns, { namespace, name: "trades-1" });
      return live.spec.reportVersionRef && live;
    });
    const { name = "" } = run.spec.reportVersionRef ?? {};
    const version = await client.get<ReportVersion>(resources.reportVersions, { namespace, name });
    expect(name).not.toBe(before.status?.currentVersion?.name);
    expect(version.spec.parts?.[0]?.sha256).toBe(sha256Of(table("FR")));
    await standIn.stop();
  });

  test("is kept once for all versions that use its text, and belongs to each", async () => {
    const { client, ready, part, eventually } = tenant(namespace);
    const key = { namespace, name: "trades" };
    const { status } = await ready("it is Ready", /True Accepted/);
    await client.mergePatch(resources.reports, key, { spec: { timeZone: "Europe/Berlin" } });
    const next = await eventually("it has another version", async () => {
      const live = await client.get<Report>(resources.reports, key);
      return live.status?.currentVersion?.name === status?.currentVersion?.name ? undefined : live;
    });
    const owners = (await part(table("FR")))?.metadata.ownerReferences?.map(({ name }) => name);
    expect(owners).toEqual([status?.currentVersion?.name, next.status?.currentVersion?.name]);
  });

  test("is never taken for a part when it holds another text", async () => {
    const { client, ready, part } = tenant(namespace);
    const name = partNameOf(sha256Of(table("IT")));
    const data = { [partKey]: table("FR") };
    const metadata = { name, namespace };
    await client.create(resources.configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data } as ConfigMap);
    await client.mergePatch(
      resources.configMaps,
      { namespace, name: "tables" },
      { data: { "venues.csv": table("IT") } },
    );
    await client.mergePatch(resources.reports, { namespace, name: "trades" }, { spec: { timeZone: "Europe/Rome" } });
    await ready("it says which ConfigMap is in the way", new RegExp(`NameTaken: ConfigMap '${name}'`));
    expect((await part(table("IT")))?.metadata.ownerReferences).toBeUndefined();
  });
});
