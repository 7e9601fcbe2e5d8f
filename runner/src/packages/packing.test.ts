/** Proves packages: the same bytes however the source is cut, both hashes, names, and errors that leave nothing half done. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { someRun } from "../formats/run-texts.fixture.ts";
import { newFolderStore } from "../store/folder.ts";
import { gzipped } from "./gzip.ts";
import { type PackingSettings, packedName, packFile } from "./packing.ts";
import { zipped } from "./zip.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "openreg-packing-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const part = { number: 1, records: 2, sequence: "000418" };
const text = Buffer.from("id,name\n1,Anna\n".repeat(20_000));

test("a gzip file has no time, name and system in it, and the bytes of its source", async () => {
  const file = await all(gzipped(inChunks(text, 1000)));
  expect([...file.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
  expect(gunzipSync(file).equals(text)).toBe(true);
});

test("the bytes do not depend on how the source is cut", async () => {
  const random = fc.sample(fc.uint8Array({ minLength: 300_000, maxLength: 300_000 }), { numRuns: 1, seed: 7 })[0];
  for (const source of [text, Buffer.from(random ?? []), Buffer.alloc(0)]) {
    const whole = await all(gzipped(inChunks(source, source.length || 1)));
    for (const size of [100, 65_535, 65_536, 65_537, 200_000]) {
      expect((await all(gzipped(inChunks(source, size)))).equals(whole)).toBe(true);
    }
  }
});

test("a zip archive has one entry with a fixed time", async () => {
  const file = await all(zipped(inChunks(text, 1000), "report.csv"));
  expect(file.readUInt32LE(10)).toBe(0x00210000); // 1 January 1980, 00:00
  const nameLength = file.readUInt16LE(26);
  const deflatedBytes = file.subarray(30 + nameLength);
  expect(file.subarray(30, 30 + nameLength).toString()).toBe("report.csv");
  expect(inflateRawSync(deflatedBytes, { maxOutputLength: text.length }).equals(text)).toBe(true);
});

const names: Record<string, readonly [settings: PackingSettings, name: string]> = {
  gzip: [[{ gzip: {} }], "a.xml.gz"],
  zip: [[{ zip: {} }], "a.xml.zip"],
  "gzip in zip": [[{ gzip: {} }, { zip: {} }], "a.xml.gz.zip"],
  nothing: [[], "a.xml"],
};
test.each(Object.entries(names))("the name of a file packed with %s", (_sentence, [settings, name]) => {
  expect(packedName("a.xml", settings)).toBe(name);
});

test("both hashes are of the bytes before and behind", async () => {
  const settings = [{ gzip: {} }, { zip: { entryName: "MIFIR_{run.parameters.lei}_{part.sequence}.xml.gz" } }];
  const { packed, bytes } = await packedWith(settings);
  expect(packed.fileName).toBe("a.xml.gz.zip");
  expect(packed.unpacked).toEqual({ sha256: sha256(text), sizeBytes: text.length });
  expect(packed.packed).toEqual({ sha256: sha256(bytes), sizeBytes: bytes.length });
  expect(bytes.toString("latin1")).toContain("MIFIR_9999OPENREG000000168_000418.xml.gz");
});

const refused: Record<string, string> = {
  "a folder in the name of an entry": "../{part.sequence}.xml",
  "a name that needs what is not there": "{run.parameters.none}.xml",
};
test.each(Object.entries(refused))("refuses %s before anything is written", async (_sentence, entryName) => {
  await expect(packedWith([{ zip: { entryName } }])).rejects.toMatchObject({ code: "FileNameRefused" });
});

test("what the source throws is thrown", async () => {
  async function* broken() {
    yield text;
    throw new Error("the store is gone");
  }
  await expect(all(zipped(broken(), "a"))).rejects.toThrow("the store is gone");
});

test("who stops reading stops the source", async () => {
  let closed = false;
  async function* endless() {
    try {
      for (;;) yield text;
    } finally {
      closed = true;
    }
  }
  let taken = 0;
  for await (const _ of gzipped(endless())) if (taken++ > 3) break;
  await expect.poll(() => closed).toBe(true);
});

async function packedWith(settings: PackingSettings) {
  const store = newFolderStore(folder);
  const writer = await store.newWriter("run");
  const file = { fileName: "a.xml", part };
  const packed = await packFile(inChunks(text, 5000), file, { settings, texts: someRun, writer });
  await writer.commit("packed");
  return { packed, bytes: await readFile(join(folder, "packed")) };
}

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

async function all(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
