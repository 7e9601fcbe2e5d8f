/** Proves what several runner processes at once do with one store: one filing is made once, numbers and chain have no gap, one Pod owns an attempt. */
import { readdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Definition, RunPlan } from "@openreg/crds";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { verifyStore } from "../../../cli/src/verify/verify-store.ts";
import { Sequence } from "../../../runner/src/sequence.ts";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { type OpensshPeer, startOpenssh } from "../../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { type FakeRunApi, startFakeRunApi } from "./fake-run-api.ts";
import { type MountedSecrets, newRunnerRoot, type RunnerRoot } from "./runner-process.ts";
import { newCsvOutput, newDefinitionFor, newPlan, newSecretsFor, newSftpDestinationFor } from "./test-plan.ts";

let database: PostgresqlPeer;
let receiver: OpensshPeer;
let secrets: MountedSecrets;
let shared: RunnerRoot;
let counter = 0;
let stem: string;

beforeAll(async () => {
  [database, receiver] = await Promise.all([startPostgresql(), startOpenssh()]);
  await database.sql("CREATE TABLE trades AS SELECT id, 'name ' || id AS name FROM generate_series(1, 500) AS id");
  secrets = newSecretsFor(database, receiver);
}, 60_000);
afterAll(async () => {
  await Promise.all([database?.stop(), receiver?.stop()]);
});
beforeEach(async () => {
  counter += 1;
  stem = `c${counter}`;
  shared = await newRunnerRoot(secrets);
});
afterEach(() => shared.remove());

function definition(): Definition {
  const files = { name: "files", width: 6, firstNumber: 1, resets: "Never", order: "Strict" } as const;
  return newDefinitionFor(database, "SELECT * FROM trades", {
    destinations: [newSftpDestinationFor(receiver, { mode: "Live", sequences: [files] })],
    deliverTo: [{ destination: "regulator", outputs: ["file"], sequence: "files" }],
    outputs: [
      newCsvOutput({
        fileName: `${stem}_{run.businessDate:yyyyMMdd}_{part.sequence}.csv`,
        split: { maxRecords: 250, measured: "Uncompressed" },
      }),
    ],
  });
}

/** A run with an API server of its own; each process has a root of its own and the store of all. */
async function newRun(name: string, day: string) {
  const plan = newPlan(definition(), {}, { name, uid: `${name}-uid`, businessDate: `2026-04-${day}` });
  const api = await startFakeRunApi(plan);
  onTestFinished(() => api.stop());
  return { plan, api };
}

async function attempt(api: FakeRunApi, plan: RunPlan, pod: string, failpoint = "") {
  const root = await newRunnerRoot(secrets);
  onTestFinished(() => root.remove());
  const environment = {
    OPENREG_API_SERVER: api.url,
    OPENREG_POD_UID: pod,
    OPENREG_POD_NAME: `${plan.run.name}-${plan.attempt}-abcde`,
    OPENREG_TEST_FAILPOINT: failpoint,
  };
  await rm(root.store, { recursive: true });

  await symlink(shared.store, root.store);
  return root.start(plan, environment);
}

const received = async () =>
  Object.keys(await receiver.files())
    .filter((name) => name.startsWith(`${stem}_`))
    .sort();

test("R2: of two Pods of one attempt at once, one delivers and the other ends with 12", async () => {
  const { plan, api } = await newRun("twice", "01");
  const [one, other] = await Promise.all(["pod-a", "pod-b"].map(async (pod) => (await attempt(api, plan, pod)).ended));
  expect([one?.exitCode, other?.exitCode].sort()).toEqual([0, 12]);
  const loser = one?.exitCode === 12 ? one : other;
  expect(loser?.termination).toMatchObject({
    code: "Fenced",
    message: expect.stringMatching(/is not this Pod's attempt/),
  });
  expect(await received()).toEqual([`${stem}_20260401_000001.csv`, `${stem}_20260401_000002.csv`]);
  expect((await verifyStore({ folder: shared.store, runs: [], keys: new Map() })).deviations).toEqual([]);
});

test("R3: a Pod that is stopped in the middle of its upload and continued after the next attempt delivers nothing", async () => {
  const { plan, api } = await newRun("stopped", "01");
  const sleeper = await attempt(api, plan, "pod-1", "");
  await until(async () => api.run.status.execution?.step === "Delivering", sleeper.output);
  sleeper.signal("SIGSTOP");
  api.run.status.attempt = 2;
  const next = await (await attempt(api, { ...plan, attempt: 2 }, "pod-2")).ended;
  expect(next.termination, next.output).toMatchObject({ code: "Done" });
  const before = await receiver.files();
  sleeper.signal("SIGCONT");
  expect((await sleeper.ended).exitCode).toBe(12);
  expect(await receiver.files()).toEqual(before);
  expect(await received()).toEqual([`${stem}_20260401_000001.csv`, `${stem}_20260401_000002.csv`]);
});

test("of three runs of one filing at once, one makes it and the others say which", async () => {
  const names = ["a", "b", "c"].map((one) => `${stem}-${one}`);
  const runs = await Promise.all(names.map((name) => newRun(name, "01")));
  const activeRuns = runs.map(({ plan }) => plan.run.uid);
  const ends = await Promise.all(
    runs.map(async ({ plan, api }) => (await attempt(api, { ...plan, activeRuns }, plan.run.uid)).ended),
  );
  const codes = ends.map(({ termination }) => termination?.code);
  expect(codes.filter((code) => code === "Done").length).toBe(1);
  expect(codes.every((code) => code === "Done" || code === "FilingInProgress" || code === "AlreadyFiled")).toBe(true);
  expect(await received()).toEqual([`${stem}_20260401_000001.csv`, `${stem}_20260401_000002.csv`]);
});

test("four runs of four days at once, killed anywhere, come to a sequence and a chain without gap or double", async () => {
  const runs = await Promise.all(["01", "02", "03", "04"].map((day) => newRun(`${stem}-${day}`, day)));
  const activeRuns = runs.map(({ plan }) => plan.run.uid);
  const places = ["kill:number.after", "kill:receipt.after", "kill:evidence.linked", "kill:number.delivered"];
  await Promise.all(
    runs.map(async ({ plan, api }, index) => {
      for (let number = 1; number <= 12; number += 1) {
        api.run.status.attempt = number;
        const given = { ...plan, attempt: number, activeRuns };
        const end = await (await attempt(api, given, `pod-${number}`, number === 1 ? places[index] : "")).ended;
        if (end.termination?.code === "Done") return;
        expect([137, 0], end.output).toContain(end.exitCode); // killed as asked, or waits for its turn
      }
      throw new Error(`run ${plan.run.name} did not end`);
    }),
  );
  const names = await received();
  expect(names.map((name) => name.slice(-10, -4)).sort()).toEqual(
    Array.from({ length: 8 }, (_, index) => String(index + 1).padStart(6, "0")),
  );
  const identity = { namespace: "demo", series: "trades", mode: "Live", destination: "regulator" } as const;
  const sequence = new Sequence(newFolderStore(shared.store), { ...identity, name: "files", period: "ever" });
  const logs = await Array.fromAsync(sequence.logsAbove(0));
  expect(logs.map(({ number, last }) => [number, last.kind])).toEqual(
    Array.from({ length: 8 }, (_, index) => [index + 1, "Delivered"]),
  );
  expect((await readdir(join(shared.store, "evidence/demo/trades/Live"))).length).toBe(4);
  expect((await verifyStore({ folder: shared.store, runs: [], keys: new Map() })).deviations).toEqual([]);
}, 300_000);

async function until(isTrue: () => Promise<boolean>, said: () => string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`it did not happen within a minute: ${said()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
