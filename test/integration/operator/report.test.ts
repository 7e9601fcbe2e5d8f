/** Reports and their references, stores and retention, on a real API server. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkConditions, findCondition } from "../../../operator/src/controller/conditions.ts";
import type { ArtifactStore, Report, ReportRun, ReportVersion } from "../../../operator/src/objects.ts";
import {
  artifactStores,
  connectors,
  persistentVolumeClaims,
  reportRuns,
  reports,
  reportVersions,
} from "../../../operator/src/resources.ts";
import { type OperatorCluster, startOperatorCluster } from "./operator-cluster.ts";
import { completes, startStandIn } from "./stand-in.ts";
import { applyConnector, applyTrades, startRun } from "./trades.ts";

let cluster: OperatorCluster;
beforeAll(async () => {
  cluster = await startOperatorCluster();
  cluster.startOperator({ environment: { OPENREG_REFERENCE_GRACE_SECONDS: "2" } });
});
afterAll(() => cluster.stop());

function reportWhen(namespace: string, what: string, holds: (report: Report) => boolean): Promise<Report> {
  return cluster.eventually(what, async () => {
    const report = await cluster.client.get<Report>(reports, { namespace, name: "trades" });
    expect(checkConditions(report)).toEqual([]);
    return holds(report) ? report : undefined;
  });
}

const hasReason = (reason: string) => (report: Report) =>
  findCondition(report.status?.conditions, "Ready")?.reason === reason;

test("a missing reference is named, becomes Stalled, and heals when it is repaired, without a restart", async () => {
  const namespace = "references";
  await cluster.newTenant(namespace);
  await applyTrades(cluster.client, namespace, { without: ["Connector"] });
  const waiting = await reportWhen(namespace, "the Report waits", hasReason("ReferenceNotFound"));
  expect(findCondition(waiting.status?.conditions, "Ready")?.message).toContain("Connector 'trades-db'");
  await reportWhen(
    namespace,
    "the Report is Stalled",
    ({ status }) => findCondition(status?.conditions, "Stalled")?.status === "True",
  );
  await applyConnector(cluster.client, namespace);
  const ready = await reportWhen(namespace, "the Report is Ready", hasReason("Accepted"));
  expect(findCondition(ready.status?.conditions, "Stalled")).toBeUndefined();
});

test("a broken expression is a condition with its place, and mending it heals", async () => {
  const namespace = "expressions";
  await cluster.newTenant(namespace);
  const broken = [{ name: "total", value: "row.qtty * row.qty" }];
  await applyTrades(cluster.client, namespace, { report: { fields: broken } });
  const refused = await reportWhen(namespace, "the Report is refused", hasReason("DefinitionInvalid"));
  expect(findCondition(refused.status?.conditions, "Ready")?.message).toMatch(/spec\.fields\[0\]\.value 1:5: .*qtty/);
  await cluster.client.mergePatch(
    reports,
    { namespace, name: "trades" },
    { spec: { fields: [{ name: "copy", value: "row.id" }] } },
  );
  await reportWhen(namespace, "the Report is Ready", hasReason("Accepted"));
});

test("a changed Connector makes a new version, and its old content the old one; deleting the Report leaves both", async () => {
  const namespace = "versions";
  const { client } = cluster;
  await cluster.newTenant(namespace);
  await applyTrades(client, namespace);
  const first = await reportWhen(namespace, "the first version", hasReason("Accepted"));
  const port = (number: number | null) =>
    client.mergePatch(connectors, { namespace, name: "trades-db" }, { spec: { postgresql: { port: number } } });
  const before = first.status?.currentVersion?.name;
  await port(5433);
  await reportWhen(namespace, "the second version", ({ status }) => status?.currentVersion?.name !== before);
  await port(null);
  await reportWhen(namespace, "the first version again", ({ status }) => status?.currentVersion?.name === before);
  await client.delete(reports, { namespace, name: "trades" }, { uid: first.metadata.uid ?? "" });
  const versions = await client.list<ReportVersion>(reportVersions, { namespace });
  expect(versions.items).toHaveLength(2);
  expect(versions.items.every(({ metadata }) => metadata.ownerReferences === undefined)).toBe(true);
});

test("an ArtifactStore is Ready once its claim exists, bound or not", async () => {
  const namespace = "stores";
  await cluster.newTenant(namespace);
  await applyTrades(cluster.client, namespace);
  const storeWhen = (reason: string) =>
    cluster.eventually(`the store says ${reason}`, async () => {
      const store = await cluster.client.get<ArtifactStore>(artifactStores, { namespace, name: "default" });
      return findCondition(store.status?.conditions, "Ready")?.reason === reason ? store : undefined;
    });
  await storeWhen("ClaimNotFound");
  const spec = { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "1Gi" } } };
  await cluster.client.create(persistentVolumeClaims, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "artifacts", namespace },
    spec,
  } as never);
  expect(checkConditions(await storeWhen("ClaimFound"))).toEqual([]);
});

test("a run waits for its Report, and fails with the code when it does not come", async () => {
  const namespace = "no-report";
  await cluster.newTenant(namespace);
  await startRun(cluster.client, namespace, "trades-1");
  const runWhen = (what: string, holds: (run: ReportRun) => boolean) =>
    cluster.eventually(what, async () => {
      const run = await cluster.client.get<ReportRun>(reportRuns, { namespace, name: "trades-1" });
      return holds(run) ? run : undefined;
    });
  await runWhen(
    "the run waits",
    ({ status }) => status?.state === "Pending" && status.conditions?.[0]?.reason === "ReportNotFound",
  );
  const failed = await runWhen("the run failed", ({ status }) => status?.state === "Failed");
  expect(failed.status?.failure).toMatchObject({
    code: "ReportNotFound",
    message: expect.stringContaining("apply it"),
  });
});

test("O11 ended runs beyond the retention go, the last successful one stays", async () => {
  const namespace = "retention";
  const { client, eventually } = cluster;
  await cluster.newTenant(namespace);
  const standIn = startStandIn(client, namespace, async (actor) => {
    if (actor.plan.run.name === "trades-0") return completes(actor);
    await actor.start();
    await actor.exit(10, { code: "BlockingFindings", message: "2 rows" });
  });
  await applyTrades(client, namespace, { report: { retention: { successfulRuns: 1, failedRuns: 1, otherRuns: 1 } } });
  for (const name of ["trades-0", "trades-1", "trades-2", "trades-3"]) {
    await startRun(client, namespace, name);
    await eventually(`${name} ended`, async () =>
      (await client.find<ReportRun>(reportRuns, { namespace, name }))?.status?.endedAt ? true : undefined,
    );
  }
  const left = await eventually("two runs are left", async () => {
    const { items } = await client.list<ReportRun>(reportRuns, { namespace });
    return items.length === 2 ? items.map(({ metadata }) => metadata.name).toSorted() : undefined;
  });
  expect(left).toEqual(["trades-0", "trades-3"]);
  await standIn.stop();
});

test("a Report allows as many runs at once as it says, the oldest first", async () => {
  const namespace = "limits";
  const { client, eventually } = cluster;
  await cluster.newTenant(namespace);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const standIn = startStandIn(client, namespace, async (actor) => {
    await actor.start();
    await actor.report("FetchingData");
    await held;
    await completes(actor);
  });
  await applyTrades(client, namespace, { report: { run: { maxConcurrentRuns: 1 } } });
  await startRun(client, namespace, "trades-1");
  const stateOf = async (name: string) => (await client.get<ReportRun>(reportRuns, { namespace, name })).status;
  await eventually("the first works", async () =>
    (await stateOf("trades-1"))?.state === "FetchingData" ? true : undefined,
  );
  await startRun(client, namespace, "trades-2");
  await eventually("the second is queued", async () =>
    (await stateOf("trades-2"))?.conditions?.[0]?.reason === "Queued" ? true : undefined,
  );
  release();
  await eventually("the second completes", async () =>
    (await stateOf("trades-2"))?.state === "Completed" ? true : undefined,
  );
  expect(standIn.seen).toHaveLength(2);
  await standIn.stop();
});
