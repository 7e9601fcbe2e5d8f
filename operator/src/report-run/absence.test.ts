/** What a run meets while nobody looks: an operator that comes back finds the world as it is, and decides once. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { configMaps, jobs, reportRuns } from "../resources.ts";
import { deliveryIn } from "../testdata/inputs.ts";
import { bank, type PlayedPod, type RunWorld, startRunWorld } from "../testdata/run-world.ts";

let world: RunWorld;
beforeEach(async () => {
  world = await startRunWorld();
  await world.startOperator();
});
afterEach(() => world.close());

const isSettled = (run: { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } }) =>
  run.metadata.labels?.["openreg.dev/settled"] === "true";

/** The first attempt, working. */
async function working(): Promise<PlayedPod> {
  world.putRun();
  const pod = await world.pod();
  pod.runs();
  pod.reports("FetchingData");
  await world.when("it works", ({ status }) => status?.state === "FetchingData");
  return pod;
}

/** The operator is away for an hour. */
async function anHourAway(meanwhile: () => void): Promise<void> {
  await world.stopOperator();
  meanwhile();
  await world.pass(3_600);
  await world.startOperator();
}

async function completes(pod: PlayedPod): Promise<void> {
  pod.runs();
  pod.reports("Delivering", { deliveries: [deliveryIn("Delivered")] });
  pod.exits(0, { code: "Done", message: "ok" });
  await world.when("it is settled", isSettled);
}

test("R5 a run that completed while the operator was away is completed once", async () => {
  const pod = await working();
  await anHourAway(() => {
    pod.reports("Delivering", { deliveries: [deliveryIn("Delivered")], outcome: { code: "Done", message: "ok" } });
    pod.exits(0, { code: "Done", message: "ok" });
    world.jobEnds("trades-1-1", "Complete");
  });
  const run = await world.when("it is settled", isSettled);
  expect(run.status).toMatchObject({ state: "Completed", attempt: 1, attempts: [{ reason: "Done" }] });
  expect(world.everyJob).toEqual(["trades-1-1"]);
});

test("R5 so is one whose Job and Pod are gone: what its runner reported counts", async () => {
  const pod = await working();
  await anHourAway(() => {
    pod.reports("Delivering", { deliveries: [deliveryIn("Delivered")], outcome: { code: "Done", message: "ok" } });
    world.cluster.server.remove(jobs, { namespace: bank, name: "trades-1-1" });
  });
  const run = await world.when("it is settled", isSettled);
  expect(run.status).toMatchObject({ state: "Completed", attempt: 1 });
  expect(world.everyJob).toEqual(["trades-1-1"]);
});

test.each([
  ["that ended", {}],
  ["that is being deleted", { deletionTimestamp: "2026-04-01T00:30:00Z" }],
])(
  "R10 a run %s is not let go while its Job is there, though the cache of Jobs is from before it",
  async (_, metadata) => {
    await working();
    const { server } = world.cluster;
    await anHourAway(() => {
      world.putRun({ metadata, status: { state: "Completed", endedAt: "2026-04-01T00:00:00Z" } });
      server.intercept(({ method, path, query }) => {
        if (method !== "GET" || !path.endsWith("/jobs")) return undefined;
        if (query.has("watch")) return { kind: "Hang" };
        const body = { apiVersion: "batch/v1", kind: "JobList", metadata: { resourceVersion: "1" }, items: [] };
        return { kind: "Answer", status: 200, body };
      });
    });
    const finalizers = () => server.get(reportRuns, { namespace: bank, name: "trades-1" })?.metadata.finalizers ?? [];
    await world.moving(() => finalizers().length === 0, "it is let go");
    expect(world.jobs()).toEqual([]);
  },
);

test("R5 an attempt that failed an hour ago is followed by one more, after its back-off from now", async () => {
  const pod = await working();
  await anHourAway(() => pod.exits(11, { code: "SourceUnavailable", message: "refused" }));
  const waiting = await world.when("it backs off", ({ status }) => status?.nextAttemptAt !== undefined);
  expect(waiting.status?.failedAttempts).toBe(1);
  expect(waiting.status?.nextAttemptAt).toMatch(/^2026-04-01T01:00:[1-3]/);
  await world.pass(11);
  await completes(await world.pod());
  expect(world.run().status).toMatchObject({ state: "Completed", attempt: 2 });
  expect(world.everyJob).toEqual(["trades-1-1", "trades-1-2"]);
});

test("C8 a back-off stands in the status: an operator that restarts neither forgets it nor begins it anew", async () => {
  const pod = await working();
  pod.exits(11, { code: "SourceUnavailable", message: "refused" });
  const { status } = await world.when("it backs off", (run) => run.status?.nextAttemptAt !== undefined);
  await world.stopOperator();
  await world.pass(5);
  await world.startOperator();
  await world.pass(4);
  expect(world.everyJob).toEqual(["trades-1-1"]);
  expect(world.run().status?.nextAttemptAt).toBe(status?.nextAttemptAt);
  await world.pass(2);
  await world.pod();
  expect(world.everyJob).toEqual(["trades-1-1", "trades-1-2"]);
});

test("R20 a node drained while the operator was away costs no attempt", async () => {
  const pod = await working();
  await anHourAway(() => {
    pod.gone();
    world.jobEnds("trades-1-1", "PodFailurePolicy", "Pod bank-a/x has condition DisruptionTarget");
  });
  const run = await world.when("it backs off", ({ status }) => status?.nextAttemptAt !== undefined);
  expect(run.status).toMatchObject({ failedAttempts: 0, attempts: [{ reason: "Evicted" }] });
});

test("R8 a plan that was deleted while the operator was away is made anew before its Job", async () => {
  await world.stopOperator();
  world.putRun({
    status: {
      ...{ state: "Pending", attempt: 1, startedAt: "2026-04-01T00:00:00Z" },
      attempts: [{ number: 1, job: "trades-1-1", startedAt: "2026-04-01T00:00:00Z" }],
    },
  });
  await world.startOperator();
  await completes(await world.pod());
  expect(world.run().status).toMatchObject({ state: "Completed", attempt: 1 });
});

/** A plan that an operator left which died before its Job was there. */
function leftPlan(change: (plan: Record<string, unknown>) => void): void {
  const map = world.cluster.server.get(configMaps, { namespace: bank, name: "trades-1-1" });
  const plan = JSON.parse((map as { data?: Record<string, string> } | undefined)?.data?.["plan.json"] ?? "{}");
  change(plan);
  world.cluster.server.put(configMaps, {
    metadata: { namespace: bank, name: "trades-1-1" },
    data: { "plan.json": JSON.stringify(plan) },
  });
}

/** The Job could not be created, so the plan lies there alone. */
async function planWithoutJob(): Promise<void> {
  const { server } = world.cluster;
  const refuse = server.intercept(({ method, path }) =>
    method === "POST" && path.includes("/jobs") ? { kind: "Drop" } : undefined,
  );
  world.putRun();
  await world.when("an attempt begins", ({ status }) => status?.attempt === 1);
  const has = () => server.get(configMaps, { namespace: bank, name: "trades-1-1" }) !== undefined;
  await world.when("the plan is there", has);
  await world.stopOperator();
  refuse();
}

test("O4 a plan whose operator died is taken when it says the same", async () => {
  await planWithoutJob();
  leftPlan((plan) => {
    plan.madeAt = "2026-03-31T23:59:00Z";
  });
  await world.startOperator();
  expect((await world.pod()).plan).toMatchObject({ attempt: 1, madeAt: "2026-03-31T23:59:00Z" });
});

test("O4 a plan that does not know of a run which began since is made anew", async () => {
  await planWithoutJob();
  leftPlan((plan) => {
    plan.activeRuns = ["a run that has ended since"];
  });
  await world.startOperator();
  const pod = await world.pod();
  expect(pod.plan).toMatchObject({ attempt: 1, purpose: "Run", activeRuns: [] });
  expect(world.everyJob).toEqual(["trades-1-1"]);
});

test("O10 a plan whose Job was never made goes with its attempt", async () => {
  await planWithoutJob();
  world.putRun({ spec: { cancel: true } });
  await world.startOperator();
  await world.when("it is settled", isSettled);
  expect(world.run().status?.state).toBe("Cancelled");
  expect(world.cluster.server.get(configMaps, { namespace: bank, name: "trades-1-1" })).toBeUndefined();
});

test("R4 a finalizer that was removed by hand is put back, and goes in the end", async () => {
  const pod = await working();
  world.putRun({ metadata: { finalizers: [] } });
  await world.when("it is back", ({ metadata }) => metadata.finalizers?.[0] === "openreg.dev/run-cleanup");
  await completes(pod);
  expect(world.run().metadata.finalizers ?? []).toEqual([]);
});

test("R8 a Job that was deleted while the operator was away is not made again: the next attempt has its own", async () => {
  const pod = await working();
  await anHourAway(() => world.cluster.server.remove(jobs, { namespace: bank, name: "trades-1-1" }));
  expect(pod.plan.attempt).toBe(1);
  const run = await world.when("it backs off", ({ status }) => status?.nextAttemptAt !== undefined);
  expect(run.status).toMatchObject({ attempts: [{ reason: "PodLost" }] });
  expect(world.cluster.server.get(configMaps, { namespace: bank, name: "trades-1-1" })).toBeUndefined();
  await world.pass(11);
  expect((await world.pod()).plan.attempt).toBe(2);
  expect(world.jobs().map(({ metadata }) => metadata.name)).toEqual(["trades-1-2"]);
});
