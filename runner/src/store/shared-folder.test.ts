/** Proves that runners which share a volume keep out of each other's way. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(root, { recursive: true }));

/** The store as another process with the same process id has it: in a container each runner is process 1. */
async function storeOfAnotherProcess() {
  vi.resetModules();
  return (await import("./folder.ts")).newFolderStore(root);
}

test("two processes with one process id write at the same time", async () => {
  const [one, other] = [await storeOfAnotherProcess(), await storeOfAnotherProcess()];
  const writers = [await one.newWriter("run"), await other.newWriter("run")];
  await Promise.all(writers.map((writer) => writer.write(Buffer.from("rows"))));
  await Promise.all(writers.map((writer, index) => writer.commit(`artifact-${index}`)));
  const created = Array.from({ length: 20 }, (_, index) => [
    one.createExclusive(`ledger/one-${index}`, Buffer.from("1")),
    other.createExclusive(`ledger/other-${index}`, Buffer.from("2")),
  ]);
  expect(new Set(await Promise.all(created.flat()))).toEqual(new Set([true]));
  expect(await one.list("ledger")).toHaveLength(40);
  expect(await readdir(join(root, "tmp/exclusive"))).toEqual([]);
});
