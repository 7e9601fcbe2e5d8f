/** Proves that the cluster's programs can be built on a machine whose PATH leads to no Go, or to Debian's old one. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../cluster/command.ts";

let cache: string;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "openreg-cache-"));
});
afterAll(() => rm(cache, { recursive: true, force: true }));

test("without a new Go on PATH the toolchain is brought as a module and builds a program that starts", async () => {
  const env = { PATH: `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`, XDG_CACHE_HOME: cache };
  const main = join(import.meta.dirname, "..", "cluster", "main.ts");
  const pause = (await run(process.execPath, [main, "build", "pause"], { env })).trim();
  expect(await readdir(join(cache, "openreg"))).toContain("go-1.26.8");
  expect(await run("timeout", ["--preserve-status", "1", pause])).toBe("");
});
