/** Proves what the process of an attempt does with signals, its deadline, its plan, and the words it leaves. */
import type { RunPlan } from "@openreg/crds";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { type FakeRunApi, startFakeRunApi } from "./fake-run-api.ts";
import { newRunnerRoot, type RunnerRoot } from "./runner-process.ts";
import { newDefinitionFor, newPlan } from "./test-plan.ts";

let database: PostgresqlPeer;
let root: RunnerRoot;
let api: FakeRunApi;
let plan: RunPlan;

beforeAll(async () => {
  database = await startPostgresql();
});
afterAll(() => database?.stop());
beforeEach(async () => {
  plan = newPlan(newDefinitionFor(database, "SELECT id FROM generate_series(1, 10) AS id"));
  root = await newRunnerRoot({
    "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}` },
  });
  api = await startFakeRunApi(plan);
});
afterEach(async () => {
  await Promise.all([root.remove(), api.stop()]);
});

function start(given = plan, failpoint = "") {
  const environment = {
    OPENREG_API_SERVER: api.url,
    OPENREG_POD_UID: "pod-1",
    OPENREG_POD_NAME: "trades-1-1-abcde",
    OPENREG_TEST_FAILPOINT: failpoint,
  };
  return root.start(given, environment);
}

const slow = (seconds: number): RunPlan =>
  newPlan(newDefinitionFor(database, `SELECT 1 AS id FROM pg_sleep(${seconds})`));
const isAsking = async (): Promise<boolean> =>
  (await database.sql("SELECT 1 FROM pg_stat_activity WHERE usename = 'report' AND query LIKE '%openreg_input%'"))
    .length > 0;

test("a run without receivers completes and leaves one line for the operator", async () => {
  const end = await start().ended;
  expect(end).toMatchObject({ exitCode: 0, termination: { code: "Done" } });
  expect(api.run.status.execution).toMatchObject({ outcome: { code: "Done" }, rows: { fetched: 10 } });
  expect(
    end.output
      .split("\n")
      .filter(Boolean)
      .every((line) => JSON.parse(line).level),
  ).toBe(true);
});

test("R20: SIGTERM ends a query that is under way, as an interruption that resumes", async () => {
  const running = start(slow(60));
  await expect.poll(isAsking, { timeout: 20_000 }).toBe(true);
  running.signal("SIGTERM");
  expect(await running.ended).toMatchObject({
    exitCode: 11,
    termination: { code: "Interrupted", step: "FetchingData" },
  });
  expect(api.run.status.execution).toMatchObject({ outcome: { code: "Interrupted" } });
  await expect.poll(isAsking, { timeout: 20_000 }).toBe(false);
});

test("R21: the deadline ends a query that is under way", async () => {
  const end = await start({ ...slow(60), deadlineSeconds: 3 }).ended;
  expect(end).toMatchObject({
    exitCode: 11,
    termination: { code: "DeadlineExceeded", message: expect.stringContaining("3 s") },
  });
});

test("a cancel is heard by the heartbeat while a query is under way", async () => {
  const running = start({ ...slow(60), heartbeatSeconds: 1 });
  await expect.poll(isAsking, { timeout: 20_000 }).toBe(true);
  api.run.spec.cancel = true;
  expect(await running.ended).toMatchObject({ exitCode: 13, termination: { code: "Cancelled" } });
});

test("a Pod that finds another one in its place does nothing", async () => {
  api.run.status.execution = {
    attempt: 1,
    podUID: "pod-0",
    heartbeatAt: "2026-04-01T18:00:00Z",
    step: "FetchingData",
    steps: [],
  };
  const end = await start().ended;
  expect(end).toMatchObject({ exitCode: 12, termination: { code: "Fenced" } });
  expect(api.writes).toEqual([]);
});

test.each([
  [
    "a definition that is not the pinned one",
    (one: RunPlan) => ({
      ...one,
      version: { ...one.version, definition: one.version.definition.replace("trades", "frauds") },
    }),
  ],
  ["a plan of another contract", (one: RunPlan) => ({ ...one, contract: 99 })],
  ["a plan without its version", (one: RunPlan) => ({ ...one, version: undefined })],
] as const)("refuses %s", async (_sentence, change) => {
  const end = await start(change(plan) as RunPlan).ended;
  expect(end).toMatchObject({ exitCode: 10, termination: { code: "PlanInvalid" } });
});

test("waits where a test holds it, until it is killed", async () => {
  const running = start(plan, "hold:snapshot.recorded");
  await expect.poll(running.output, { timeout: 20_000 }).toContain("failpoint hold:snapshot.recorded");
  running.signal("SIGKILL");
  expect((await running.ended).exitCode).toBeNull();
  expect(await start({ ...plan, attempt: 2 }).ended).toMatchObject({ exitCode: 12 }); // the operator has not raised the attempt
  api.run.status.attempt = 2;
  expect(await start({ ...plan, attempt: 2 }).ended).toMatchObject({ exitCode: 0 });
});
