/** Proves how attempts end: filings, stops from outside, fences, Secrets, changed stores, settling. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition, RunPlan } from "@openreg/crds";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { StepError } from "../../../runner/src/errors.ts";
import { Ledger } from "../../../runner/src/ledger.ts";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { type OpensshPeer, startOpenssh } from "../../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { type AttemptOptions, runOneAttempt } from "./attempt.ts";
import { startFakeRunApi } from "./fake-run-api.ts";
import type { MountedSecrets } from "./runner-process.ts";
import { newCsvOutput, newDefinitionFor, newPlan, newReceiverSecret, newSftpDestinationFor } from "./test-plan.ts";

let database: PostgresqlPeer;
let receiver: OpensshPeer;
let storeFolder: string;
let secrets: MountedSecrets;
let counter = 0;
let fileName: string;

beforeAll(async () => {
  [database, receiver] = await Promise.all([startPostgresql(), startOpenssh()]);
  await database.sql("CREATE TABLE trades AS SELECT id, 'name ' || id AS name FROM generate_series(1, 1000) AS id");
  secrets = {
    "connectors/warehouse": {
      ...database.reader,
      endpoint: `other:1\n${database.host}:${database.port}\n`,
      revision: "7",
    },
    "destinations/regulator": newReceiverSecret(receiver),
  };
});
afterAll(async () => {
  await Promise.all([database?.stop(), receiver?.stop()]);
});
beforeEach(async () => {
  counter += 1;
  fileName = `attempts-${counter}.csv`;
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(storeFolder, { recursive: true, force: true }));

function definitionFor(parts: Partial<Definition> = {}): Definition {
  return newDefinitionFor(database, "SELECT * FROM trades", {
    destinations: [newSftpDestinationFor(receiver, { mode: "Live" })],
    deliverTo: [{ destination: "regulator", outputs: ["file"] }],
    outputs: [newCsvOutput({ fileName })],
    ...parts,
  });
}

const uidOf = (name: string): string => `${Buffer.from(name).toString("hex").padEnd(8, "0").slice(0, 8)}-0000`;

function planFor(
  name: string,
  parts: Partial<RunPlan> = {},
  run: Partial<RunPlan["run"]> = {},
  definition = definitionFor(),
): RunPlan {
  return newPlan(definition, parts, { name, uid: uidOf(name), ...run });
}

const attempt = (plan: RunPlan, parts: Partial<AttemptOptions> = {}) =>
  runOneAttempt({ plan, storeFolder, secrets, ...parts });
const isAtReceiver = async (name = fileName): Promise<boolean> => name in (await receiver.files());
const leftAtReceiver = async () => Object.keys(await receiver.files()).filter((name) => name.startsWith(fileName));

test("files once: a second run learns who filed, a resubmission gets the next number", async () => {
  const first = await attempt(planFor("first"));
  expect(first).toMatchObject({ exitCode: 0, message: { code: "Done" } });
  expect(first.api.run.status.execution).toMatchObject({
    filing: { submission: 1 },
    deliveries: [{ state: "Delivered" }],
  });

  const second = await attempt(planFor("second", { endedRuns: [uidOf("first")] }));
  expect(second).toMatchObject({
    exitCode: 0,
    message: { code: "AlreadyFiled", message: expect.stringContaining("first") },
  });
  expect(second.api.run.status.execution).toMatchObject({
    filing: { metBy: "first" },
    outcome: { code: "AlreadyFiled" },
  });

  const again = await attempt(
    planFor("third", {}, { rerunOf: { name: "first", resubmit: true, reason: "asked by the regulator" } }),
  );
  expect(again).toMatchObject({ message: { code: "Done" } });
  expect(again.api.run.status.execution).toMatchObject({ filing: { submission: 2 } });
});

test("leaves a filing to the run that makes it, and takes it over when that run ended", async () => {
  const broken = await attempt(planFor("broken"), {
    at: (name) => (name === "intent.before" ? Promise.reject(new Error("power cut")) : undefined),
  });
  expect(broken).toMatchObject({ exitCode: 11 });
  const waiting = await attempt(planFor("waiting", { activeRuns: [uidOf("broken")] }));
  expect(waiting).toMatchObject({
    exitCode: 0,
    message: { code: "FilingInProgress", message: expect.stringContaining("broken") },
  });
  const taking = await attempt(planFor("taking", { endedRuns: [uidOf("broken")] }));
  expect(taking).toMatchObject({ message: { code: "Done" } });
});

const takeovers: Record<string, { parts: Partial<RunPlan>; isMet: boolean; code: string }> = {
  "is active": { parts: { activeRuns: [uidOf("taker")] }, isMet: false, code: "FilingInProgress" },
  "has ended": { parts: { endedRuns: [uidOf("taker")] }, isMet: false, code: "FilingInProgress" },
  "has filed": { parts: {}, isMet: true, code: "AlreadyFiled" },
};
test.each(Object.entries(takeovers))(
  "hands nothing over once another run has claimed the filing, which %s",
  async (_sentence, { parts, isMet, code }) => {
    const end = await attempt(planFor("slow", parts), {
      at: async (name) => {
        if (name !== "validated") return;
        const ledger = new Ledger(newFolderStore(storeFolder));
        const filing = (await readdir(join(storeFolder, "filings")))[0] ?? "";
        const at = new Date().toISOString();
        const claim = { runUID: uidOf("taker"), runName: "taker", attempt: 1, at, submission: 1 };
        await ledger.claim(filing, 2, claim);
        if (isMet) await ledger.meet(filing, claim);
      },
    });
    expect(end.message).toMatchObject({ code, message: expect.stringContaining("taker") });
    expect(await readdir(storeFolder)).not.toContain("submissions");
    expect(await leftAtReceiver()).toEqual([]);
  },
);

test("rehearsals never collide", async () => {
  const definition = definitionFor({
    destinations: [newSftpDestinationFor(receiver)],
    outputs: [newCsvOutput({ fileName: `{run.createdAt:yyyyMMddHHmmss}-${fileName}` })],
  });
  const test = { ...secrets, "destinations/regulator": { ...secrets["destinations/regulator"], mode: "Test" } };
  for (const [index, name] of ["one", "two"].entries()) {
    const end = await attempt(
      planFor(name, {}, { mode: "Test", createdAt: `2026-04-01T18:0${index}:00Z` }, definition),
      { secrets: test },
    );
    expect(end.message.code).toBe("Done");
    expect(end.api.run.status.execution?.filing?.submission).toBe(index + 1);
  }
});

test("says when no receiver is of the run's mode", async () => {
  const end = await attempt(planFor("test", {}, { mode: "Test" }));
  expect(end).toMatchObject({ exitCode: 10, message: { code: "NoDestinationForMode" } });
});

test("R20: told to stop while fetching, it leaves its position and resumes", async () => {
  const stopped = await attempt(planFor("stopped"), {
    at: (name, { interruption }) =>
      name === "snapshot.recorded" ? interruption.request(new StepError("Interrupted", "stop")) : undefined,
  });
  expect(stopped).toMatchObject({ exitCode: 11, message: { code: "Interrupted" } });
  expect(await leftAtReceiver()).toEqual([]);
  const reads = database.log().length;
  const resumed = await attempt(planFor("stopped", { attempt: 2 }));
  expect(resumed).toMatchObject({ message: { code: "Done" } });
  expect(database.log().slice(reads)).not.toContain("SELECT * FROM trades");
});

test("R20: told to stop between rename and receipt, it still writes the receipt", async () => {
  const end = await attempt(planFor("late"), {
    at: (name, { interruption }) =>
      name === "rename.before" ? interruption.request(new StepError("Interrupted", "stop")) : undefined,
  });
  expect(end).toMatchObject({ exitCode: 11, message: { code: "Interrupted" } });
  expect(end.api.run.status.execution?.deliveries).toMatchObject([{ state: "Delivered" }]);
  expect(await leftAtReceiver()).toEqual([fileName]);
});

test("a cancel before the first intent ends the run with nothing delivered", async () => {
  const end = await attempt(planFor("cancelled"), {
    at: (name, { api }) => {
      if (name === "validated") api.run.spec.cancel = true;
    },
  });
  expect(end).toMatchObject({ exitCode: 13, message: { code: "Cancelled" } });
  expect(await leftAtReceiver()).toEqual([]);
});

test("a cancel in the middle finishes what is in flight and begins nothing new", async () => {
  const two = [newCsvOutput({ fileName }), newCsvOutput({ name: "second", fileName: `second-${fileName}` })];
  const definition = definitionFor({
    outputs: two,
    deliverTo: [{ destination: "regulator", outputs: ["file", "second"] }],
  });
  const end = await attempt(planFor("halfway", {}, {}, definition), {
    at: (name, { api }) => {
      if (name === "upload.after") api.run.spec.cancel = true;
    },
  });
  expect(end.message).toMatchObject({ code: "CancelledAfterDelivery" });
  expect(end.api.run.status.execution?.deliveries?.map(({ state }) => state)).toEqual(["Delivered", "Pending"]);
  expect(await isAtReceiver(`second-${fileName}`)).toBe(false);
});

test("R3: a Pod that lost the attempt before the rename delivers nothing and exits as fenced", async () => {
  const end = await attempt(planFor("lost"), {
    at: (name, { api }) => {
      if (name === "upload.after") api.run.status.attempt = 2;
    },
  });
  expect(end).toMatchObject({ exitCode: 12, message: { code: "Fenced" } });
  expect(await isAtReceiver()).toBe(false);
});

test("a Pod that lost the attempt leaves alone what the owner is writing", async () => {
  const plan = planFor("fenced");
  const written = join(storeFolder, "tmp", plan.run.uid, "of-the-owner");
  const end = await attempt(plan, {
    at: async (name, { api }) => {
      if (name !== "fetch.first-piece") return;
      api.run.status.attempt = 2;
      await writeFile(written, "rows");
    },
  });
  expect(end.message.code).toBe("Fenced");
  expect(await readFile(written, "utf8")).toBe("rows");
});

test("tries again after trouble that passes", async () => {
  let isFirst = true;
  const at: AttemptOptions["at"] = (name) => {
    if (name !== "upload.first-bytes" || !isFirst) return undefined;
    isFirst = false;
    return Promise.reject(new StepError("DestinationUnavailable", "the line broke"));
  };
  const end = await attempt(planFor("again"), { at });
  expect(end.message.code).toBe("Done");
  expect(end.api.run.status.execution?.deliveries).toMatchObject([{ state: "Delivered", attempts: 2 }]);
  expect(await leftAtReceiver()).toEqual([fileName]);
});

test("a conflict at the receiver is for a person", async () => {
  await receiver.put(fileName, "somebody else's");
  const end = await attempt(planFor("conflict"));
  expect(end).toMatchObject({ exitCode: 10, message: { code: "DeliveryConflict", step: "Delivering" } });
  expect(end.api.run.status.execution?.deliveries).toMatchObject([
    { state: "Conflict", lastError: expect.stringContaining(fileName) },
  ]);
  expect((await receiver.files())[fileName]).toBe("somebody else's");
});

test("R26: a receiver that refuses the key is asked once, however many files it is to get", async () => {
  const outputs = ["file", "second", "third"].map((name) => newCsvOutput({ name, fileName: `${name}-${fileName}` }));
  const definition = definitionFor({
    outputs,
    deliverTo: [{ destination: "regulator", outputs: outputs.map(({ name }) => name) }],
  });
  const stranger = {
    ...secrets,
    "destinations/regulator": { ...secrets["destinations/regulator"], username: "stranger" },
  };
  const end = await attempt(planFor("stranger", {}, {}, definition), { secrets: stranger });
  expect(end).toMatchObject({ exitCode: 10, message: { code: "DestinationAuthenticationFailed" } });
  expect(end.api.run.status.execution?.deliveries?.map(({ attempts }) => attempts)).toEqual([1, 0, 0]);
});

test("an attempt that settles asks the receiver and finds what was delivered", async () => {
  const at: AttemptOptions["at"] = (name) =>
    name === "rename.after" ? Promise.reject(new StepError("InternalError", "reply lost")) : undefined;
  const definition = definitionFor({
    destinations: [
      newSftpDestinationFor(receiver, {
        mode: "Live",
        delivery: { ...newSftpDestinationFor(receiver).delivery, maxAttempts: 1 },
      }),
    ],
  });
  const lost = await attempt(planFor("settled", {}, {}, definition), { at });
  expect(lost.api.run.status.execution?.deliveries).toMatchObject([{ state: "InFlight" }]);
  const settled = await attempt(planFor("settled", { attempt: 2, purpose: "Settle" }, {}, definition));
  expect(settled).toMatchObject({ exitCode: 0, message: { code: "Done" } });
  expect(settled.api.run.status.execution?.deliveries).toMatchObject([
    { state: "Delivered", receipt: { verifiedBy: "Hash" } },
  ]);
});

test("a delivery that nobody knows of stays so when the password is changed meanwhile", async () => {
  const at: AttemptOptions["at"] = (name) =>
    name === "rename.after" ? Promise.reject(new StepError("InternalError", "reply lost")) : undefined;
  const onlyTry = { ...newSftpDestinationFor(receiver).delivery, maxAttempts: 1 };
  const definition = definitionFor({
    destinations: [newSftpDestinationFor(receiver, { mode: "Live", delivery: onlyTry })],
  });
  const first = planFor("locked-out", {}, {}, definition);
  const api = await startFakeRunApi(first);
  onTestFinished(() => api.stop());
  await attempt(first, { at, api });
  const stranger = { ...secrets["destinations/regulator"], username: "stranger" };
  const changed = { ...secrets, "destinations/regulator": stranger };
  const end = await attempt(planFor("locked-out", { attempt: 2 }, {}, definition), { secrets: changed, api });
  expect(end.message.code).toBe("DestinationAuthenticationFailed");
  expect(api.run.status.execution?.deliveries).toMatchObject([{ state: "InFlight" }]);
});

test("a delivery that the status had no room for is as unknown as one that it lists", async () => {
  const at: AttemptOptions["at"] = (name) =>
    name === "rename.after" ? Promise.reject(new StepError("InternalError", "reply lost")) : undefined;
  const onlyTry = { ...newSftpDestinationFor(receiver).delivery, maxAttempts: 1 };
  const definition = definitionFor({
    destinations: [newSftpDestinationFor(receiver, { mode: "Live", delivery: onlyTry })],
  });
  const first = planFor("unlisted", {}, {}, definition);
  const api = await startFakeRunApi(first);
  onTestFinished(() => api.stop());
  await attempt(first, { at, api });
  if (api.run.status.execution) delete (api.run.status.execution as { deliveries?: unknown }).deliveries;
  const stranger = { ...secrets["destinations/regulator"], username: "stranger" };
  const changed = { ...secrets, "destinations/regulator": stranger };
  const end = await attempt(planFor("unlisted", { attempt: 2 }, {}, definition), { secrets: changed, api });
  expect(end.message.code).toBe("DestinationAuthenticationFailed");
  expect(api.run.status.execution?.deliveries).toMatchObject([{ state: "InFlight" }]);
});

test("an attempt that settles delivers nothing that is not there", async () => {
  const at: AttemptOptions["at"] = (name) =>
    name === "upload.first-bytes" ? Promise.reject(new StepError("InternalError", "gone")) : undefined;
  const definition = definitionFor({
    destinations: [
      newSftpDestinationFor(receiver, {
        mode: "Live",
        delivery: { ...newSftpDestinationFor(receiver).delivery, maxAttempts: 1 },
      }),
    ],
  });
  await attempt(planFor("absent", {}, {}, definition), { at });
  const settled = await attempt(planFor("absent", { attempt: 2, purpose: "Settle" }, {}, definition));
  expect(settled.message.code).toBe("Done");
  expect(settled.api.run.status.execution?.deliveries).toMatchObject([{ state: "Failed" }]);
  expect(await isAtReceiver()).toBe(false);
});

test("S20: in a cluster no source and no receiver is on loopback", async () => {
  const reads = database.log().length;
  const end = await attempt(planFor("loopback"), { allowLoopback: false });
  expect(end).toMatchObject({
    exitCode: 10,
    message: { code: "AddressRefused", message: expect.stringContaining("127.0.0.1") },
  });
  expect(database.log().slice(reads)).not.toContain("connection");
  await attempt(planFor("loopback"), {
    at: (name, { interruption }) =>
      name === "artifacts.recorded" ? interruption.request(new StepError("Interrupted", "stop")) : undefined,
  });
  const delivering = await attempt(planFor("loopback", { attempt: 2 }), { allowLoopback: false });
  expect(delivering).toMatchObject({ exitCode: 10, message: { code: "AddressRefused", step: "Delivering" } });
});

const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const without = (folder: string, key: string): MountedSecrets => ({
  ...secrets,
  [folder]: Object.fromEntries(Object.entries(secrets[folder] ?? {}).filter(([name]) => name !== key)),
});
const secretCases: Record<
  string,
  {
    secrets: () => MountedSecrets;
    firstStartedAt?: string;
    expected: { exitCode: number; code: string; message: RegExp };
  }
> = {
  "waits for a Secret that is not there yet": {
    secrets: () => ({ "destinations/regulator": secrets["destinations/regulator"] ?? {} }),
    expected: { exitCode: 11, code: "SecretNotFound", message: /warehouse-reader/ },
  },
  "gives a Secret up after two minutes": {
    secrets: () => ({}),
    firstStartedAt: minutesAgo(3),
    expected: { exitCode: 10, code: "SecretNotFound", message: /warehouse-reader/ },
  },
  "names the key that is missing": {
    secrets: () => without("connectors/warehouse", "password"),
    expected: { exitCode: 11, code: "SecretKeyMissing", message: /warehouse-reader .* no key password/ },
  },
  "S5: uses no Secret without the binding key": {
    secrets: () => without("connectors/warehouse", "endpoint"),
    expected: { exitCode: 11, code: "SecretKeyMissing", message: /no key endpoint/ },
  },
  "S2: uses no Secret for another address": {
    secrets: () => ({
      ...secrets,
      "destinations/regulator": { ...secrets["destinations/regulator"], endpoint: "elsewhere:22" },
    }),
    expected: { exitCode: 10, code: "EndpointNotAllowed", message: /does not allow 127\.0\.0\.1/ },
  },
  "uses no Secret of the other mode": {
    secrets: () => ({ ...secrets, "destinations/regulator": { ...secrets["destinations/regulator"], mode: "Test" } }),
    expected: { exitCode: 10, code: "ModeNotAllowed", message: /"Test"/ },
  },
};
test.each(Object.entries(secretCases))(
  "%s, before the source is asked",
  async (_sentence, { secrets: given, firstStartedAt, expected }) => {
    const reads = database.log().length;
    const end = await attempt(planFor("secrets", firstStartedAt ? { firstStartedAt } : {}), { secrets: given() });
    expect(end).toMatchObject({
      exitCode: expected.exitCode,
      message: { code: expected.code, message: expect.stringMatching(expected.message) },
    });
    expect(database.log().slice(reads)).not.toContain("SELECT * FROM trades");
  },
);

async function storedFiles(ending: string): Promise<string[]> {
  const entries = await readdir(storeFolder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name));
}

test.each([
  ["a snapshot", ".rows.zst", "snapshot.recorded"],
  ["an artifact", ".csv", "artifacts.recorded"],
] as const)("notices %s that somebody changed", async (_sentence, ending, place) => {
  await attempt(planFor("tampered"), {
    at: (name, { interruption }) =>
      name === place ? interruption.request(new StepError("Interrupted", "stop")) : undefined,
  });
  const [path] = (await storedFiles(ending)).filter((one) => one.includes("snapshots") || ending === ".csv");
  const bytes = await readFile(path ?? "");
  bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
  await writeFile(path ?? "", bytes);
  const end = await attempt(planFor("tampered", { attempt: 2 }));
  expect(end).toMatchObject({ exitCode: 10, message: { code: "CheckpointCorrupt" } });
  expect(await isAtReceiver()).toBe(false);
});

test("evidence names everything that made the file, and no secret", async () => {
  const end = await attempt(planFor("proven"));
  const execution = end.api.run.status.execution;
  const evidence = JSON.parse(await readFile(join(storeFolder, execution?.evidence?.key ?? ""), "utf8"));
  expect(evidence).toMatchObject({
    run: { name: "proven", businessDate: "2026-04-01", previousBusinessDate: "2026-03-31", attempt: 1 },
    source: { rows: 1000, facts: { product: "PostgreSQL" }, snapshot: { sha256: execution?.snapshot?.sha256 } },
    artifacts: [{ fileName, records: 1000, sha256: execution?.artifacts?.[0]?.sha256 }],
    deliveries: [{ state: "Delivered", receipt: { verifiedBy: "Hash" } }],
    secrets: [
      { kind: "Connector", name: "warehouse", revision: "7" },
      { kind: "Destination", name: "regulator" },
    ],
  });
  expect(JSON.stringify(evidence)).not.toContain(database.reader.password);
});
