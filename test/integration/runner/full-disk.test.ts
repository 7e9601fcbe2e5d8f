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
import { startFakeRunApi } from "./fake-run-api.ts";
import { newRunnerRoot } from "./runner-process.ts";
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

test("R14: a run ends by name before its work volume is full, and completes on a larger one", async () => {
  mount("size=200m");
  const wide = "SELECT id, repeat('x', 240) || id AS noise FROM generate_series(1, 320000) AS id";
  const unique = { columns: ["noise"] };
  const given = newDefinitionFor(database, wide, {
    rules: [{ id: "once", severity: "Blocking", columns: ["noise"], message: "twice", unique }],
    keepSourceSnapshot: false,
  });
  const root = await newRunnerRoot({
    "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}` },
  });
  const attempt = async (workVolumeSize: string) => {
    const plan = newPlan({ ...given, run: { ...given.run, workVolumeSize } });
    const api = await startFakeRunApi(plan);
    const { exitCode, termination } = await root.start(plan, {
      ...{
        OPENREG_API_SERVER: api.url,
        OPENREG_POD_UID: "pod-1",
        OPENREG_POD_NAME: "trades-1-1-abcde",
        TMPDIR: folder,
      },
    }).ended;
    await api.stop();
    return { exitCode, ...termination };
  };
  try {
    expect(await attempt("5Mi")).toMatchObject({
      ...{ exitCode: 11, code: "DiskFull", message: expect.stringContaining("above 90 % of its 5 MiB") },
    });
    expect(await readdir(folder)).toEqual([]);
    expect((await filesOf(root.store)).filter((name) => name.endsWith(".csv"))).toEqual([]);
    expect(await attempt("100Mi")).toMatchObject({ exitCode: 0, code: "Done" });
  } finally {
    await root.remove();
  }
});
