/** Proves how files are numbered from source to receiver: in names, contents and packages, without gap or double. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition, RunPlan } from "@openreg/crds";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { StepError } from "../../../runner/src/errors.ts";
import { Sequence } from "../../../runner/src/sequence.ts";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { type OpensshPeer, startOpenssh } from "../../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { type AttemptOptions, runOneAttempt } from "./attempt.ts";
import type { MountedSecrets } from "./runner-process.ts";
import { newCsvOutput, newDefinitionFor, newPlan, newReceiverSecret, newSftpDestinationFor } from "./test-plan.ts";

let database: PostgresqlPeer;
let receiver: OpensshPeer;
let storeFolder: string;
let secrets: MountedSecrets;
let counter = 0;
let stem: string;

beforeAll(async () => {
  [database, receiver] = await Promise.all([startPostgresql(), startOpenssh()]);
  await database.sql("CREATE TABLE trades AS SELECT id, 'name ' || id AS name FROM generate_series(1, 10) AS id");
  for (const name of ["other", "archive"]) {
    await mkdir(join(receiver.directory, name));
    await chmod(join(receiver.directory, name), 0o777); // the umask would take the server's right to write
  }
  const secret = newReceiverSecret(receiver);
  secrets = {
    "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}` },
    "destinations/regulator": secret,
    "destinations/archive": secret,
  };
});
afterAll(async () => {
  await Promise.all([database?.stop(), receiver?.stop()]);
});
beforeEach(async () => {
  counter += 1;
  stem = `numbered-${counter}`;
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(storeFolder, { recursive: true, force: true }));

const files = { name: "files", width: 6, firstNumber: 1, resets: "Never", order: "Strict" } as const;
type Destination = Definition["destinations"][number];

function regulator(parts: Partial<Destination> = {}): Destination {
  return newSftpDestinationFor(receiver, { mode: "Live", sequences: [files], ...parts });
}

const onlyTry = (): Destination => regulator({ delivery: { ...regulator().delivery, maxAttempts: 1 } });

function definitionFor(parts: Partial<Definition> = {}): Definition {
  const output = newCsvOutput({ fileName: `${stem}_{run.businessDate:yyyyMMdd}_{part.sequence}.csv` });
  const csv = { ...(output.csv as NonNullable<typeof output.csv>), header: ["H {part.sequence}"] };
  return newDefinitionFor(database, "SELECT * FROM trades", {
    destinations: [regulator()],
    deliverTo: [{ destination: "regulator", outputs: ["file"], sequence: "files" }],
    outputs: [{ ...output, csv }],
    ...parts,
  });
}

const uidOf = (name: string): string => `${Buffer.from(name).toString("hex").padEnd(8, "0").slice(0, 8)}-0000`;
/** As if nothing was written to the ledger for some time before the plan was made. */
const later = new Date(Date.now() + 600_000).toISOString();

function attempt(name: string, day: string, definition = definitionFor(), parts: AttemptParts = {}) {
  const { plan = {}, ...options } = parts;
  const run = { name, uid: uidOf(name), businessDate: `2026-04-${day}` };
  return runOneAttempt({ plan: newPlan(definition, plan, run), storeFolder, secrets, ...options });
}
type AttemptParts = Partial<Omit<AttemptOptions, "plan">> & { readonly plan?: Partial<RunPlan> };

/** The files of a directory of the receiver that are of this test. */
async function received(directory = ""): Promise<Readonly<Record<string, string>>> {
  const folder = join(receiver.directory, directory);
  const names = (await readdir(folder)).filter((name) => name.startsWith(stem));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "latin1")])),
  );
}

/** What is left of source snapshots in the store. */
async function snapshots(): Promise<readonly string[]> {
  const names = await readdir(storeFolder, { recursive: true });
  return names.filter((name) => /snapshots\/.*zst$/.test(name));
}

async function ends(destination = "regulator"): Promise<readonly (readonly [number, string])[]> {
  const identity = {
    namespace: "demo",
    series: "trades",
    mode: "Live",
    destination,
    name: "files",
    period: "ever",
  } as const;
  const logs = await Array.fromAsync(new Sequence(newFolderStore(storeFolder), identity).logsAbove(-1));
  return logs.map(({ number, last }) => [number, last.kind]);
}

test("each part has the next number in its name and in what it says, and the next filing goes on from there", async () => {
  const definition = definitionFor();
  const outputs = definition.outputs.map((one) => ({
    ...one,
    split: { maxRecords: 4, measured: "Uncompressed" as const },
  }));
  expect((await attempt("one", "01", { ...definition, outputs })).message).toMatchObject({ code: "Done" });
  expect((await attempt("two", "02", { ...definition, outputs })).message).toMatchObject({ code: "Done" });
  const first = Object.entries(await received()).map(([name, text]) => [name, text.split("\n")[0]]);
  expect(first).toEqual(
    ["01_000001", "01_000002", "01_000003", "02_000004", "02_000005", "02_000006"].map((one) => [
      `${stem}_202604${one}.csv`,
      `H ${one.slice(3)}`,
    ]),
  );
  expect((await ends()).map(([, kind]) => kind)).toEqual(Array(6).fill("Delivered"));
});

test("files of several outputs go out in the order of their numbers, which the rows give to them in turn", async () => {
  const definition = definitionFor({
    inputs: newDefinitionFor(database, "SELECT id, 'name' AS name FROM generate_series(1, 20000) AS id").inputs,
    deliverTo: [{ destination: "regulator", outputs: ["file", "copy"], sequence: "files" }],
  });
  const split = { maxRecords: 6000, measured: "Uncompressed" as const };
  const outputs = definition.outputs.flatMap((one) => ["file", "copy"].map((name) => ({ ...one, name, split })));
  const end = await attempt("one", "01", { ...definition, outputs });
  expect(end.message).toMatchObject({ code: "Done" });
  const numbers = end.api.run.status.execution?.artifacts?.map(({ sequence }) => Number(sequence));
  expect(numbers).not.toEqual(numbers?.toSorted((a, b) => a - b));
  const names = [1, 2, 3, 4, 5, 6, 7, 8].map((one) => `${stem}_20260401_00000${one}.csv`);
  const delivered = end.api.run.status.execution?.deliveries?.map(({ artifact }) => artifact) ?? [];
  expect(delivered.length).toBeGreaterThan(4); // as many as fit into the status
  expect(delivered).toEqual(names.slice(0, delivered.length));
  expect(Object.keys(await received()).toSorted()).toEqual(names);
  expect((await ends()).map(([, kind]) => kind)).toEqual(Array(8).fill("Delivered"));
});

test("each receiver that numbers its files gets them rendered with its own numbers, others get one without", async () => {
  const own = regulator({ name: "archive", sequences: [{ ...files, firstNumber: 500, width: 4 }] });
  const archive = { ...own, sftp: { ...own.sftp, directory: join(receiver.directory, "archive") } };
  const plain = regulator({ name: "plain" });
  const below = { ...plain.sftp, directory: join(receiver.directory, "other") };
  const definition = definitionFor({
    destinations: [regulator(), archive, { ...plain, sftp: below, credentialsSecret: "plain" }],
    deliverTo: [
      { destination: "regulator", outputs: ["file"], sequence: "files" },
      {
        destination: "archive",
        outputs: ["file"],
        sequence: "files",
        package: [{ zip: { entryName: "n{part.sequence}.csv" } }],
      },
      { destination: "plain", outputs: ["file"] },
    ],
  });
  const all = { ...secrets, "destinations/plain": secrets["destinations/regulator"] ?? {} };
  const end = await attempt("one", "01", definition, { secrets: all });
  expect(end.message).toMatchObject({ code: "Done" });
  const names = [`${stem}_20260401_000001.csv`, `${stem}_20260401_0500.csv.zip`];
  expect(Object.keys(await received())).toEqual([names[0]]);
  expect((await received("archive"))[names[1] ?? ""]).toContain("n0500.csv");
  expect((await received("other"))[`${stem}_20260401_.csv`]).toMatch(/^H \n/);
  expect(end.api.run.status.execution?.artifacts).toMatchObject([
    { fileName: `${stem}_20260401_.csv` },
    { fileName: names[0], destination: "regulator", sequence: "000001" },
    { fileName: `${stem}_20260401_0500.csv`, destination: "archive", sequence: "0500" },
  ]);
});

test("a number belongs to its filing: a run that fails leaves it to the run after it", async () => {
  const at: AttemptOptions["at"] = (name) =>
    name === "artifact.before" ? Promise.reject(new StepError("OutputValueInvalid", "a value")) : undefined;
  expect((await attempt("failed", "01", definitionFor(), { at })).exitCode).toBe(10);
  expect(await ends()).toEqual([[1, "Taken"]]);
  const plan = { endedRuns: [uidOf("failed")], firstStartedAt: later, madeAt: later };
  expect((await attempt("good", "01", definitionFor(), { plan })).message.code).toBe("Done");
  expect(await ends()).toEqual([[1, "Delivered"]]);
});

test("the filing after one that was given up voids its number, and a retry of that one gets another", async () => {
  const at: AttemptOptions["at"] = (name) =>
    name === "offer.before" ? Promise.reject(new Error("power cut")) : undefined;
  expect((await attempt("given-up", "01", definitionFor(), { at })).exitCode).toBe(11);
  const active = { activeRuns: [uidOf("given-up")] };
  const waits = await attempt("next", "02", definitionFor(), { plan: active });
  expect(waits.message).toMatchObject({ code: "ResumeAt" });
  expect(waits.api.run.status.execution?.deliveries).toMatchObject([
    { state: "Pending", lastError: expect.stringMatching(/waits: number 1, which run given-up has/) },
  ]);
  const ended = { attempt: 2, endedRuns: [uidOf("given-up")], firstStartedAt: later, madeAt: later };
  expect((await attempt("next", "02", definitionFor(), { plan: ended })).message.code).toBe("Done");
  expect(await ends()).toEqual([
    [1, "Void"],
    [2, "Delivered"],
  ]);
  const retried = await attempt("given-up", "01", definitionFor(), { plan: { attempt: 2 } });
  expect(retried.message.code).toBe("Done");
  expect(retried.log).toContain("numbers that are void now");
  expect(Object.keys(await received())).toEqual([`${stem}_20260401_000003.csv`, `${stem}_20260402_000002.csv`]);
  expect((await ends()).at(-1)).toEqual([3, "Delivered"]);
});

test("a retry of a filing that was settled as not delivered still has its rows, where they are not kept for long", async () => {
  const definition = definitionFor({ keepSourceSnapshot: false, destinations: [onlyTry()] });
  const at: AttemptOptions["at"] = (name) =>
    name === "rename.before" ? Promise.reject(new StepError("InternalError", "power cut")) : undefined;
  await attempt("settled", "01", definition, { at });
  const settled = await attempt("settled", "01", definition, { plan: { attempt: 2, purpose: "Settle" } });
  expect(settled.api.run.status.execution?.deliveries).toMatchObject([{ state: "Failed" }]);
  const ended = { endedRuns: [uidOf("settled")], firstStartedAt: later, madeAt: later };
  expect((await attempt("next", "02", definition, { plan: ended })).message.code).toBe("Done");
  expect(await ends()).toEqual([
    [1, "Void"],
    [2, "Delivered"],
  ]);
  const retried = await attempt("settled", "01", definition, { plan: { attempt: 3 } });
  expect(retried.message.code).toBe("Done");
  const whole = Object.keys(await received()).filter((name) => name.endsWith(".csv"));
  expect(whole).toEqual([`${stem}_20260401_000003.csv`, `${stem}_20260402_000002.csv`]);
  expect(await snapshots()).toEqual([]);
});

test("settling that finds everything delivered removes the rows that are not to be kept", async () => {
  const definition = definitionFor({ keepSourceSnapshot: false, destinations: [onlyTry()] });
  const at: AttemptOptions["at"] = (name) =>
    name === "rename.after" ? Promise.reject(new StepError("InternalError", "power cut")) : undefined;
  await attempt("found", "01", definition, { at });
  expect(await snapshots()).toHaveLength(1);
  await attempt("found", "01", definition, { plan: { attempt: 2, purpose: "Settle" } });
  expect(await snapshots()).toEqual([]);
});

test("a resubmission has the next number, and a sequence that begins anew each year has numbers of each year", async () => {
  const yearly = { ...files, resets: "Yearly" as const };
  const definition = definitionFor({ destinations: [regulator({ sequences: [yearly] })] });
  const rerunOf = { name: "one", resubmit: true, reason: "asked by the regulator" };
  await attempt("one", "01", definition);
  const again = newPlan(definition, {}, { name: "again", uid: uidOf("again"), rerunOf });
  expect((await runOneAttempt({ plan: again, storeFolder, secrets })).message.code).toBe("Done");
  const next = newPlan(definition, {}, { name: "next", uid: uidOf("next"), businessDate: "2027-01-04" });
  expect((await runOneAttempt({ plan: next, storeFolder, secrets })).message.code).toBe("Done");
  const names = ["20260401_000001", "20260401_000002", "20270104_000001"];
  expect(Object.keys(await received())).toEqual(names.map((one) => `${stem}_${one}.csv`));
});

test("an output that nobody wants without records takes no number", async () => {
  const definition = definitionFor();
  const outputs = definition.outputs.map((one) => ({ ...one, whenEmpty: "Fail" as const }));
  const inputs = newDefinitionFor(database, "SELECT * FROM trades WHERE id < 0").inputs;
  const end = await attempt("empty", "01", { ...definition, outputs, inputs });
  expect(end.message.code).toBe("OutputEmpty");
  expect(await ends()).toEqual([]);
});
