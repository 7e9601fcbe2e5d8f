/** Proves R14: a full volume is named, nothing half is left, and the run goes on once there is space. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runLocally, secretsInMemory } from "@openreg/runner";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DiskMeter } from "../../../runner/src/disk-meter.ts";
import { newSpillFile } from "../../../runner/src/spill-file.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { newDefinitionFor, newPlan } from "./test-plan.ts";

const query = "SELECT id, md5(id::text) || md5((id + 1)::text) AS noise FROM generate_series(1, 40000) AS id";
const mebibyte = 1024 * 1024;
let database: PostgresqlPeer;
let folder: string;

beforeAll(async () => {
  database = await startPostgresql();
});
afterAll(() => database?.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "openreg-small-"));
});
afterEach(async () => {
  execFileSync("umount", ["-l", folder]); // what a failed attempt has open is closed with the process
  await rm(folder, { recursive: true });
});

const mount = (options: string): void => {
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "openreg-small", folder]);
};

function run(attempt: number) {
  const secrets = secretsInMemory({
    "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}` },
  });
  return runLocally({
    plan: { ...newPlan(newDefinitionFor(database, query)), attempt },
    ...{ storeFolder: folder, secrets, show: () => {} },
  });
}

async function filesOf(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

const fills: Record<string, { mount: string; prepare: () => Promise<void>; clear: () => void; message: RegExp }> = {
  "nearly full, which is noticed before it is": {
    mount: "size=20m",
    prepare: () => writeFile(join(folder, "others"), Buffer.alloc(15 * mebibyte)),
    clear: () => execFileSync("mount", ["-o", "remount,size=64m", folder]),
    message: /has [0-9.]+ MiB of 20.0 MiB left, and 2.0 MiB are kept for receipts/,
  },
  "of no more files, as the system says": {
    mount: "size=20m,nr_inodes=6",
    prepare: async () => {},
    clear: () => execFileSync("mount", ["-o", "remount,nr_inodes=1000", folder]),
    message: /ENOSPC.*free space on the volume of the ArtifactStore/,
  },
};
test.each(Object.entries(fills))(
  "R14: a store %s ends the attempt by name, leaves nothing half, and a later attempt completes",
  async (_sentence, fill) => {
    mount(fill.mount);
    await fill.prepare();
    expect(await run(1)).toMatchObject({
      exitCode: 11,
      message: { code: "DiskFull", message: expect.stringMatching(fill.message) },
    });
    expect((await filesOf(folder)).filter((name) => name !== "others")).toEqual([]);
    fill.clear();
    const later = await run(2);
    expect(later).toMatchObject({ exitCode: 0, message: { code: "Done" } });
    expect(later.execution.rows?.written).toBe(40_000);
  },
);

test("R14: a work volume that is full all the same is named, and leaves nothing", async () => {
  mount("size=4m");
  const spill = newSpillFile(new DiskMeter(), folder);
  const fill = (): void => {
    for (;;) spill.append(Buffer.alloc(mebibyte));
  };
  expect(fill).toThrow(expect.objectContaining({ code: "DiskFull", message: expect.stringMatching(/ENOSPC/) }));
  expect(await readdir(folder)).toEqual([]);
});
