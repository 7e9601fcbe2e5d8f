/** Proves who owns an attempt, what a cancel does and how trouble of the API server is sat out. */
import type { RunPlan } from "@openreg/crds";
import { expect, test } from "vitest";
import type { Clock } from "./clock.ts";
import { ClusterProgress } from "./cluster-progress.ts";
import { Interruption } from "./interruption.ts";
import { silentLog } from "./log.ts";
import type { ApiAnswer, PatchStatus } from "./run-status-api.ts";

const plan = {
  attempt: 2,
  heartbeatSeconds: 3600,
  run: { name: "trades", uid: "uid-1", namespace: "demo" },
} as RunPlan;

interface World {
  run: {
    metadata: { uid: string; resourceVersion: string };
    spec: { cancel?: boolean };
    status: { attempt: number; execution?: Record<string, unknown> };
  };
  readonly answers: (ApiAnswer | Error)[];
  readonly patches: object[];
  readonly slept: number[];
}

function newWorld(execution?: Record<string, unknown>): World {
  const status = { attempt: 2, ...(execution && { execution }) };
  return {
    run: { metadata: { uid: "uid-1", resourceVersion: "7" }, spec: {}, status },
    answers: [],
    patches: [],
    slept: [],
  };
}

function newProgress(world: World, podUID = "pod-a", purpose: RunPlan["purpose"] = "Run") {
  const interruption = new Interruption();
  let now = 0;
  const clock: Clock = {
    now: () => "2026-04-01T18:00:00.000Z",
    monotonicMilliseconds: () => now,
    sleep: async (milliseconds) => {
      world.slept.push(milliseconds);
      now += milliseconds;
    },
  };
  const patchStatus: PatchStatus = async (patch) => {
    world.patches.push(structuredClone(patch));
    const next = world.answers.shift();
    if (next instanceof Error) throw next;
    if (next) return next;
    const execution = (patch as { status?: { execution?: Record<string, unknown> } }).status?.execution;
    if (execution) world.run.status.execution = execution;
    return { status: 200, body: structuredClone(world.run), retryAfterSeconds: undefined };
  };
  const progress = new ClusterProgress({
    plan: { ...plan, purpose },
    podUID,
    patchStatus,
    interruption,
    clock,
    random: () => 0.5,
    log: silentLog,
  });
  return { progress, interruption };
}

const answer = (status: number, message = ""): ApiAnswer => ({
  status,
  body: { message },
  retryAfterSeconds: undefined,
});

test("takes the attempt by compare-and-swap", async () => {
  const world = newWorld();
  const { progress } = newProgress(world);
  await progress.take();
  expect(world.patches[0]).toEqual({});
  expect(world.patches[1]).toMatchObject({
    metadata: { resourceVersion: "7" },
    status: { execution: { attempt: 2, podUID: "pod-a", step: "Initializing" } },
  });
  progress.close();
});

test("reads again after a conflict and leaves the attempt to the twin that was first", async () => {
  const world = newWorld();
  const { progress } = newProgress(world);
  world.answers.push({ status: 200, body: structuredClone(world.run), retryAfterSeconds: undefined }, answer(409));
  world.run.status.execution = { attempt: 2, podUID: "pod-b" };
  await expect(progress.take()).rejects.toMatchObject({ code: "Fenced", message: expect.stringContaining("pod-b") });
});

const fences: Record<string, (world: World) => void> = {
  "a newer attempt": (world) => {
    world.run.status.attempt = 3;
  },
  "another Pod of the attempt": (world) => {
    world.run.status.execution = { attempt: 2, podUID: "pod-b" };
  },
  "a run created anew under the name": (world) => {
    world.run.metadata.uid = "uid-2";
  },
  "a run that is gone": (world) => void world.answers.push(answer(404)),
  "a refusal by the admission policy": (world) =>
    void world.answers.push(answer(403, "ValidatingAdmissionPolicy 'openreg-runner' denied request")),
};
test.each(Object.entries(fences))("is fenced before an effect by %s", async (_sentence, change) => {
  const world = newWorld();
  const { progress, interruption } = newProgress(world);
  await progress.take();
  change(world);
  await expect(progress.checkOwned()).rejects.toMatchObject({ code: "Fenced" });
  expect(interruption.signal.aborted).toBe(true);
  progress.close();
});

test("tells missing rights from a fence", async () => {
  const world = newWorld();
  world.answers.push(answer(403, 'User "x" cannot patch resource "reportruns/status"'));
  await expect(newProgress(world).progress.take()).rejects.toMatchObject({
    code: "InternalError",
    message: expect.stringContaining("openreg-runner"),
  });
});

test("hears of a cancel in any answer", async () => {
  const world = newWorld();
  const { progress, interruption } = newProgress(world);
  await progress.take();
  world.run.spec.cancel = true;
  progress.enter("FetchingData");
  await progress.settled();
  expect(interruption.signal.reason).toMatchObject({ code: "Cancelled" });
  progress.close();
});

test("settles although the run was cancelled", async () => {
  const world = newWorld();
  world.run.spec.cancel = true;
  const { progress, interruption } = newProgress(world, "pod-a", "Settle");
  await progress.take();
  expect(interruption.stopping).toBeUndefined();
  progress.close();
});

test("sits out a server that is down, overloaded or renews tokens, and waits as long as asked", async () => {
  const world = newWorld();
  world.answers.push(new Error("ECONNREFUSED"), answer(503), answer(401), { ...answer(429), retryAfterSeconds: 7 });
  const { progress } = newProgress(world);
  await progress.take();
  expect(world.slept).toEqual([150, 300, 600, 7875]);
  progress.close();
});

const refused = (id: string, expiresAt?: number): ApiAnswer => ({ ...answer(401), refused: { id, expiresAt } });
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const later = Date.parse("2026-04-01T18:05:00.000Z");
const earlier = Date.parse("2026-04-01T17:55:00.000Z");

test("is fenced when its token is refused for half a minute although it is valid", async () => {
  const world = newWorld();
  world.answers.push(...times(100, () => refused("a", later)));
  const { progress, interruption } = newProgress(world);
  await expect(progress.take()).rejects.toMatchObject({
    code: "Fenced",
    message: expect.stringContaining("refuses its token, which has not expired"),
  });
  expect(sum(world.slept)).toBe(30_000);
  expect(interruption.stopping?.code).toBe("Fenced");
});

test("counts the refusals of all its calls: the look before an effect does not begin anew", async () => {
  const world = newWorld();
  const { progress } = newProgress(world);
  await progress.take();
  world.answers.push(...times(100, () => refused("a", later)));
  const heartbeat = progress.settled();
  await expect(Promise.all([heartbeat, progress.checkOwned()])).rejects.toMatchObject({ code: "Fenced" });
  expect(sum(world.slept)).toBeLessThan(60_000);
  progress.close();
});

const renewals: Record<string, ApiAnswer[]> = {
  "has expired, until the kubelet renews it": times(20, () => refused("a", earlier)),
  "is another one each time": times(20, (at) => refused(`token-${at}`, later)),
  "is refused between outages of the server": times(20, (at) => (at % 4 === 3 ? answer(503) : refused("a", later))),
};
test.each(Object.entries(renewals))("sits out that a token %s", async (_sentence, answers) => {
  const world = newWorld();
  world.answers.push(...answers);
  const { progress, interruption } = newProgress(world);
  await progress.take();
  expect(sum(world.slept)).toBeGreaterThan(60_000);
  expect(interruption.stopping).toBeUndefined();
  progress.close();
});

test("gives up after a while", async () => {
  const world = newWorld();
  world.answers.push(...Array.from({ length: 500 }, () => answer(500)));
  await expect(newProgress(world).progress.take()).rejects.toMatchObject({ code: "InternalError", retryable: true });
});

test("sits out half an hour without a server before an effect, and ends the attempt when it is still away", async () => {
  const world = newWorld();
  const { progress, interruption } = newProgress(world);
  await progress.take();
  world.answers.push(...times(180, () => new Error("ECONNREFUSED")));
  await progress.checkOwned();
  expect(sum(world.slept)).toBeGreaterThan(1_200_000);
  world.answers.push(...times(500, () => new Error("ECONNREFUSED")));
  await expect(progress.checkOwned()).rejects.toMatchObject({ code: "InternalError", retryable: true });
  expect(interruption.signal.aborted).toBe(true);
  progress.close();
});

test("merges steps that fall together into one write", async () => {
  const world = newWorld();
  const { progress } = newProgress(world);
  await progress.take();
  const before = world.patches.length;
  for (const step of [
    "FetchingData",
    "PreValidation",
    "Transforming",
    "PostValidation",
    "GeneratingArtifacts",
  ] as const)
    progress.enter(step);
  await progress.settled();
  expect(world.patches.length - before).toBe(2);
  expect(world.run.status.execution).toMatchObject({ step: "GeneratingArtifacts" });
  progress.close();
});

test("keeps what an earlier attempt delivered and removes how it ended", async () => {
  const delivery = { destination: "regulator", artifact: "a.csv", state: "InFlight", attempts: 1 };
  const world = newWorld({
    attempt: 1,
    podUID: "old",
    outcome: { code: "DeadlineExceeded", message: "" },
    deliveries: [delivery],
    resumeAt: "x",
  });
  const { progress } = newProgress(world);
  await progress.take();
  expect(world.run.status.execution).toMatchObject({
    attempt: 2,
    deliveries: [delivery],
    outcome: null,
    resumeAt: null,
  });
  progress.close();
});
