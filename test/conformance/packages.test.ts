/** Holds packages to readers of others: Python's gzip and zipfile. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { gzipped } from "../../runner/src/packages/gzip.ts";
import { zipped } from "../../runner/src/packages/zip.ts";
import { readWith } from "./read-with.ts";

const sources: Record<string, Buffer> = {
  nothing: Buffer.alloc(0),
  text: Buffer.from("id,name\n1,Änna 😀\n".repeat(100_000)),
  "bytes that cannot be packed": createHash("shake256", { outputLength: 3_000_000 }).update("seed").digest(),
};

test.each(Object.entries(sources))("gzip finds %s as it was", async (_name, bytes) => {
  expect(await readWith("read_package.py", await all(gzipped(of(bytes))), ["gzip"])).toEqual({
    name: null,
    time: bytes.length === 0 ? expect.toSatisfy((time) => time === 0 || time === null) : 0,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    size: bytes.length,
  });
});

test.each(Object.entries(sources))("zipfile finds %s as it was", async (_name, bytes) => {
  const name = "Änderung 株.csv";
  expect(await readWith("read_package.py", await all(zipped(of(bytes), name)), ["zip"])).toEqual({
    name,
    time: [1980, 1, 1, 0, 0, 0],
    broken: null,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    size: bytes.length,
  });
});

async function* of(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += 10_000) yield bytes.subarray(offset, offset + 10_000);
}

async function all(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}
