/** Owns deflated streams whose bytes do not depend on how the source was cut into chunks. */
import { pipeline, Readable } from "node:stream";
import { crc32, createDeflateRaw } from "node:zlib";

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
  pipeline(Readable.from(counted(source, plain)), deflate, () => {});
  for await (const chunk of deflate) yield chunk as Uint8Array;
}

async function* counted(source: AsyncIterable<Uint8Array>, plain: PlainBytes): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    plain.crc32 = crc32(chunk, plain.crc32);
    plain.sizeBytes += chunk.byteLength;
    yield chunk;
  }
}
