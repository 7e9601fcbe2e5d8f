/** Owns how the objects of a store in a folder are listed, hashed and read; each is read once. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { UsageError } from "../usage-error.ts";

/** The objects of a store. */
export interface StoredObjects {
  /** All keys, sorted, temporary bytes left out. */
  readonly keys: readonly string[];
  readonly temporary: readonly string[];
  has(key: string): boolean;
  sizeOf(key: string): Promise<number>;
  sha256Of(key: string): Promise<string>;
  /** The object as JSON, or undefined when it is none. */
  json(key: string): Promise<unknown>;
}

/** Opens the folder of a store. Throws UsageError for what is none. */
export async function openStore(folder: string): Promise<StoredObjects> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new UsageError(`${folder} cannot be read: name the folder of a store`, { cause });
  });
  const all = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
  const keys = all.filter((key) => !key.startsWith("tmp/"));
  if (!keys.some((key) => key.startsWith("runs/") || key.startsWith("evidence/")))
    throw new UsageError(`${folder} is no store of runs: it has neither runs/ nor evidence/`);
  const known = new Set(keys);
  const hashes = new Map<string, Promise<string>>();
  return {
    keys,
    temporary: all.filter((key) => key.startsWith("tmp/")),
    has: (key) => known.has(key),
    sizeOf: async (key) => (await stat(join(folder, key))).size,
    sha256Of: (key) => {
      const hash = hashes.get(key) ?? hashOf(folder, key);
      hashes.set(key, hash);
      return hash;
    },
    json: async (key) => {
      try {
        return JSON.parse(await readFile(join(folder, key), "utf8"));
      } catch {
        return undefined;
      }
    },
  };
}

async function hashOf(folder: string, key: string): Promise<string> {
  const path = join(folder, key);
  const hash = createHash("sha256");
  if (!key.startsWith("runs/")) return hash.update(await readFile(path)).digest("hex"); // entries are small
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
