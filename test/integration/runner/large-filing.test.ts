/** Proves that a filing at its largest ends well: 40 parts to two receivers, names at their longest, 10,000 findings. */
import { createHash } from "node:crypto";
import type { Definition } from "@openreg/crds";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { type OpensshPeer, startOpenssh } from "../../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { type FakeRunApi, startFakeRunApi } from "./fake-run-api.ts";
import { newRunnerRoot, type RunnerRoot } from "./runner-process.ts";
import { newCsvOutput, newDefinitionFor, newPlan, newSftpDestinationFor } from "./test-plan.ts";

const rows = 10_000;
const partCount = 40;
/** Of the 16 KiB of a run: what the runner may say. */
const executionBytes = 8 * 1024;
/** Most bytes of a file name. */
const nameBytes = 255;
const receivers = ["a", "b"].map((letter) => letter.repeat(63)) as [string, string];
const output = "o".repeat(63);
const runName = "r".repeat(48);

let database: PostgresqlPeer;
let peers: readonly OpensshPeer[];
let root: RunnerRoot;
let api: FakeRunApi;

beforeAll(async () => {
  [database, peers] = await Promise.all([startPostgresql(), Promise.all([startOpenssh(), startOpenssh()])]);
});
afterAll(async () => {
  await Promise.all([database?.stop(), ...(peers ?? []).map((peer) => peer.stop()), root?.remove(), api?.stop()]);
});

/** Three bytes each: a name at its longest has few characters. */
const longestName = `${"€".repeat(82)}_{part.number:00}.csv`;

function definition(): Definition {
  const destinations = peers.map((peer, index) => {
    const one = newSftpDestinationFor(peer, { name: receivers[index] ?? "", mode: "Live" });
    return { ...one, delivery: { ...one.delivery, temporarySuffix: `.${"p".repeat(31)}` } };
  });
  const rule = (letter: string) => ({
    ...{ id: letter.repeat(63), severity: "Warning" as const, assert: "row.name == ''", columns: ["id", "name"] },
    message: "m".repeat(512),
  });
  return newDefinitionFor(database, `SELECT id, 'name ' || id AS name FROM generate_series(1, ${rows}) AS id`, {
    report: "p".repeat(52),
    series: "s".repeat(63),
    rules: [rule("w")],
    destinations,
    outputs: [
      newCsvOutput({
        name: output,
        fileName: longestName,
        split: { maxRecords: rows / partCount, measured: "Uncompressed" },
      }),
    ],
    deliverTo: receivers.map((destination) => ({ destination, outputs: [output] })),
  });
}

test("C21: 40 parts reach both receivers, whole and once, while the status stays small", async () => {
  const plan = newPlan(definition(), {}, { name: runName });
  root = await newRunnerRoot({
    "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}` },
    ...Object.fromEntries(
      peers.map(({ host, port, username, privateKey }, index) => [
        `destinations/${receivers[index]}`,
        { username, privateKey, endpoint: `${host}:${port}`, mode: "Live" },
      ]),
    ),
  });
  api = await startFakeRunApi(plan);
  const environment = {
    ...{ OPENREG_API_SERVER: api.url, OPENREG_POD_UID: "u".repeat(36), OPENREG_POD_NAME: `${runName}-1-abcde` },
  };
  const end = await root.start(plan, environment).ended;
  expect(end.termination).toMatchObject({ code: "Done", message: expect.any(String) });
  expect(end.exitCode).toBe(0);

  const files = await Promise.all(peers.map((peer) => peer.files()));
  const names = Array.from({ length: partCount }, (_, index) =>
    longestName.replace("{part.number:00}", String(index + 1).padStart(2, "0")),
  );
  expect(Buffer.byteLength(names[0] ?? "")).toBeGreaterThan(nameBytes - 3);
  for (const held of files) {
    expect(Object.keys(held).toSorted()).toEqual(names);
    const records = names.flatMap((name) => (held[name] ?? "").split("\n").slice(1, -1));
    expect(records).toHaveLength(rows);
    expect(new Set(records).size).toBe(rows);
  }

  const { execution } = api.run.status;
  expect(execution).toMatchObject({
    rows: { fetched: rows, written: rows },
    findings: { warning: rows },
    deliveryCounts: { delivered: 2 * partCount, pending: 0, failed: 0 },
    manifest: { artifacts: partCount, deliveries: 2 * partCount },
  });
  for (const written of api.writes) {
    expect(Buffer.byteLength(JSON.stringify(written))).toBeLessThanOrEqual(executionBytes);
  }
  const store = newFolderStore(root.store);
  const manifest = JSON.parse(Buffer.from((await store.read(execution?.manifest?.key ?? "")) ?? []).toString("utf8"));
  expect(manifest.artifacts.map(({ sha256 }: { sha256: string }) => sha256)).toEqual(
    names.map((name) =>
      createHash("sha256")
        .update(files[0]?.[name] ?? "")
        .digest("hex"),
    ),
  );
});
