/** Proves that a folder publishes whole objects or none, and creates exclusively. */
import { createHash } from "node:crypto";
import { link, mkdtemp, open, readdir, readlink, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newFolderStore } from "./folder.ts";
import { newLineReader, newLineWriter } from "./lines.ts";
import type { Store } from "./store.ts";

let root: string;
let store: Store;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "openreg-store-"));
  store = newFolderStore(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const text = async (key: string): Promise<string | undefined> => {
  const bytes = await store.read(key);
  return bytes && Buffer.from(bytes).toString("utf8");
};

test("creates a key once: of many at the same time one wins, and its bytes stay", async () => {
  const won = await Promise.all(
    Array.from({ length: 20 }, (_, index) => store.createExclusive("a/b", Buffer.from(`writer ${index}`))),
  );
  expect(won.filter(Boolean).length).toBe(1);
  expect(await text("a/b")).toBe(`writer ${won.indexOf(true)}`);
  expect(await readdir(join(root, "tmp", "exclusive"))).toEqual([]);
});

const taken = Object.assign(new Error("EEXIST: file already exists"), { code: "EEXIST" });

test("a name that a network file system calls taken, because the answer to our own link was lost, is ours", async () => {
  const lossy = newFolderStore(root, async (from, to) => {
    await link(from, to);
    throw taken; // what the repeated request finds
  });
  expect(await lossy.createExclusive("a/b", Buffer.from("ours"))).toBe(true);
  expect(await text("a/b")).toBe("ours");
  expect(await readdir(join(root, "tmp", "exclusive"))).toEqual([]);
});

test("a name that somebody took in that moment is theirs", async () => {
  const late = newFolderStore(root, async (from, to) => {
    await store.createExclusive("a/b", Buffer.from("theirs"));
    await link(from, to);
  });
  expect(await late.createExclusive("a/b", Buffer.from("ours"))).toBe(false);
  expect(await text("a/b")).toBe("theirs");
});

test("shows nothing before commit, and hash and size after it", async () => {
  const writer = await store.newWriter("run");
  const parts = Array.from({ length: 50 }, (_, index) => Buffer.alloc(10_000, index));
  for (const part of parts) await writer.write(part);
  expect(await store.list("out")).toEqual([]);
  const whole = Buffer.concat(parts);
  expect(await writer.commit("out/file")).toEqual({
    sha256: createHash("sha256").update(whole).digest("hex"),
    sizeBytes: whole.length,
  });
  expect(await store.list("out")).toEqual(["file"]);
  expect(Buffer.compare(Buffer.from((await store.read("out/file")) ?? []), whole)).toBe(0);
});

test("aborting leaves nothing, also twice and after a commit", async () => {
  const writer = await store.newWriter("run");
  await writer.write(Buffer.from("x"));
  await writer.abort();
  await writer.abort();
  const other = await store.newWriter("run");
  await other.write(Buffer.from("kept"));
  await other.commit("kept");
  await other.abort();
  expect(await text("kept")).toBe("kept");
  expect(await readdir(join(root, "tmp", "run"))).toEqual([]);
});

test("sweeps what an earlier process of the owner left, and only that", async () => {
  await store.newWriter("mine").then(async (writer) => writer.write(Buffer.from("x")).then(() => writer.finish()));
  await store.newWriter("theirs").then(async (writer) => writer.write(Buffer.from("x")).then(() => writer.finish()));
  await store.sweep("mine");
  expect(await readdir(join(root, "tmp"))).toEqual(["theirs"]);
});

test.each(["../outside", "a/../../b", "a//b", "", "a/\0"])("refuses %j as a key", async (key) => {
  await expect(store.read(key).then()).rejects.toMatchObject({ code: "InternalError" });
});

test("says that the store is unavailable, and keeps the cause", async () => {
  await store.newWriter("run").then((writer) => writer.commit("file"));
  const noFolder = newFolderStore(join(root, "file"));
  const unavailable = { code: "StoreUnavailable", retryable: true, cause: expect.anything() };
  await expect(noFolder.createExclusive("a", Buffer.from("x"))).rejects.toMatchObject(unavailable);
  await expect(noFolder.newWriter("run")).rejects.toMatchObject(unavailable);
  expect(await store.read("nothing")).toBeUndefined();
  expect(await store.list("nothing")).toEqual([]);
});

test("lines survive compression, and a changed byte is noticed", async () => {
  const lines = await newLineWriter(store, "run");
  for (let index = 0; index < 5000; index += 1) await lines.write(`{"row":${index},"text":"Müller 株"}\n`);
  const stored = await lines.commit("lines");
  const reader = newLineReader(store, "lines");
  const read: string[] = [];
  for await (const group of reader.lines) read.push(...group);
  expect(read.length).toBe(5000);
  expect(JSON.parse(read[4999] ?? "")).toEqual({ row: 4999, text: "Müller 株" });
  expect(reader.sha256()).toBe(stored.sha256);
});

test("sweeping closes the files of writers that nobody ended", async () => {
  const [open, others, ended] = [
    await store.newWriter("mine"),
    await store.newWriter("other"),
    await store.newWriter("mine"),
  ];
  await ended.commit("out/ended");
  const held = async () => {
    const paths = (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ""));
    return (await Promise.all(paths)).filter((path) => path.startsWith(root)).length;
  };
  expect(await held()).toBe(2);
  await store.sweep("mine");
  expect(await held()).toBe(1);
  await expect(open.write(Buffer.alloc(2 << 20))).rejects.toThrow();
  await others.abort();
  expect(await held()).toBe(0);
  expect(await text("out/ended")).toBe("");
});

test("sweeps what killed processes left of exclusive creations, not what may be in use", async () => {
  await store.createExclusive("a", Buffer.from("x"));
  const folder = join(root, "tmp", "exclusive");
  for (const name of ["old", "new"]) await writeFile(join(folder, name), "x");
  const old = new Date(Date.now() - 2 * 3_600_000);
  await utimes(join(folder, "old"), old, old);
  await store.sweep("mine");
  expect(await readdir(folder)).toEqual(["new"]);
});

/** The folders and files whose bytes are forced to disk while something is done. */
async function syncedBy(act: () => Promise<unknown>): Promise<readonly string[]> {
  const some = await open(root, "r");
  const handles = Object.getPrototypeOf(some);
  await some.close();
  const synced: Promise<string>[] = [];
  const sync = handles.sync;
  const spy = vi.spyOn(handles, "sync").mockImplementation(function (this: { fd: number }) {
    synced.push(readlink(`/proc/self/fd/${this.fd}`));
    return synced.at(-1)?.then(() => sync.call(this));
  });
  await act().finally(() => spy.mockRestore());
  return (await Promise.all(synced)).filter((path) => !path.startsWith(join(root, "tmp")));
}

test("makes every new folder durable, up to the one that was there", async () => {
  await store.createExclusive("a/first", Buffer.from("x"));
  expect(await syncedBy(() => store.createExclusive("a/b/c/name", Buffer.from("x")))).toEqual(
    ["a/b", "a", "a/b/c"].map((name) => join(root, name)),
  );
  const writer = await store.newWriter("run");
  expect(await syncedBy(() => writer.commit("d/e/name"))).toEqual(["d", "", "d/e"].map((name) => join(root, name)));
});
