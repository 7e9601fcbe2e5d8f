/** Proves the rows of the delivery table that need a whole run: receivers with few rights, names that two Reports share, resubmissions. */
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition, RunPlan } from "@openreg/crds";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { type OpensshPeer, startOpenssh } from "../../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { type AttemptOptions, runOneAttempt } from "./attempt.ts";
import type { MountedSecrets } from "./runner-process.ts";
import { newCsvOutput, newDefinitionFor, newPlan, newSecretsFor, newSftpDestinationFor } from "./test-plan.ts";

let database: PostgresqlPeer;
let receiver: OpensshPeer;
let storeFolder: string;
let counter = 0;
let fileName: string;

beforeAll(async () => {
  [database, receiver] = await Promise.all([startPostgresql(), startOpenssh()]);
  await database.sql("CREATE TABLE trades AS SELECT id, 'name ' || id AS name FROM generate_series(1, 100) AS id");
});
afterAll(async () => {
  await Promise.all([database?.stop(), receiver?.stop()]);
});
beforeEach(async () => {
  counter += 1;
  fileName = `delivery-${counter}.csv`;
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(storeFolder, { recursive: true, force: true }));

type Delivery = Definition["destinations"][number]["delivery"];

interface Given extends Partial<Omit<AttemptOptions, "plan">> {
  readonly to?: OpensshPeer;
  readonly delivery?: Partial<Delivery>;
  readonly definition?: Partial<Definition>;
  readonly run?: Partial<RunPlan["run"]>;
}

function attempt(name: string, { to = receiver, delivery = {}, definition = {}, run = {}, ...options }: Given = {}) {
  const destination = newSftpDestinationFor(to, { mode: "Live" });
  const once = { ...destination.delivery, maxAttempts: 1, ...delivery };
  const secrets: MountedSecrets = newSecretsFor(database, to);
  const whole = newDefinitionFor(database, "SELECT * FROM trades", {
    destinations: [{ ...destination, delivery: once }],
    deliverTo: [{ destination: "regulator", outputs: ["file"] }],
    outputs: [newCsvOutput({ fileName })],
    ...definition,
  });
  const plan = newPlan(whole, {}, { name, uid: `${name}-uid`, ...run });
  return runOneAttempt({ plan, storeFolder, secrets, ...options });
}

async function opened(refuses: readonly string[]): Promise<OpensshPeer> {
  const peer = await startOpenssh({ refuses });
  onTestFinished(() => peer.stop());
  return peer;
}

test.each([
  ["Hash", "Hash"],
  ["Size", "Size"],
  ["None", "None"],
] as const)(
  "D5: a file that the partner takes away at once was delivered, proven as verify %s says",
  async (verify, verifiedBy) => {
    const end = await attempt("taken", {
      delivery: { verify },
      at: (name) => (name === "rename.after" ? rm(join(receiver.directory, fileName)) : undefined),
    });
    expect(end.message.code).toBe("Done");
    expect(end.api.run.status.execution?.deliveries).toMatchObject([{ state: "Delivered", receipt: { verifiedBy } }]);
  },
);

test("D5: a receiver that lets nobody rename is named, and no file gets its final name", async () => {
  const to = await opened(["rename", "posix-rename", "hardlink"]);
  const end = await attempt("no-rename", { to });
  expect(end).toMatchObject({
    exitCode: 10,
    message: {
      code: "DestinationRefused",
      message: expect.stringMatching(/Destination regulator at .*[Pp]ermission denied/),
    },
  });
  expect(Object.keys(await to.files())).not.toContain(fileName);
});

test("D5: a receiver that lets nobody read is proven by size when the Destination asks for no more, and refused when it does", async () => {
  const to = await opened(["read"]);
  const size = await attempt("no-read", { to, delivery: { verify: "Size" } });
  expect(size.message.code).toBe("Done");
  const { deliveries = [] } = size.api.run.status.execution ?? {};
  expect(deliveries[0]?.receipt).toMatchObject({ verifiedBy: "Size" });
  expect(deliveries[0]?.receipt).not.toHaveProperty("sha256");
  fileName = `again-${fileName}`;
  const hash = await attempt("no-read-hash", { to, run: { businessDate: "2026-04-02" } });
  expect(hash).toMatchObject({ exitCode: 10, message: { code: "DestinationRefused" } });
  expect(Object.keys(await to.files())).not.toContain(fileName);
});

test("D5: a receiver that answers no question about files is named", async () => {
  const to = await opened(["stat", "lstat", "fstat"]);
  const end = await attempt("no-stat", { to });
  expect(end).toMatchObject({ exitCode: 10, message: { code: "DestinationRefused" } });
  expect(Object.keys(await to.files())).not.toContain(fileName);
});

test("D11: a resubmission has the next number, and its evidence says who asked for it and why", async () => {
  await attempt("original");
  const rerunOf = { name: "original", resubmit: true, reason: "the receiver lost the file" };
  await rm(join(receiver.directory, fileName));
  const end = await attempt("again", { run: { rerunOf } });
  expect(end.message.code).toBe("Done");
  const { filing, evidence } = end.api.run.status.execution ?? {};
  expect(filing).toMatchObject({ submission: 2 });
  const said = JSON.parse(await readFile(join(storeFolder, evidence?.key ?? ""), "utf8"));
  expect(said.run.rerunOf).toEqual(rerunOf);
});

test("D12: when two Reports give one name to different files, the second is a conflict and the first stays", async () => {
  await attempt("one");
  const first = (await receiver.files())[fileName];
  const inputs = newDefinitionFor(database, "SELECT * FROM trades WHERE id < 10").inputs;
  const end = await attempt("two", { definition: { series: "other", report: "other", inputs } });
  expect(end).toMatchObject({
    exitCode: 10,
    message: { code: "DeliveryConflict", message: expect.stringContaining(fileName) },
  });
  expect((await receiver.files())[fileName]).toBe(first);
});

test("D13: a link at the final name is a conflict, and what it points to is left alone", async () => {
  const secret = join(receiver.directory, `${fileName}.target`);
  await writeFile(secret, "of somebody else");
  await symlink(secret, join(receiver.directory, fileName));
  const end = await attempt("linked");
  expect(end).toMatchObject({ exitCode: 10, message: { code: "DeliveryConflict" } });
  expect(await readFile(secret, "utf8")).toBe("of somebody else");
});

test("D13: a link to nowhere at the final name is never written through", async () => {
  await symlink(join(receiver.directory, `${fileName}.nowhere`), join(receiver.directory, fileName));
  const end = await attempt("dangling");
  expect(end.exitCode).not.toBe(0);
  await expect(readFile(join(receiver.directory, `${fileName}.nowhere`))).rejects.toMatchObject({ code: "ENOENT" });
  await rm(join(receiver.directory, fileName));
});
