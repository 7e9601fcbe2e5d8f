/** What becomes of runs whose attempts fail, are cancelled, retried or lost, on a real API server with a real Job controller. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { checkConditions } from "../../../operator/src/controller/conditions.ts";
import type { ConfigMap, Job, ReportRun } from "../../../operator/src/objects.ts";
import { configMaps, jobs, pods, reportRuns } from "../../../operator/src/resources.ts";
import { type OperatorCluster, type RunningOperator, startOperatorCluster } from "./operator-cluster.ts";
import { completes, delivered, type Script, type StandIn, startStandIn } from "./stand-in.ts";
import { applyTrades, startRun } from "./trades.ts";

let cluster: OperatorCluster;
let operator: RunningOperator;
let standIn: StandIn | undefined;
let tenants = 0;

beforeAll(async () => {
  cluster = await startOperatorCluster();
  operator = cluster.startOperator();
});
afterEach(async () => {
  await standIn?.stop();
  standIn = undefined;
});
afterAll(async () => {
  await operator.stop();
  await cluster.stop();
});

/** A tenant of its own for each test, whose Pods do what the script says. */
async function newTenant(script: Script): Promise<string> {
  const namespace = `tenant-${++tenants}`;
  await cluster.newTenant(namespace);
  await applyTrades(cluster.client, namespace);
  standIn = startStandIn(cluster.client, namespace, script);
  return namespace;
}

const getRun = (namespace: string, name = "trades-1") => cluster.client.get<ReportRun>(reportRuns, { namespace, name });

function runWhen(namespace: string, what: string, holds: (run: ReportRun) => boolean): Promise<ReportRun> {
  return cluster.eventually(what, async () => {
    const run = await getRun(namespace);
    expect(checkConditions(run)).toEqual([]);
    return holds(run) ? run : undefined;
  });
}

const settled = (namespace: string) =>
  runWhen(namespace, "the run is settled", (run) => run.metadata.labels?.["openreg.dev/settled"] === "true");

const patchRun = (namespace: string, patch: object) =>
  cluster.client.mergePatch(reportRuns, { namespace, name: "trades-1" }, patch);

test("an attempt that fails is followed by another, which completes", async () => {
  const namespace = await newTenant(async (actor) => {
    if (actor.plan.attempt > 1) return completes(actor);
    await actor.start();
    await actor.report("FetchingData");
    await actor.exit(11, { code: "SourceUnavailable", message: "refused" });
  });
  await startRun(cluster.client, namespace, "trades-1");
  const run = await settled(namespace);
  expect(run.status).toMatchObject({ state: "Completed", attempt: 2, failedAttempts: 1 });
  expect(run.status?.attempts).toMatchObject([
    { number: 1, reason: "SourceUnavailable", exitCode: 11 },
    { number: 2, reason: "Done" },
  ]);
  expect(run.status?.failure).toBeUndefined();
  expect(run.status?.nextAttemptAt).toBeUndefined();
  expect(standIn?.seen).toHaveLength(2);
});

test("a run that has used its attempts fails, and a retry starts anew with the same version", async () => {
  let isRepaired = false;
  const namespace = await newTenant(async (actor) => {
    if (isRepaired) return completes(actor);
    await actor.start();
    await actor.exit(11, { code: "SourceUnavailable", message: "refused" });
  });
  await startRun(cluster.client, namespace, "trades-1");
  const failed = await settled(namespace);
  expect(failed.status).toMatchObject({
    state: "Failed",
    attempt: 3,
    failedAttempts: 3,
    failure: { code: "SourceUnavailable" },
  });
  isRepaired = true;
  await patchRun(namespace, { metadata: { annotations: { "openreg.dev/retry-requested-at": "again" } } });
  const completed = await runWhen(
    namespace,
    "the retry is settled",
    ({ status, metadata }) => status?.state === "Completed" && metadata.labels?.["openreg.dev/settled"] === "true",
  );
  expect(completed.status).toMatchObject({ attempt: 4, failedAttempts: 0, lastHandledRetryAt: "again" });
  expect(completed.spec.reportVersionRef).toEqual(failed.spec.reportVersionRef);
  expect(completed.metadata.finalizers).toBeUndefined();
});

test("a run cancelled while it works ends as its runner says", async () => {
  const namespace = await newTenant(async (actor) => {
    await actor.start();
    await actor.report("FetchingData");
    await cluster.eventually("the cancel is seen", async () =>
      (await getRun(actor.plan.run.namespace)).spec.cancel ? true : undefined,
    );
    await actor.exit(13, { code: "Cancelled", message: "as asked" });
  });
  await startRun(cluster.client, namespace, "trades-1");
  await runWhen(namespace, "the run works", ({ status }) => status?.state === "FetchingData");
  await patchRun(namespace, { spec: { cancel: true } });
  expect((await settled(namespace)).status).toMatchObject({
    state: "Cancelled",
    attempts: [{ reason: "Cancelled", exitCode: 13 }],
  });
});

test("a cancelled runner that does not react loses its Job", async () => {
  const namespace = await newTenant(async (actor) => {
    await actor.start();
    await actor.report("FetchingData");
  });
  await startRun(cluster.client, namespace, "trades-1");
  await runWhen(namespace, "the run works", ({ status }) => status?.state === "FetchingData");
  await patchRun(namespace, { spec: { cancel: true } });
  const run = await settled(namespace);
  expect(run.status).toMatchObject({ state: "Cancelled" });
  expect(run.status?.conditions?.some(({ type }) => type === "Cancelling")).toBe(false);
});

test("R17 an image that cannot be pulled is a condition at once, and cancelling ends the run", async () => {
  const namespace = await newTenant((actor) => actor.waits("ImagePullBackOff", "manifest unknown"));
  await startRun(cluster.client, namespace, "trades-1");
  const run = await runWhen(
    namespace,
    "the cause is told",
    ({ status }) => status?.conditions?.[0]?.reason === "ImagePullFailed",
  );
  expect(run.status?.conditions?.[0]).toMatchObject({
    status: "Unknown",
    message: expect.stringContaining("manifest unknown"),
  });
  await patchRun(namespace, { spec: { cancel: true } });
  expect((await settled(namespace)).status?.state).toBe("Cancelled");
});

test("a run does not fail while a delivery is in flight: a settle attempt asks first", async () => {
  const inFlight =
    delivered.deliveries?.map(({ receipt: _none, ...delivery }) => ({ ...delivery, state: "InFlight" as const })) ?? [];
  const namespace = await newTenant(async (actor) => {
    await actor.start();
    if (actor.plan.purpose === "Settle") {
      await actor.report("Delivering", { ...delivered, outcome: { code: "Done", message: "asked" } });
      return actor.exit(0, { code: "Done", message: "the file is there" });
    }
    await actor.report("Delivering", { deliveries: inFlight });
    await actor.exit(10, { code: "DestinationRefused", message: "no rename" });
  });
  await startRun(cluster.client, namespace, "trades-1");
  const run = await settled(namespace);
  expect(run.status).toMatchObject({
    state: "Completed",
    attempt: 2,
    attempts: [{ purpose: "Run" }, { purpose: "Settle" }],
  });
  expect(run.status?.failure).toBeUndefined();
});

test("R4 a Pod deleted by hand costs an attempt, not the run", async () => {
  const namespace = await newTenant(async (actor) => {
    if (actor.plan.attempt > 1) return completes(actor);
    await actor.start();
    await actor.report("FetchingData");
    await cluster.client.delete(
      pods,
      { namespace: actor.plan.run.namespace, name: actor.pod.metadata.name },
      { uid: actor.pod.metadata.uid ?? "" },
    );
  });
  await startRun(cluster.client, namespace, "trades-1");
  expect((await settled(namespace)).status).toMatchObject({
    state: "Completed",
    attempts: [{ reason: "PodLost" }, { reason: "Done" }],
  });
});

test("R4 a Job deleted by hand costs an attempt, not the run", async () => {
  const namespace = await newTenant(async (actor) => {
    if (actor.plan.attempt > 1) return completes(actor);
    await actor.start();
    await actor.report("FetchingData");
    const key = { namespace: actor.plan.run.namespace, name: "trades-1-1" };
    const job = await cluster.client.get<Job>(jobs, key);
    await cluster.client.delete(jobs, key, { uid: job.metadata.uid ?? "", propagationPolicy: "Background" });
  });
  await startRun(cluster.client, namespace, "trades-1");
  expect((await settled(namespace)).status).toMatchObject({
    state: "Completed",
    attempts: [{ reason: "PodLost" }, { reason: "Done" }],
  });
});

test("an attempt whose own Pod was fenced off is over", async () => {
  const namespace = await newTenant(async (actor) => {
    await actor.start();
    await actor.report("FetchingData");
    await actor.exit(12, { code: "Fenced", message: "another Pod owns the attempt" });
  });
  await startRun(cluster.client, namespace, "trades-1");
  const run = await runWhen(
    namespace,
    "an attempt was fenced",
    ({ status }) => status?.attempts?.[0]?.reason === "Fenced",
  );
  expect(run.status?.failure?.code).toBe("Fenced");
});

test("C13 a Job of the name that is not ours is never touched", async () => {
  const namespace = await newTenant(completes);
  const container = { name: "theirs", image: "theirs" };
  const foreign = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "trades-1-1", namespace },
    spec: { suspend: true, template: { spec: { restartPolicy: "Never", containers: [container] } } },
  };
  const { metadata } = await cluster.client.create<Job>(jobs, foreign);
  await startRun(cluster.client, namespace, "trades-1");
  const run = await settled(namespace);
  expect(run.status).toMatchObject({
    state: "Failed",
    failure: { code: "NameTaken", message: expect.stringContaining("Job 'trades-1-1'") },
  });
  expect((await cluster.client.get<Job>(jobs, { namespace, name: "trades-1-1" })).metadata.uid).toBe(metadata.uid);
});

test("C13 a plan of the name that is not ours is never touched", async () => {
  const namespace = await newTenant(completes);
  await cluster.client.create<ConfigMap>(configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "trades-1-1", namespace },
    data: { theirs: "yes" },
  });
  await startRun(cluster.client, namespace, "trades-1");
  expect((await settled(namespace)).status).toMatchObject({ state: "Failed", failure: { code: "NameTaken" } });
  expect((await cluster.client.get<ConfigMap>(configMaps, { namespace, name: "trades-1-1" })).data).toEqual({
    theirs: "yes",
  });
});

test("R25 a run deleted while it works lets go once its Job is gone", async () => {
  const namespace = await newTenant(async (actor) => {
    await actor.start();
    await actor.report("FetchingData");
  });
  const { metadata } = await startRun(cluster.client, namespace, "trades-1");
  await runWhen(namespace, "the run works", ({ status }) => status?.state === "FetchingData");
  await cluster.client.delete(reportRuns, { namespace, name: "trades-1" }, { uid: metadata.uid ?? "" });
  await cluster.eventually("the run is gone", async () =>
    (await cluster.client.find(reportRuns, { namespace, name: "trades-1" })) ? undefined : true,
  );
  expect(await cluster.client.find(jobs, { namespace, name: "trades-1-1" })).toBeUndefined();
});

test("R25 a run that somebody labels as settled is followed and let go all the same", async () => {
  const namespace = await newTenant(async (actor) => {
    await actor.start();
    await actor.report("FetchingData");
  });
  const { metadata } = await startRun(cluster.client, namespace, "trades-1");
  await runWhen(namespace, "the run works", ({ status }) => status?.state === "FetchingData");
  await patchRun(namespace, { metadata: { labels: { "openreg.dev/settled": "true" } } });
  await runWhen(namespace, "the label is gone", (run) => run.metadata.labels?.["openreg.dev/settled"] === undefined);
  await cluster.client.delete(reportRuns, { namespace, name: "trades-1" }, { uid: metadata.uid ?? "" });
  await cluster.eventually("the run is gone", async () =>
    (await cluster.client.find(reportRuns, { namespace, name: "trades-1" })) ? undefined : true,
  );
});

test("R16 a Pod that is refused is told with the cause", async () => {
  const namespace = "refused";
  await cluster.newTenant(namespace);
  const account = { group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts", namespaced: true };
  const live = await cluster.client.get(account, { namespace, name: "openreg-runner" });
  await cluster.client.delete(account, { namespace, name: "openreg-runner" }, { uid: live.metadata.uid ?? "" });
  await applyTrades(cluster.client, namespace);
  await startRun(cluster.client, namespace, "trades-1");
  const run = await runWhen(
    namespace,
    "the cause is told",
    ({ status }) => status?.conditions?.[0]?.reason === "PodRefused",
  );
  expect(run.status?.conditions?.[0]?.message).toContain('serviceaccount "openreg-runner" not found');
});
