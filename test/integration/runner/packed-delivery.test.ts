/** Proves that a receiver gets parts packed as its delivery says, the same bytes from every attempt, with both hashes kept. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Definition } from "@openreg/crds";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type OpensshPeer, startOpenssh } from "../../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { runOneAttempt } from "./attempt.ts";
import { startFakeRunApi } from "./fake-run-api.ts";
import type { MountedSecrets } from "./runner-process.ts";
import { newCsvOutput, newDefinitionFor, newPlan, newReceiverSecret, newSftpDestinationFor } from "./test-plan.ts";

let database: PostgresqlPeer;
let receiver: OpensshPeer;
let storeFolder: string;
let secrets: MountedSecrets;

beforeAll(async () => {
  [database, receiver] = await Promise.all([startPostgresql(), startOpenssh()]);
  await database.sql("CREATE TABLE trades AS SELECT id, 'name ' || id AS name FROM generate_series(1, 1000) AS id");
  secrets = {
    "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}`, revision: "7" },
    "destinations/regulator": newReceiverSecret(receiver),
  };
});
afterAll(async () => {
  await Promise.all([database?.stop(), receiver?.stop()]);
});
beforeEach(async () => {
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(storeFolder, { recursive: true, force: true }));

const split: Definition["outputs"][number]["split"] = { maxRecords: 600, measured: "Uncompressed" };

function definitionFor(
  name: string,
  packing: Definition["deliverTo"][number]["package"],
  parts: Partial<Definition> = {},
) {
  return newDefinitionFor(database, "SELECT * FROM trades", {
    destinations: [newSftpDestinationFor(receiver, { mode: "Live" })],
    deliverTo: [{ destination: "regulator", outputs: ["file"], ...(packing && { package: packing }) }],
    outputs: [newCsvOutput({ fileName: `${name}-{part.number}.csv`, split })],
    ...parts,
  });
}

const attempt = (definition: Definition, parts = {}) =>
  runOneAttempt({ plan: newPlan(definition, {}, { name: "packed" }), storeFolder, secrets, ...parts });
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test("each part is delivered packed, and both hashes are kept", async () => {
  const end = await attempt(definitionFor("gz", [{ gzip: {} }]));
  expect(end.message).toMatchObject({ code: "Done" });
  const { artifacts = [], deliveries = [], evidence } = end.api.run.status.execution ?? {};
  expect(deliveries.map(({ artifact, state }) => [artifact, state])).toEqual([
    ["gz-1.csv.gz", "Delivered"],
    ["gz-2.csv.gz", "Delivered"],
  ]);
  const { packed } = JSON.parse(await readFile(join(storeFolder, evidence?.key ?? ""), "utf8"));
  expect(packed.length).toBe(2);
  for (const [index, artifact] of artifacts.entries()) {
    const made = await readFile(join(storeFolder, artifact.key));
    const given = await readFile(join(storeFolder, packed[index].key));
    expect(gunzipSync(given).equals(made)).toBe(true);
    expect([sha256(made), sha256(given)]).toEqual([artifact.sha256, packed[index].sha256]);
    expect(deliveries[index]?.receipt?.sizeBytes).toBe(given.length);
  }
  expect(Object.keys(await receiver.files())).toEqual(expect.arrayContaining(["gz-1.csv.gz", "gz-2.csv.gz"]));
});

test("an attempt that goes on after a crash delivers the same packed bytes", async () => {
  const definition = definitionFor("again", [{ zip: { entryName: "again_{part.number}.csv" } }]);
  const plan = newPlan(definition, {}, { name: "packed" });
  const api = await startFakeRunApi(plan);
  try {
    const at = (name: string) => (name === "intent.before" ? Promise.reject(new Error("power cut")) : undefined);
    const first = await runOneAttempt({ plan, storeFolder, secrets, api, at });
    expect(first.exitCode).toBe(11);
    const second = await runOneAttempt({ plan: { ...plan, attempt: 2 }, storeFolder, secrets, api });
    expect(second.message).toMatchObject({ code: "Done" });
    expect(second.log).toContain("artifacts of an earlier attempt are reused");
    expect(api.run.status.execution?.deliveries?.map(({ artifact }) => artifact)).toEqual([
      "again-1.csv.zip",
      "again-2.csv.zip",
    ]);
  } finally {
    await api.stop();
  }
});

test("the pattern of a receiver is about the name that it sees", async () => {
  const destination = newSftpDestinationFor(receiver, { mode: "Live" });
  const delivery = { ...destination.delivery, fileNamePattern: "[a-z0-9-]+[.]csv" };
  const destinations = [{ ...destination, delivery }];
  const end = await attempt(definitionFor("pattern", [{ gzip: {} }], { destinations }));
  expect(end.message).toMatchObject({
    code: "FileNameRefused",
    message: expect.stringContaining("does not match fileNamePattern of Destination regulator as pattern-1.csv.gz"),
  });
});
