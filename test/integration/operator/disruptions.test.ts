/** What befalls Pods from outside, as the real Job controller passes it on: no attempt is spent on it, also when nobody looked. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Job, ReportRun } from "../../../operator/src/objects.ts";
import { jobs, pods, reportRuns } from "../../../operator/src/resources.ts";
import { type OperatorCluster, startOperatorCluster } from "./operator-cluster.ts";
import { completes, type Script, startStandIn } from "./stand-in.ts";
import { applyTrades, startRun } from "./trades.ts";

let cluster: OperatorCluster;
beforeAll(async () => {
  cluster = await startOperatorCluster();
});
afterAll(() => cluster.stop());

const drained = [
  {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    message: "drained",
    lastTransitionTime: null,
  },
];

/** The first Pod is disrupted, the second completes. */
const disruptedOnce =
  (meanwhile: () => Promise<void>): Script =>
  async (actor) => {
    if (actor.plan.attempt > 1) return completes(actor);
    await actor.start();
    await actor.report("FetchingData");
    await meanwhile();
    await actor.ends({ phase: "Failed", conditions: drained });
  };

async function startScene(namespace: string, script: Script) {
  await cluster.newTenant(namespace);
  await applyTrades(cluster.client, namespace);
  const standIn = startStandIn(cluster.client, namespace, script);
  await startRun(cluster.client, namespace, "trades-1");
  return standIn;
}

const runThat = (namespace: string, what: string, holds: (run: ReportRun) => boolean) =>
  cluster.eventually(what, async () => {
    const run = await cluster.client.get<ReportRun>(reportRuns, { namespace, name: "trades-1" });
    return holds(run) ? run : undefined;
  });
const isSettled = ({ metadata }: ReportRun) => metadata.labels?.["openreg.dev/settled"] === "true";

test("R20 a drained Pod costs no attempt", async () => {
  const namespace = "drained";
  const operator = cluster.startOperator({ environment: { OPENREG_NAMESPACES: namespace } });
  const standIn = await startScene(
    namespace,
    disruptedOnce(async () => {}),
  );
  const run = await runThat(namespace, "the run is settled", isSettled);
  expect(run.status).toMatchObject({
    state: "Completed",
    failedAttempts: 0,
    attempts: [{ reason: "Evicted" }, { reason: "Done" }],
  });
  await standIn.stop();
  await operator.stop();
});

test("R20 nor does one that was drained and is gone with its node while the operator was away: its Job remembers", async () => {
  const namespace = "drained-unseen";
  const environment = { OPENREG_NAMESPACES: namespace };
  const { client } = cluster;
  const first = cluster.startOperator({ environment });
  const standIn = await startScene(
    namespace,
    disruptedOnce(() => first.stop()),
  );
  const key = { namespace, name: "trades-1-1" };
  const failed = await cluster.eventually("the Job has failed", async () => {
    const job = await client.find<Job>(jobs, key);
    return job?.status?.conditions?.find(({ type, status }) => type === "Failed" && status === "True");
  });
  expect(failed).toMatchObject({ reason: "PodFailurePolicy", message: expect.stringContaining("DisruptionTarget") });
  const [pod] = (await client.list(pods, { namespace })).items;
  if (pod) await client.delete(pods, { namespace, name: pod.metadata.name }, { uid: pod.metadata.uid ?? "" });
  await cluster.eventually("the Pod is gone", async () =>
    (await client.list(pods, { namespace })).items.length === 0 ? true : undefined,
  );
  const second = cluster.startOperator({ environment });
  const run = await runThat(namespace, "the run is settled", isSettled);
  expect(run.status).toMatchObject({
    state: "Completed",
    failedAttempts: 0,
    attempts: [{ reason: "Evicted" }, { reason: "Done" }],
  });
  await standIn.stop();
  await second.stop();
});
