/** Owns deflated streams whose bytes do not depend on how the source was cut into chunks. */
import { pipeline, Readable } from "node:stream";
import { crc32, createDeflateRaw } from "node:zlib";

const blockBytes = 64 * 1024;
const level = 6; // part of the format: another level makes other bytes

/** What went in, known when the stream has ended. */
export interface PlainBytes {
  crc32: number;
  sizeBytes: number;
}

/** The deflated bytes of a source; `plain` counts along. */
export async function* deflated(source: AsyncIterable<Uint8Array>, plain: PlainBytes): AsyncGenerator<Uint8Array> {
  const deflate = createDeflateRaw({ level });
  // an error of the source destroys the stream, and is thrown where it is read
  pipeline(Readable.from(counted(inBlocks(source), plain)), deflate, () => {});
  for await (const chunk of deflate) yield chunk as Uint8Array;
}

async function* counted(source: AsyncIterable<Uint8Array>, plain: PlainBytes): AsyncGenerator<Uint8Array> {
  for await (const block of source) {
    plain.crc32 = crc32(block, plain.crc32);
    plain.sizeBytes += block.byteLength;
    yield block;
  }
}

/** The same bytes in blocks of one size, but the last. */
async function* inBlocks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.byteLength; ) {
      const part = chunk.subarray(offset, offset + blockBytes - filled);
      block.set(part, filled);
      offset += part.byteLength;
      filled += part.byteLength;
      if (filled < blockBytes) continue;
      yield block;
      block = Buffer.allocUnsafe(blockBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
