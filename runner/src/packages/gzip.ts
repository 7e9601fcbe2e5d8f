/** Owns gzip files: without time, name and system in them, so that the same bytes give the same file. */
import { deflated } from "./deflate.ts";

const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);

/** The gzip file of a source. */
export async function* gzipped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const plain = { crc32: 0, sizeBytes: 0 };
  yield header;
  yield* deflated(source, plain);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(plain.crc32, 0);
  trailer.writeUInt32LE(plain.sizeBytes % 2 ** 32, 4);
  yield trailer;
}
