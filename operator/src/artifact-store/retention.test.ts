/** Proves the daily removal of old bytes: one Job a day, told which runs are still there, and what it said is in the status. */
import type { RetentionPlan } from "@openreg/crds";
import { afterEach, beforeEach, expect, test } from "vitest";
import { toTimestamp } from "../controller/clock.ts";
import type { ArtifactStore } from "../objects.ts";
import { artifactStores, configMaps, jobs, persistentVolumeClaims, pods } from "../resources.ts";
import { bank, type RunWorld, startRunWorld } from "../testdata/run-world.ts";
import { retentionNameOf } from "./retention-job.ts";

let world: RunWorld;
beforeEach(async () => {
  world = await startRunWorld();
  world.cluster.server.put(persistentVolumeClaims, {
    metadata: { namespace: bank, name: "artifacts" },
    status: { phase: "Bound" },
  });
});
afterEach(() => world.close());

const key = { namespace: bank, name: "default" };
const putStore = (retention?: object) =>
  world.cluster.server.put(artifactStores, {
    metadata: key,
    spec: { persistentVolumeClaimRef: { name: "artifacts" }, ...(retention && { retention }) },
  });
const store = () => world.cluster.server.get(artifactStores, key) as unknown as ArtifactStore;
const hasJob = () => world.jobs().length > 0;

/** Ends the one Job, with the last words of its Pod. */
function end(words: object | undefined): void {
  const [job] = world.jobs();
  const { name = "", uid = "", labels } = job?.metadata ?? {};
  const owner = { apiVersion: "batch/v1", kind: "Job", name, uid, controller: true };
  const terminated = { exitCode: 0, ...(words && { message: JSON.stringify(words) }) };
  const containerStatuses = [{ name: "retention", state: { terminated } }];
  world.cluster.server.put(pods, {
    metadata: { namespace: bank, name: `${name}-abcde`, labels, ownerReferences: [owner] },
    status: { phase: "Succeeded", containerStatuses },
  } as never);
  world.jobEnds(name, words ? "Complete" : "DeadlineExceeded", "it took too long");
}

test("a store without retention keeps everything", async () => {
  putStore();
  await world.startOperator();
  await world.moving(() => store().status?.conditions !== undefined, "the store is judged");
  await world.pass(90_000);
  expect(world.everyJob).toEqual([]);
});

test("one Job a day removes what is old, and is told which runs are still there", async () => {
  world.putRun();
  putStore({ days: 30 });
  await world.startOperator();
  await world.moving(
    () => world.jobs().some(({ metadata }) => metadata.name.startsWith("openreg-retention-")),
    "the Job",
  );
  const job = world.jobs().find(({ metadata }) => metadata.name.startsWith("openreg-retention-"));
  const map = world.cluster.server.get(configMaps, { namespace: bank, name: job?.metadata.name ?? "" });
  const plan = JSON.parse(
    (map as unknown as { data: Record<string, string> }).data["plan.json"] ?? "",
  ) as RetentionPlan;
  expect(plan.keep).toEqual([world.run().metadata.uid]);
  expect(plan.before).toMatch(/^2026-03-02T00:00:/);
  const text = JSON.stringify(job?.spec);
  expect(text).toContain('"automountServiceAccountToken":false');
  expect(text).toContain('"serviceAccountName":"openreg-retention"');
  expect(text).not.toMatch(/secret|serviceAccountToken"|openreg-runner/);
});

test("what the Job said is in the status, Job and plan go, and the next comes a day later", async () => {
  putStore({ days: 30 });
  await world.startOperator();
  await world.moving(hasJob, "the Job");
  end({ code: "Done", message: "4 files (20 bytes) of 1 runs were removed" });
  await world.moving(() => store().status?.retention?.endedAt !== undefined, "the end is noted");
  expect(store().status?.retention?.message).toBe("Done: 4 files (20 bytes) of 1 runs were removed");
  await world.moving(() => !hasJob(), "the Job is gone");
  expect(world.cluster.server.get(configMaps, { namespace: bank, name: world.everyJob[0] ?? "" })).toBeUndefined();
  await world.pass(43_200);
  expect(world.everyJob).toHaveLength(1);
  for (let quarters = 0; quarters < 5; quarters += 1) await world.pass(10_800);
  await world.moving(hasJob, "the next Job");
  expect(new Set(world.everyJob).size).toBe(2);
});

test("an operator that comes back finds the Job of the day and makes no second one", async () => {
  putStore({ days: 30 });
  await world.startOperator();
  await world.moving(hasJob, "the Job");
  await world.stopOperator();
  await world.startOperator();
  await world.pass(600);
  expect(world.everyJob).toHaveLength(1);
  for (let quarters = 0; quarters < 5; quarters += 1) await world.pass(21_600);
  await world.pass(5);
  expect(world.everyJob).toHaveLength(1);
});

test("a Job that could not end says so and is tried again the next day", async () => {
  putStore({ days: 30 });
  await world.startOperator();
  await world.moving(hasJob, "the Job");
  end(undefined);
  await world.moving(() => store().status?.retention?.endedAt !== undefined, "the end is noted");
  expect(store().status?.retention?.message).toContain(
    "DeadlineExceeded: it took too long; it is tried again tomorrow",
  );
  expect(world.cluster.server.get(jobs, { namespace: bank, name: world.everyJob[0] ?? "" })).toBeUndefined();
});

/** What the API server says when the namespace has used up its Jobs. */
const quotaMessage = "exceeded quota: few-jobs, requested: count/jobs.batch=1";
const noMoreJobs = ({ method, path }: { readonly method: string; readonly path: string }) =>
  method === "POST" && path.endsWith("/jobs")
    ? {
        kind: "Answer" as const,
        status: 403,
        body: { kind: "Status", reason: "Forbidden", code: 403, message: quotaMessage },
      }
    : undefined;

test("a store is Ready though its Job cannot be made, which an Event tells; the Job comes when there is room", async () => {
  putStore({ days: 30 });
  const giveRoom = world.cluster.server.intercept(noMoreJobs);
  await world.startOperator();
  const isReady = () => store().status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  await world.moving(() => isReady() ?? false, "the store is Ready");
  await world.moving(() => world.events.some((event) => event.includes(quotaMessage)), "the Event");
  expect(isReady()).toBe(true);
  expect(store().status?.retention).toBeUndefined();
  giveRoom();
  await world.moving(hasJob, "the Job");
});

test("O5 a Job of the day's name that is not the store's is left alone, is not taken for the day's, and is named", async () => {
  putStore({ days: 30 });
  const name = retentionNameOf(store(), toTimestamp(world.cluster.clock.now()).slice(0, 10));
  world.cluster.server.put(jobs, { metadata: { namespace: bank, name, labels: { team: "theirs" } }, spec: {} });
  await world.startOperator();
  const message = `Job '${name}' exists and does not belong to this ArtifactStore: remove it`;
  await world.moving(() => world.events.some((event) => event.includes(message)), "the Event");
  expect(store().status?.retention).toBeUndefined();
  expect(world.cluster.server.get(jobs, { namespace: bank, name })?.metadata.labels).toEqual({ team: "theirs" });
  world.cluster.server.remove(jobs, { namespace: bank, name });
  await world.moving(() => store().status?.retention?.startedAt !== undefined, "the Job is made once the name is free");
});
