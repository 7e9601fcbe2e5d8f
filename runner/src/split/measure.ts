/**
 * Owns how large records are for `split.maxSize`.
 * Uncompressed counts the bytes of the file exactly. Compressed counts what each run of records takes deflated by itself,
 * at the level of packages: it finds fewer repeats than the package of the whole part does, so parts come out somewhat
 * smaller than allowed, never larger but by the few bytes of an archive, which are counted too.
 */
import { deflateRawSync } from "node:zlib";
import type { Format } from "../formats/format.ts";

/** What `maxSize` is a size of. */
export type Measured = "Uncompressed" | "Compressed";

// header, directory and name of an archive
const bytesOfArchive = 1024;
const level = 6;

/** The size of rendered records. */
export function measure(chunks: readonly { readonly bytes: Uint8Array }[], measured: Measured): number {
  const sizes = chunks.map(({ bytes }) =>
    measured === "Compressed" ? deflateRawSync(bytes, { level }).byteLength : bytes.byteLength,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The most bytes that may stand around the records of a part: their number and that of the part have no more digits than these. */
export function measureAround(format: Format, measured: Measured, sequence: string): number {
  const part = { number: 999_999, records: 999_999_999_999, sequence };
  const file = format.newFile();
  const sections = file.sections.flatMap((section) => section.end());
  const around = [...file.begin(part), ...sections, ...file.end(part)].map((bytes) => ({ bytes }));
  return measure(around, measured) + (measured === "Compressed" ? bytesOfArchive : 0);
}
