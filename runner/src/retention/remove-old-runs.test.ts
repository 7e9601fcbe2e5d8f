/** Proves what retention takes from a store, and that it never takes the ledger, evidence, or anything of a run that is still there. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type RemovalRules, removeOldRuns } from "./remove-old-runs.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "openreg-retention-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const old = new Date("2020-01-01T00:00:00Z");
const rules: RemovalRules = {
  before: Date.parse("2025-01-01T00:00:00Z"),
  keep: new Set(["kept"]),
  now: "2026-04-01T00:00:00Z",
};

async function put(path: string, at = old): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), "bytes");
  await utimes(join(root, path), at, at);
}

const runFiles = [
  "snapshots/trades.ndjson.zst",
  "findings.ndjson.zst",
  "artifacts/file/a.csv",
  "checkpoints/artifacts.json",
  "manifest.json",
  "evidence.json",
];
const putRun = async (folder: string) => {
  for (const path of runFiles) await put(`runs/${folder}/${path}`);
};
const left = async () =>
  (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
    .toSorted();

test("bytes of an old run go; evidence, manifest and a note of what went stay", async () => {
  await putRun("a/gone");
  expect(await removeOldRuns(root, rules)).toEqual({ runs: 1, files: 4, bytes: 20 });
  expect(await left()).toEqual(["runs/a/gone/evidence.json", "runs/a/gone/manifest.json", "runs/a/gone/removed.json"]);
  expect(await readdir(join(root, "runs/a/gone"))).toHaveLength(3);
  expect(JSON.parse(await readFile(join(root, "runs/a/gone/removed.json"), "utf8"))).toEqual({
    removedAt: rules.now,
    files: 4,
    bytes: 20,
  });
});

test("a second time there is nothing to do", async () => {
  await putRun("a/gone");
  await removeOldRuns(root, rules);
  expect(await removeOldRuns(root, rules)).toEqual({ runs: 0, files: 0, bytes: 0 });
});

test("killed in the middle, the next time goes on", async () => {
  await putRun("a/gone");
  await rm(join(root, "runs/a/gone/artifacts"), { recursive: true });
  expect(await removeOldRuns(root, rules)).toMatchObject({ runs: 1, files: 3 });
  expect(await left()).not.toContain("runs/a/gone/findings.ndjson.zst");
});

test("the note that was left before a kill counts everything, and stays as it is", async () => {
  await putRun("a/gone");
  const note = join(root, "runs/a/gone/removed.json");
  await writeFile(note, "first");
  await removeOldRuns(root, rules);
  expect(await readFile(note, "utf8")).toBe("first");
});

const staying: Record<string, () => Promise<void>> = {
  "of a run that the cluster still has": () => putRun("a/kept"),
  "of a run with a file that is younger": async () => {
    await putRun("a/young");
    await put("runs/a/young/findings.ndjson.zst", new Date("2025-06-01T00:00:00Z"));
  },
  "of the ledger": async () => {
    for (const path of ["filings/f/claim-1", "filings/f/met-1", "submissions/s/intent-1", "submissions/s/receipt"])
      await put(path);
  },
  "of whatever else lies there": () => put("chains/trades/1"),
  "of exclusive creations": () => put("tmp/exclusive/x"),
  "of what a run is writing": () => put("tmp/kept/x"),
};

test.each(Object.entries(staying))("nothing goes %s", async (_what, prepare) => {
  await prepare();
  const before = await left();
  expect(await removeOldRuns(root, rules)).toEqual({ runs: 0, files: 0, bytes: 0 });
  expect(await left()).toEqual(before);
});

test("temporary bytes of runs that are gone go", async () => {
  await put("tmp/gone/half-a-file");
  expect(await removeOldRuns(root, rules)).toMatchObject({ files: 1 });
  expect(await left()).toEqual([]);
});

test("a link is removed as a link: what it points at stays", async () => {
  await put("filings/f/claim-1");
  await putRun("a/gone");
  const link = join(root, "runs/a/gone/artifacts/link");
  await symlink(join(root, "filings"), link);
  const { lutimes } = await import("node:fs/promises");
  await lutimes(link, old, old);
  await removeOldRuns(root, rules);
  expect(await left()).toContain("filings/f/claim-1");
  expect(await left()).not.toContain("runs/a/gone/artifacts/link");
});

test("an empty store, or one that is new, is left alone", async () => {
  expect(await removeOldRuns(root, rules)).toEqual({ runs: 0, files: 0, bytes: 0 });
});
