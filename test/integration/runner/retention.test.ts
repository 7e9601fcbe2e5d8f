/** Proves the process that removes old bytes: the same program as a run, told by its argument, with no token, no Secret and no network. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "openreg-retention-"));
  for (const folder of ["store", "dev"]) await mkdir(join(root, folder));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const old = new Date("2020-01-01T00:00:00Z");

async function put(path: string, text = "bytes"): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
  await utimes(join(root, path), old, old);
}

/** Runs it with a plan; `planSha256` is what the Job says of it. */
async function retain(plan: object, planSha256?: string) {
  const text = JSON.stringify(plan);
  await put("etc/openreg/plan/plan.json", text);
  const env = {
    PATH: process.env.PATH,
    OPENREG_TEST_ROOT: root,
    OPENREG_PLAN_SHA256: planSha256 ?? createHash("sha256").update(text).digest("hex"),
  };
  const main = join(import.meta.dirname, "../../../runner/src/main.ts");
  const child = spawn(process.execPath, [main, "retention"], { env, stdio: "ignore" });
  const [exitCode] = await once(child, "exit");
  return { exitCode, words: JSON.parse(await readFile(join(root, "dev/termination-log"), "utf8")) };
}

const before = "2025-01-01T00:00:00Z";
const isThere = (path: string) =>
  readFile(join(root, path)).then(
    () => true,
    () => false,
  );

test("removes what is old and keeps the ledger, and says how much", async () => {
  await put("store/runs/a/gone/artifacts/file/a.csv");
  await put("store/runs/a/kept/artifacts/file/a.csv");
  await put("store/submissions/s/receipt");
  const { exitCode, words } = await retain({ contract: 1, before, keep: ["kept"] });
  expect({ exitCode, words }).toMatchObject({
    exitCode: 0,
    words: { code: "Done", message: expect.stringContaining("1 files (5 bytes) of 1 runs") },
  });
  const paths = [
    "store/runs/a/gone/artifacts/file/a.csv",
    "store/runs/a/kept/artifacts/file/a.csv",
    "store/submissions/s/receipt",
  ];
  expect(await Promise.all(paths.map(isThere))).toEqual([false, true, true]);
});

const refused: Record<string, { plan: object; sha256?: string; code: string }> = {
  "a plan that is not the Job's": {
    plan: { contract: 1, before, keep: [] },
    sha256: "0".repeat(64),
    code: "PlanInvalid",
  },
  "a plan that would take what is young": {
    plan: { contract: 1, before: "2999-01-01T00:00:00Z", keep: [] },
    code: "PlanInvalid",
  },
  "a plan without a list of what to keep": { plan: { contract: 1, before }, code: "PlanInvalid" },
  "a time that is none": { plan: { contract: 1, before: "soon", keep: [] }, code: "PlanInvalid" },
};

test.each(Object.entries(refused))("removes nothing by %s", async (_what, { plan, sha256, code }) => {
  await put("store/runs/a/gone/artifacts/file/a.csv");
  const { exitCode, words } = await retain(plan, sha256);
  expect({ exitCode, code: words.code }).toEqual({ exitCode: 10, code });
  expect(await isThere("store/runs/a/gone/artifacts/file/a.csv")).toBe(true);
});

test("says that a volume is not there", async () => {
  await rm(join(root, "store"), { recursive: true });
  const { words } = await retain({ contract: 1, before, keep: [] });
  expect(words).toMatchObject({ code: "StoreUnavailable" });
});
