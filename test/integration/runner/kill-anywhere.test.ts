/** Proves R1: the runner is killed at every failpoint, the next attempt goes on, and the world looks as if nothing had happened. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Definition, RunPlan } from "@openreg/crds";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { verifyStore } from "../../../cli/src/verify/verify-store.ts";
import { type FailpointName, failpoints } from "../../../runner/src/failpoints.ts";
import { Sequence } from "../../../runner/src/sequence.ts";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { type OpensshPeer, startOpenssh } from "../../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { type FakeRunApi, startFakeRunApi } from "./fake-run-api.ts";
import { newRunnerRoot, type RunnerRoot } from "./runner-process.ts";
import { newDefinitionFor, newPlan, newSecretsFor, newSftpDestinationFor } from "./test-plan.ts";

const canary = "canary-4f1d-password";
let database: PostgresqlPeer;
let receiver: OpensshPeer;
let root: RunnerRoot;
let api: FakeRunApi;
let definition: Definition;
let runNumber = 0;

beforeAll(async () => {
  [database, receiver] = await Promise.all([startPostgresql({ password: canary }), startOpenssh()]);
  await database.sql(
    "CREATE TABLE trades AS SELECT id, 'name ' || id AS name, id * 1.25 AS price FROM generate_series(1, 2000) AS id",
  );
  await database.sql("CREATE TABLE units AS SELECT id::text AS id, 'unit' AS name FROM generate_series(1, 2000) AS id");
  const trades = newDefinitionFor(database, "SELECT id, name, price FROM trades").inputs;
  const column = (name: string) => ({ name, type: "String", required: false, personal: false });
  definition = newDefinitionFor(database, "", {
    inputs: [
      ...trades,
      {
        name: "units",
        sql: { connector: "warehouse", query: "SELECT name, id FROM units" },
        lookupBy: ["id"],
        columns: [column("id"), column("name")],
      },
    ],
    fields: [{ name: "unit", lookup: { input: "units", keys: [{ name: "id", value: "row.id" }], onMissing: "Fail" } }],
    rules: [
      { id: "cheap", severity: "Warning", assert: "row.id != '7'", columns: ["name"], message: "seven" },
      { id: "once", severity: "Blocking", unique: { columns: ["id", "name"] }, columns: [], message: "twice" },
    ],
    destinations: [
      newSftpDestinationFor(receiver, {
        sequences: [{ name: "files", width: 6, firstNumber: 1, resets: "Never", order: "Strict" }],
      }),
    ],
    deliverTo: [{ destination: "regulator", outputs: ["file"], sequence: "files" }],
    outputs: [
      {
        ...newDefinitionFor(database, "").outputs[0],
        fileName: "trades_{run.createdAt:yyyyMMddHHmmss}.csv",
      } as Definition["outputs"][number],
    ],
  });
}, 60_000);
afterAll(async () => {
  await Promise.all([database?.stop(), receiver?.stop()]);
});

let plan: RunPlan;

beforeEach(async () => {
  runNumber += 1;
  const second = String(runNumber).padStart(2, "0");
  const uid = createHash("sha256").update(String(runNumber)).digest("hex").slice(0, 32);
  plan = newPlan(
    definition,
    {},
    { uid, name: `trades-${runNumber}`, createdAt: `2026-04-01T18:00:${second}Z`, mode: "Test" },
  );
  root = await newRunnerRoot(newSecretsFor(database, receiver, "Test"));
  api = await startFakeRunApi(plan);
});
afterEach(async () => {
  await Promise.all([root.remove(), api.stop()]);
});

function attempt(number: number, failpoint = "") {
  api.run.status.attempt = number;
  const environment = {
    OPENREG_API_SERVER: api.url,
    OPENREG_POD_UID: `pod-${number}`,
    OPENREG_POD_NAME: `${plan.run.name}-${number}-abcde`,
    OPENREG_TEST_FAILPOINT: failpoint,
  };
  return root.start({ ...plan, attempt: number }, environment).ended;
}

const readsOfSource = (log: string): number => log.match(/execute <unnamed>: SELECT \* FROM \(SELECT id/g)?.length ?? 0;

async function everyFile(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return (await Promise.all(names.map((entry) => readFile(join(entry.parentPath, entry.name), "latin1")))).join("\n");
}

const numbers = {
  ...{ namespace: "demo", series: "trades", mode: "Test" as const },
  ...{ destination: "regulator", name: "files", period: "ever" },
};

const afterSnapshot = failpoints.slice(failpoints.indexOf("snapshot.recorded"));

test.each(failpoints.map((name) => [name]))(
  "R1: killed at %s, the next attempt ends with the same file, once",
  async (name: FailpointName) => {
    const logBefore = database.log().length;
    const killed = await attempt(1, `kill:${name}`);
    expect(killed.output).toContain(`failpoint kill:${name}`);
    expect(killed.exitCode).toBe(137);
    const resumed = await attempt(2);
    expect(resumed.termination, resumed.output).toMatchObject({ code: "Done" });
    expect(resumed.exitCode).toBe(0);

    const fileName = `trades_202604011800${String(runNumber).padStart(2, "0")}.csv`;
    const files = Object.entries(await receiver.files()).filter(([file]) => file.startsWith(fileName));
    expect(files.map(([file]) => file)).toEqual([fileName]);
    const sha256 = createHash("sha256")
      .update(files[0]?.[1] ?? "")
      .digest("hex");
    const { execution } = api.run.status;
    expect(execution).toMatchObject({
      attempt: 2,
      podUID: "pod-2",
      rows: { fetched: 2000, written: 2000 },
      findings: { warning: 1 },
    });
    expect(execution?.artifacts).toMatchObject([{ sha256, records: 2000 }]);
    expect(execution?.deliveries).toMatchObject([{ state: "Delivered", receipt: { sha256, verifiedBy: "Hash" } }]);
    expect(execution?.filing?.submission).toBe(1);
    expect(execution?.evidence?.key).toBeDefined();
    const sequence = new Sequence(newFolderStore(root.store), numbers);
    const logs = await Array.fromAsync(sequence.logsAbove(0));
    expect(logs.map(({ number, last }) => [number, last.kind])).toEqual([[1, "Delivered"]]);
    const verdict = await verifyStore({ folder: root.store, runs: [], keys: new Map() });
    expect([verdict.links, verdict.deviations]).toEqual([1, []]);
    if (afterSnapshot.includes(name)) expect(readsOfSource(database.log().slice(logBefore))).toBe(1);
    expect(await readdir(join(root.store, "tmp")).then((names) => names.filter((one) => one !== "exclusive"))).toEqual(
      [],
    );
  },
);

test("no secret is in the log, the status or the store", async () => {
  const end = await attempt(1);
  expect(end.termination).toMatchObject({ code: "Done" });
  const privateLine = receiver.privateKey.split("\n")[2] ?? "no key";
  const outputs = { log: end.output, status: JSON.stringify(api.writes), store: await everyFile(root.store) };
  for (const text of Object.values(outputs)) {
    expect(text).not.toContain(canary);
    expect(text).not.toContain(Buffer.from(canary).toString("base64"));
    expect(text).not.toContain(privateLine);
    expect(text).not.toContain("token-of-the-pod");
  }
  expect(api.writes.length + api.reads).toBeLessThanOrEqual(14);
});
