import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { changesText, compareSections } from "./comparison.ts";
import { findingsOf, runFolderIn, runFolderOf, runSections } from "./run-folder.ts";

let store: string;
beforeEach(async () => {
  store = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(store, { recursive: true }));

interface Kept {
  readonly findings: readonly string[];
  readonly written: number;
  readonly sha256: string;
}

async function newRun(name: string, uid: string, { findings, written, sha256 }: Kept): Promise<string> {
  const folder = join(store, "runs", name, uid);
  await mkdir(folder, { recursive: true });
  const lines = findings.map((rule, index) => `${JSON.stringify({ rule, severity: "Warning", row: index + 1 })}\n`);
  await writeFile(join(folder, "findings.ndjson.zst"), zstdCompressSync(lines.join("")));
  const artifacts = [{ output: "trades", fileName: "t.csv", records: written, sizeBytes: 9, sha256 }];
  const evidence = { run: { businessDate: "2026-04-01" }, version: { contentHash: "v" }, rows: { written }, artifacts };
  await writeFile(join(folder, "evidence.json"), JSON.stringify(evidence));
  return folder;
}

const kept: Kept = { findings: ["A", "A", "B"], written: 3, sha256: "aa" };

test("findings are read in their order", async () => {
  const folder = await newRun("daily", "u1", kept);
  const rules: string[] = [];
  for await (const { rule } of findingsOf(folder)) rules.push(rule);
  expect(rules).toEqual(["A", "A", "B"]);
});

test("of runs of one name the latest is taken", async () => {
  const older = await newRun("daily", "u1", kept);
  const later = await newRun("daily", "u2", kept);
  await utimes(older, 1, 1);
  expect(await runFolderIn(store, "daily")).toBe(later);
  expect(await runFolderOf(older)).toBe(older);
});

test("a run that does not exist is named, with those that do", async () => {
  await newRun("daily", "u1", kept);
  await expect(runFolderIn(store, "weekly")).rejects.toThrow(/no run 'weekly' in .*; there are daily$/);
  await expect(runFolderOf(store)).rejects.toThrow("is no folder of a run");
});

test("two runs are different in rows, findings and artifacts", async () => {
  const first = await runSections(await newRun("daily", "u1", kept));
  const second = await runSections(await newRun("daily", "u2", { findings: ["A", "C"], written: 4, sha256: "bb" }));
  expect(compareSections(first, first)).toEqual([]);
  expect(changesText(compareSections(first, second))).toBe(`ROWS
  ~ written
      3 -> 4

FINDINGS
  ~ A
      2 -> 1
  - B
  + C

ARTIFACTS
  ~ trades
      records: 3 -> 4
      sha256: "aa" -> "bb"`);
});
