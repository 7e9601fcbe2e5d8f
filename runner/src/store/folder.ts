/** Owns the store that is a folder: a volume in a cluster, any folder on a laptop. */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { codeOf, messageOf, StepError } from "../errors.ts";
import { FreeSpace } from "./free-space.ts";
import type { Store, StoredBytes, StoreWriter } from "./store.ts";

const temporaryFolder = "tmp";
const exclusiveOwner = "exclusive"; // of no run: a process that was killed leaves what only time tells from what is in use
const exclusiveMilliseconds = 3_600_000;
/** No space, no inode, or more than the account may have. */
const fullCodes: readonly string[] = ["ENOSPC", "EDQUOT"];
const gatheredBytes = 1024 * 1024;
const ownWord = randomBytes(8).toString("hex"); // tells processes apart: in a container each has the process id 1
let counter = 0;

type LinkFile = (from: string, to: string) => Promise<void>;

/** A store in a folder, which must exist. `linkFile` is how the file system gives a file a second name. */
export function newFolderStore(root: string, linkFile: LinkFile = link): Store {
  const at = (key: string): string => join(root, checked(key));
  const space = new FreeSpace(root);
  const unended = new Map<string, Set<StoreWriter>>();
  return {
    createExclusive: (key, bytes) => guarded(key, () => createExclusive(root, at(key), { bytes, linkFile })),
    newWriter: (owner) => guarded(owner, async () => kept(unended, owner, await newWriter(root, owner, space))),
    read: (key) => guarded(key, () => readFile(at(key)).catch(undefinedWhenMissing)),
    readStream: (key) => readStream(key, at(key)),
    list: (prefix) =>
      guarded(prefix, async () => (await readdir(at(prefix)).catch(undefinedWhenMissing))?.sort() ?? []),
    remove: (key) => guarded(key, () => rm(at(key), { force: true })),
    sweep: (owner) =>
      guarded(owner, async () => {
        await Promise.all([...(unended.get(owner) ?? [])].map((writer) => writer.abort()));
        await rm(join(root, temporaryFolder, checked(owner)), { recursive: true, force: true });
        await sweepExclusive(root);
      }),
  };
}

/** Keeps a writer until it has ended: a file that nobody closes ends the process when it is found. */
function kept(unended: Map<string, Set<StoreWriter>>, owner: string, writer: StoreWriter): StoreWriter {
  const own = unended.get(owner) ?? new Set();
  unended.set(owner, own.add(writer));
  return {
    ...writer,
    commit: async (key) => {
      const stored = await writer.commit(key);
      own.delete(writer);
      return stored;
    },
    abort: async () => {
      own.delete(writer);
      await writer.abort();
    },
  };
}

async function newWriter(root: string, owner: string, space: FreeSpace): Promise<StoreWriter> {
  const path = await temporaryPath(root, owner);
  const file = await open(path, "wx", 0o640);
  const hash = createHash("sha256");
  let sizeBytes = 0;
  // small writes are gathered, and one write is under way while the next is made: rows need not wait for the disk
  let filling: Buffer | undefined;
  let idle: Buffer | undefined;
  let filled = 0;
  let writing: Promise<void> = Promise.resolve();
  let finished: StoredBytes | undefined;
  const flush = async (): Promise<void> => {
    await writing;
    if (!filling || filled === 0) return;
    const full = filling;
    await space.take(filled);
    writing = writeAll(file, full.subarray(0, filled));
    writing.catch(() => {}); // the next flush throws it
    filling = idle;
    idle = full;
    filled = 0;
  };
  const gather = async (bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.byteLength; ) {
      filling ??= Buffer.allocUnsafeSlow(gatheredBytes);
      const part = bytes.subarray(at, at + gatheredBytes - filled);
      filling.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled === gatheredBytes) await flush();
    }
  };
  const finish = async (): Promise<StoredBytes> => {
    if (finished) return finished;
    await flush();
    await writing;
    await file.sync();
    await file.close();
    finished = { sha256: hash.digest("hex"), sizeBytes };
    return finished;
  };
  return {
    write: (bytes) =>
      guarded(path, async () => {
        hash.update(bytes);
        sizeBytes += bytes.byteLength;
        await gather(bytes);
      }),
    finish: () => guarded(path, finish),
    read: () => readStream(owner, path),
    commit: (key) =>
      guarded(key, async () => {
        const stored = await finish();
        await publish(path, join(root, checked(key)));
        return stored;
      }),
    abort: async () => {
      await writing.catch(() => {});
      if (!finished) await file.close().catch(() => {}); // closed already, or never to be read again
      await rm(path, { force: true }).catch(() => {}); // the next attempt sweeps
    },
  };
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.byteLength; ) {
    offset += (await file.write(bytes, offset, bytes.byteLength - offset)).bytesWritten;
  }
}

async function temporaryPath(root: string, owner: string): Promise<string> {
  const folder = join(root, temporaryFolder, checked(owner));
  // the root is never made: where a volume is gone, an empty store would know of nothing that was filed
  await mkdir(join(root, temporaryFolder)).catch(undefinedWhenThere);
  await mkdir(folder, { recursive: true });
  counter += 1;
  return join(folder, `${ownWord}-${counter}`);
}

async function publish(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await rename(from, to);
  await syncFolder(dirname(to));
}

async function createExclusive(
  root: string,
  path: string,
  { bytes, linkFile }: { readonly bytes: Uint8Array; readonly linkFile: LinkFile },
): Promise<boolean> {
  const temporary = await temporaryPath(root, exclusiveOwner);
  const file = await open(temporary, "wx", 0o640);
  try {
    await writeAll(file, bytes);
    await file.sync();
    await makeFolder(dirname(path));
    const isOurs = await isLinked(temporary, path, linkFile);
    if (isOurs) await syncFolder(dirname(path));
    return isOurs;
  } finally {
    await file.close();
    await unlink(temporary);
  }
}

/** Gives a file of ours its name; answers false when another has it. A link, unlike a rename, refuses a name that is taken. */
async function isLinked(temporary: string, path: string, linkFile: LinkFile): Promise<boolean> {
  try {
    await linkFile(temporary, path);
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    // over a network the request is repeated when its answer is lost, and then finds the name that it made itself
    return (await stat(temporary)).nlink > 1;
  }
}

/** Removes what killed processes left of exclusive creations. */
async function sweepExclusive(root: string): Promise<void> {
  const folder = join(root, temporaryFolder, exclusiveOwner);
  for (const name of (await readdir(folder).catch(undefinedWhenMissing)) ?? []) {
    const path = join(folder, name);
    const found = await stat(path).catch(undefinedWhenMissing); // its process removes it, too
    if (found && Date.now() - found.mtimeMs > exclusiveMilliseconds) await rm(path, { force: true });
  }
}

/** Makes a folder with those above it; each new one is durable only when the one above it is. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  const last = dirname(resolve(first));
  let at = resolve(path);
  do {
    at = dirname(at);
    await syncFolder(at);
  } while (at !== last && at !== dirname(at));
}

/** A new name is durable only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function* readStream(key: string, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 });
  } catch (error) {
    throw unavailable(key, error);
  }
}

function checked(key: string): string {
  if (key.split("/").some((part) => part === "" || part === "." || part === "..") || key.includes("\0")) {
    throw new StepError("InternalError", `'${key}' is not a key of the store`);
  }
  return key;
}

function undefinedWhenMissing(error: unknown): undefined {
  if (codeOf(error) === "ENOENT") return undefined;
  throw error;
}

function undefinedWhenThere(error: unknown): undefined {
  if (codeOf(error) === "EEXIST") return undefined;
  throw error;
}

async function guarded<T>(key: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof StepError ? error : unavailable(key, error);
  }
}

function unavailable(key: string, cause: unknown): StepError {
  const isFull = fullCodes.includes(codeOf(cause) ?? "");
  const remedy = isFull ? "free space on the volume of the ArtifactStore" : "check the volume of the ArtifactStore";
  const message = `the artifact store failed at ${key}: ${messageOf(cause)}; ${remedy}`;
  return new StepError(isFull ? "DiskFull" : "StoreUnavailable", message, { cause });
}
