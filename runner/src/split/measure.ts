/**
 * Owns how large records are for `split.maxSize`.
 * Uncompressed counts the bytes of the file exactly. Compressed is an estimate from above: what each run of records takes
 * when it is deflated by itself, at the level of packages, and a tenth more, since the package of a whole part was seen to
 * take up to 2 % more than its pieces by themselves. So parts stay below the limit; whoever packs a part still has to look.
 */
import { deflateRawSync } from "node:zlib";
import type { Format } from "../formats/format.ts";

/** What `maxSize` is a size of. */
export type Measured = "Uncompressed" | "Compressed";

// header, directory and name of an archive
const bytesOfArchive = 1024;
const level = 6;
const caution = 1.1;

/** The size of rendered records. */
export function measure(chunks: readonly { readonly bytes: Uint8Array }[], measured: Measured): number {
  const sizes = chunks.map(({ bytes }) =>
    measured === "Compressed" ? Math.ceil(deflateRawSync(bytes, { level }).byteLength * caution) : bytes.byteLength,
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
