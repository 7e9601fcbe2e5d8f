/** Proves R14 for the artifact store: a full volume is named, nothing half is left, and the run goes on once there is space. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runLocally, secretsInMemory } from "@openreg/runner";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { newDefinitionFor, newPlan } from "./test-plan.ts";

let database: PostgresqlPeer;
let storeFolder: string;

beforeAll(async () => {
  database = await startPostgresql();
});
afterAll(() => database?.stop());
beforeEach(async () => {
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-small-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "openreg-small", storeFolder]);
});
afterEach(async () => {
  execFileSync("umount", [storeFolder]);
  await rm(storeFolder, { recursive: true });
});

test("R14: a full store ends the attempt by name, leaves nothing half, and a later attempt completes", async () => {
  const query = "SELECT id, md5(id::text) || md5((id + 1)::text) AS noise FROM generate_series(1, 40000) AS id";
  const secrets = secretsInMemory({
    "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}` },
  });
  const plan = newPlan(newDefinitionFor(database, query));
  const full = await runLocally({ plan, storeFolder, secrets, show: () => {} });
  expect(full).toMatchObject({
    exitCode: 11,
    message: { code: "StoreUnavailable", message: expect.stringContaining("free space") },
  });
  const left = (await readdir(storeFolder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  expect(left).toEqual([]);
  execFileSync("mount", ["-o", "remount,size=64m", storeFolder]);
  const later = await runLocally({ plan: { ...plan, attempt: 2 }, storeFolder, secrets, show: () => {} });
  expect(later).toMatchObject({ exitCode: 0, message: { code: "Done" } });
  expect(later.execution.rows?.written).toBe(40_000);
});
