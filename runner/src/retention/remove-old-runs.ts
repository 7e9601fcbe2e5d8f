/** Owns which bytes of a store are removed when they are old enough: what runs kept, never the ledger, and never what proves a run. */
import type { Dirent } from "node:fs";
import { lstat, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../errors.ts";

/** What may be removed. */
export interface RemovalRules {
  /** Epoch milliseconds: only runs whose newest file is older. */
  readonly before: number;
  /** UIDs of the runs that the cluster still has: their bytes stay, however old. */
  readonly keep: ReadonlySet<string>;
  /** When this happens, for the note that is left. */
  readonly now: string;
}

/** What was removed. */
export interface Removal {
  readonly runs: number;
  readonly files: number;
  readonly bytes: number;
}

/** What stays of every run: hashes of all that was, and the note that the rest was removed. No row is in them. */
const stays = ["evidence.json", "manifest.json"];
const note = "removed.json";

/** Removes what runs kept in a store folder. Only `runs/` and `tmp/` are looked at; killed at any point, the next call goes on. */
export async function removeOldRuns(root: string, rules: RemovalRules): Promise<Removal> {
  let total: Removal = { runs: 0, files: 0, bytes: 0 };
  for (const name of await foldersIn(join(root, "runs"))) {
    for (const uid of await foldersIn(join(root, "runs", name))) {
      if (rules.keep.has(uid)) continue;
      const removed = await removeRun(join(root, "runs", name, uid), rules);
      if (removed.files > 0) total = sum(total, removed);
    }
  }
  for (const uid of await foldersIn(join(root, "tmp"))) {
    if (rules.keep.has(uid) || uid === "exclusive") continue; // what is exclusive belongs to no run; runs sweep it
    total = sum(total, { ...(await removeTemporary(join(root, "tmp", uid), rules)), runs: 0 });
  }
  return total;
}

async function removeRun(folder: string, { before, now }: RemovalRules): Promise<Removal> {
  const files = (await filesIn(folder)).filter(({ path }) => path !== join(folder, note));
  if (files.some(({ changedAt }) => changedAt >= before)) return none;
  const gone = files.filter(({ path }) => !stays.some((name) => path === join(folder, name)));
  if (gone.length === 0) return none;
  const removal = { runs: 1, files: gone.length, bytes: bytesOf(gone) };
  await leaveNote(folder, { removedAt: now, files: removal.files, bytes: removal.bytes });
  for (const { path } of gone) await rm(path, { force: true });
  await removeEmptyFolders(folder);
  return removal;
}

/** Before anything goes, so that nobody finds files missing without a reason; the first note counts everything and stays. */
async function leaveNote(folder: string, removed: object): Promise<void> {
  try {
    await writeFile(join(folder, note), `${JSON.stringify(removed)}\n`, { flag: "wx" });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

async function removeTemporary(folder: string, { before }: RemovalRules): Promise<Removal> {
  const files = await filesIn(folder);
  if (files.length === 0 || files.some(({ changedAt }) => changedAt >= before)) return none;
  for (const { path } of files) await rm(path, { force: true });
  await removeEmptyFolders(folder);
  return { runs: 0, files: files.length, bytes: bytesOf(files) };
}

const none: Removal = { runs: 0, files: 0, bytes: 0 };

const bytesOf = (files: readonly FoundFile[]): number => files.reduce((bytes, { size }) => bytes + size, 0);

function sum(first: Removal, second: Removal): Removal {
  return { runs: first.runs + second.runs, files: first.files + second.files, bytes: first.bytes + second.bytes };
}

interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly changedAt: number;
}

/** Every file below a folder. A link is taken for the file that it is, never for what it points at. */
async function filesIn(folder: string): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const entry of await entriesIn(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesIn(path)));
    else {
      const { size, mtimeMs } = await lstat(path);
      found.push({ path, size, changedAt: mtimeMs });
    }
  }
  return found;
}

async function removeEmptyFolders(folder: string): Promise<void> {
  for (const name of await foldersIn(folder)) {
    await removeEmptyFolders(join(folder, name));
    await rmdir(join(folder, name)).catch((error: unknown) => {
      if (codeOf(error) !== "ENOTEMPTY") throw error;
    });
  }
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  return (await entriesIn(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function entriesIn(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}
