/** Owns compressed lines of JSON in a store: written with back-pressure, read without holding the whole. */
import { createHash } from "node:crypto";
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
const gatheredBytes = 1024 * 1024;

/** A compressed object that grows. */
export interface CompressedWriter {
  /** Adds bytes, which belong to others afterwards. Resolves when more may come. */
  write(bytes: Uint8Array): Promise<void>;
  /** Publishes what was written under a key. */
  commit(key: string): Promise<StoredBytes>;
  abort(): Promise<void>;
}

/** A compressed object that grows by lines. */
export interface LineWriter extends Pick<CompressedWriter, "commit" | "abort"> {
  /** Adds text that ends in a line break. Resolves when more may come. */
  write(text: string): Promise<void>;
}

/** Begins a compressed object. What is written is gathered: few large pieces cost less than many small ones. */
export async function newCompressedWriter(store: Store, owner: string): Promise<CompressedWriter> {
  const writer = await store.newWriter(owner);
  const compressor = createZstdCompress(compression);
  const piped = pipeline(compressor, (chunks) => copy(chunks as AsyncIterable<Uint8Array>, writer));
  piped.catch(() => {}); // a failed copy destroys the compressor: the next write or the commit reports it
  // one buffer is filled while the other is compressed
  let filling: Buffer | undefined;
  let idle: Buffer | undefined;
  let filled = 0;
  let compressing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await Promise.race([compressing, piped]);
    if (compressor.destroyed) await piped;
    if (!filling || filled === 0) return;
    const full = filling;
    const bytes = full.subarray(0, filled);
    compressing = new Promise((resolve) => compressor.write(bytes, () => resolve()));
    filling = idle;
    idle = full;
    filled = 0;
  };
  return {
    write: async (bytes) => {
      for (let at = 0; at < bytes.length; ) {
        filling ??= Buffer.allocUnsafeSlow(gatheredBytes);
        const part = bytes.subarray(at, at + filling.length - filled);
        filling.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === gatheredBytes) await flush();
      }
    },
    commit: async (key) => {
      await flush();
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

/** Begins an object of compressed lines. */
export async function newLineWriter(store: Store, owner: string): Promise<LineWriter> {
  const writer = await newCompressedWriter(store, owner);
  return { ...writer, write: (text) => writer.write(Buffer.from(text)) };
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
  const { chunks, sha256 } = newCompressedReader(store, key);
  async function* lines(): AsyncGenerator<readonly string[]> {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    let rest = "";
    for await (const bytes of chunks) {
      const whole = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = whole.pop() ?? "";
      if (whole.length > 0) yield whole;
    }
    if (rest !== "") yield [rest];
  }
  return { lines: lines(), sha256 };
}

/** The bytes of a compressed object, as they come; `sha256` is that of the object and known when the iteration has ended. */
export interface CompressedReader {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly sha256: () => string;
}

/** Opens a compressed object for reading. The iteration throws when the bytes are not what zstd wrote. */
export function newCompressedReader(store: Store, key: string): CompressedReader {
  const hash = createHash("sha256");
  let digest: string | undefined;
  async function* compressed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of store.readStream(key)) {
      hash.update(chunk);
      yield chunk;
    }
    digest = hash.digest("hex");
  }
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const decompressor = createZstdDecompress({ chunkSize: 128 * 1024 });
    const piped = pipeline(compressed, decompressor, { end: true });
    piped.catch(() => {}); // the loop below throws the same
    for await (const bytes of decompressor as AsyncIterable<Uint8Array>) yield bytes;
    await piped;
  }
  return { chunks: chunks(), sha256: () => digest ?? "" };
}
