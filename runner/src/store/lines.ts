/** Owns compressed lines of JSON in a store: written with back-pressure, read without holding the whole. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import type { Store, StoredBytes, StoreWriter } from "./store.ts";

// Level 1 is 2.3 times as fast as gzip 1, and smaller.
// Compression runs beside the main thread; what waits for it is bounded by the second number.
const compression = {
  params: { [constants.ZSTD_c_compressionLevel]: 1 },
  chunkSize: 128 * 1024,
  writableHighWaterMark: 1024 * 1024,
};

/** A compressed object that grows by lines. */
export interface LineWriter {
  /** Adds text that ends in a line break. Resolves when more may come. */
  write(text: string): Promise<void>;
  /** Publishes what was written under a key. */
  commit(key: string): Promise<StoredBytes>;
  abort(): Promise<void>;
}

/** Begins an object of compressed lines. */
export async function newLineWriter(store: Store, owner: string): Promise<LineWriter> {
  const writer = await store.newWriter(owner);
  const compressor = createZstdCompress(compression);
  const piped = pipeline(compressor, (chunks) => copy(chunks as AsyncIterable<Uint8Array>, writer));
  piped.catch(() => {}); // a failed copy destroys the compressor: the next write or the commit reports it
  return {
    write: async (text) => {
      if (compressor.destroyed) await piped;
      if (!compressor.write(text)) await Promise.race([once(compressor, "drain"), piped]);
    },
    commit: async (key) => {
      compressor.end();
      await piped;
      return writer.commit(key);
    },
    abort: async () => {
      compressor.destroy();
      await piped.catch(() => {});
      await writer.abort();
    },
  };
}

async function copy(chunks: AsyncIterable<Uint8Array>, writer: StoreWriter): Promise<void> {
  for await (const chunk of chunks) await writer.write(chunk);
}

/** The lines of a compressed object, in groups as they come; `sha256` is known when the iteration has ended. */
export interface LineReader {
  readonly lines: AsyncIterable<readonly string[]>;
  readonly sha256: () => string;
}

/** Opens a compressed object for reading. The iteration throws when the bytes are not what zstd wrote. */
export function newLineReader(store: Store, key: string): LineReader {
  const hash = createHash("sha256");
  let digest: string | undefined;
  async function* compressed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of store.readStream(key)) {
      hash.update(chunk);
      yield chunk;
    }
    digest = hash.digest("hex");
  }
  async function* lines(): AsyncGenerator<readonly string[]> {
    const decompressor = createZstdDecompress();
    decompressor.setEncoding("utf8");
    const piped = pipeline(compressed, decompressor, { end: true });
    piped.catch(() => {}); // the loop below throws the same
    let rest = "";
    for await (const text of decompressor as AsyncIterable<string>) {
      const whole = (rest + text).split("\n");
      rest = whole.pop() ?? "";
      if (whole.length > 0) yield whole;
    }
    await piped;
    if (rest !== "") yield [rest];
  }
  return { lines: lines(), sha256: () => digest ?? "" };
}
