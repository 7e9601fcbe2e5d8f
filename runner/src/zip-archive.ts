/**
 * Owns the bytes of a ZIP file that is written from front to back: no entry's size is known before its end, so sizes follow
 * the bytes of an entry. Times are fixed. Sizes and places of 4 GiB and more are written in ZIP64 form, all others are not:
 * not every reader of workbooks takes ZIP64 where it is not needed.
 */

/** What the directory at the end says about an entry. */
export interface ArchiveEntry {
  readonly name: string;
  readonly isDeflated: boolean;
  readonly crc32: number;
  readonly packedBytes: number;
  readonly plainBytes: number;
  /** Where its header begins. */
  readonly offset: number;
}

type Sizes = Pick<ArchiveEntry, "crc32" | "packedBytes" | "plainBytes">;

const limit32 = 0xffffffff;
const limit16 = 0xffff;
const deflated = 8;
const utf8Names = 0x0800;
const sizesFollow = 0x0008;
const firstOfJanuary1980 = 0x0021;
const version = 20;
const versionZip64 = 45;

/** The header of an entry whose deflated bytes follow, and then its `descriptor`. */
export function streamedHeader(name: string): Uint8Array {
  return localHeader(name, deflated, sizesFollow, { crc32: 0, packedBytes: 0, plainBytes: 0 });
}

/** The header of an entry whose bytes follow as they are. */
export function storedHeader(name: string, crc32: number, sizeBytes: number): Uint8Array {
  return localHeader(name, 0, 0, { crc32, packedBytes: sizeBytes, plainBytes: sizeBytes });
}

function localHeader(name: string, method: number, flags: number, sizes: Sizes): Uint8Array {
  const named = Buffer.from(name);
  return joined(
    u32(0x04034b50),
    u16(version, flags | utf8Names, method, 0, firstOfJanuary1980),
    u32(sizes.crc32, sizes.packedBytes, sizes.plainBytes),
    u16(named.length, 0),
    named,
  );
}

/** What follows the bytes of a streamed entry. */
export function descriptor({ crc32, packedBytes, plainBytes }: Sizes): Uint8Array {
  const isLarge = packedBytes >= limit32 || plainBytes >= limit32;
  const sizes = isLarge ? u64(packedBytes, plainBytes) : u32(packedBytes, plainBytes);
  return joined(u32(0x08074b50, crc32), sizes);
}

/** The directory, which ends the file and begins at this place. */
export function directory(entries: readonly ArchiveEntry[], offset: number): Uint8Array {
  const records = joined(...entries.map(directoryRecord));
  const isLarge = entries.length >= limit16 || records.length >= limit32 || offset >= limit32;
  const count = Math.min(entries.length, limit16);
  return joined(
    records,
    isLarge ? zip64End(entries.length, records.length, offset) : u16(),
    u32(0x06054b50),
    u16(0, 0, count, count),
    u32(Math.min(records.length, limit32), Math.min(offset, limit32)),
    u16(0),
  );
}

function directoryRecord(entry: ArchiveEntry): Uint8Array {
  const { name, isDeflated, crc32, packedBytes, plainBytes, offset } = entry;
  const named = Buffer.from(name);
  const large = [plainBytes, packedBytes, offset].filter((value) => value >= limit32);
  const extra = large.length === 0 ? u16() : joined(u16(0x0001, large.length * 8), u64(...large));
  return joined(
    u32(0x02014b50),
    u16(versionZip64, large.length === 0 ? version : versionZip64, (isDeflated ? sizesFollow : 0) | utf8Names),
    u16(isDeflated ? deflated : 0, 0, firstOfJanuary1980),
    u32(crc32, Math.min(packedBytes, limit32), Math.min(plainBytes, limit32)),
    u16(named.length, extra.length, 0, 0, 0),
    u32(0, Math.min(offset, limit32)),
    named,
    extra,
  );
}

function zip64End(count: number, length: number, offset: number): Uint8Array {
  return joined(
    u32(0x06064b50),
    u64(44),
    u16(versionZip64, versionZip64),
    u32(0, 0),
    u64(count, count, length, offset),
    u32(0x07064b50, 0),
    u64(offset + length),
    u32(1),
  );
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

function u16(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return bytes;
}

function u32(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

function u64(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), index * 8);
  return bytes;
}
