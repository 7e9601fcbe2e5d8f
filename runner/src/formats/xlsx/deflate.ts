/** Owns how pieces of a sheet are compressed each on its own, so that their bytes may follow each other in one entry. */
import { constants, crc32, deflateRawSync } from "node:zlib";

/** Compressed bytes, and what they stand for. */
export interface Deflated {
  readonly bytes: Uint8Array;
  readonly crc32: number;
  readonly sizeBytes: number;
}

// parts of the bytes of a file, as the cut of the rows is: never change them for an existing format version
const level = 1;
const memLevel = 8;

// no part of the bytes: what comes out in one go need not be put together
const chunkSize = 256 * 1024;

/** Compresses a piece; `isLast` ends the stream. */
export function deflated(plain: Uint8Array, isLast: boolean): Deflated {
  const finishFlush = isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
  const bytes = deflateRawSync(plain, { level, memLevel, finishFlush, chunkSize });
  return { bytes, crc32: crc32(plain), sizeBytes: plain.length };
}
