/** Proves the form of archives beyond 4 GiB by their bytes; test/long reads a real one. */
import { expect, test } from "vitest";
import { type ArchiveEntry, descriptor, directory } from "./zip-archive.ts";

const small = { crc32: 0x01020304, packedBytes: 5, plainBytes: 9 };
const entry: ArchiveEntry = { name: "a", isDeflated: true, ...small, offset: 0 };
const gib4 = 2 ** 32;

const descriptors = {
  "sizes below 4 GiB take 4 bytes each": { sizes: small, length: 16 },
  "a plain size of 4 GiB takes 8 bytes, and so does the other": { sizes: { ...small, plainBytes: gib4 }, length: 24 },
  "a packed size of 4 GiB takes 8 bytes, and so does the other": { sizes: { ...small, packedBytes: gib4 }, length: 24 },
};
test.each(Object.entries(descriptors))("%s", (_sentence, { sizes, length }) => {
  const bytes = Buffer.from(descriptor(sizes));
  expect(bytes.length).toBe(length);
  const read =
    length === 16
      ? [bytes.readUInt32LE(8), bytes.readUInt32LE(12)]
      : [bytes.readBigUInt64LE(8), bytes.readBigUInt64LE(16)];
  expect(read.map(Number)).toEqual([sizes.packedBytes, sizes.plainBytes]);
});

test("an archive below the limits holds nothing of ZIP64", () => {
  const bytes = Buffer.from(directory([entry], 100));
  expect(bytes.length).toBe(46 + 1 + 22);
  expect(bytes.includes(Buffer.from([0x50, 0x4b, 0x06, 0x06]))).toBe(false);
});

test("only what does not fit stands in the ZIP64 field, in its order", () => {
  const bytes = Buffer.from(directory([{ ...entry, plainBytes: gib4 + 1, offset: gib4 + 2 }], 100));
  expect(bytes.readUInt16LE(6)).toBe(45);
  expect([bytes.readUInt32LE(20), bytes.readUInt32LE(24), bytes.readUInt32LE(42)]).toEqual([5, 0xffffffff, 0xffffffff]);
  expect([bytes.readUInt16LE(47), bytes.readUInt16LE(49)]).toEqual([1, 16]);
  expect([bytes.readBigUInt64LE(51), bytes.readBigUInt64LE(59)]).toEqual([BigInt(gib4 + 1), BigInt(gib4 + 2)]);
});

test("a value that is the mark of ZIP64 itself is written in that form", () => {
  const bytes = Buffer.from(directory([{ ...entry, plainBytes: gib4 - 1 }], 100));
  expect(bytes.readUInt16LE(49)).toBe(8);
  expect(Number(bytes.readBigUInt64LE(51))).toBe(gib4 - 1);
  expect(descriptor({ ...small, packedBytes: gib4 - 1 }).length).toBe(24);
});

test("a directory behind 4 GiB is found through the ZIP64 end", () => {
  const bytes = Buffer.from(directory([entry], gib4 + 7));
  const end64 = bytes.indexOf(Buffer.from([0x50, 0x4b, 0x06, 0x06]));
  const locator = bytes.indexOf(Buffer.from([0x50, 0x4b, 0x06, 0x07]));
  expect([end64, locator]).toEqual([47, 47 + 56]);
  expect(
    [bytes.readBigUInt64LE(end64 + 32), bytes.readBigUInt64LE(end64 + 40), bytes.readBigUInt64LE(end64 + 48)].map(
      Number,
    ),
  ).toEqual([1, 47, gib4 + 7]);
  expect(Number(bytes.readBigUInt64LE(locator + 8))).toBe(gib4 + 7 + 47);
  expect(bytes.readUInt32LE(bytes.length - 6)).toBe(0xffffffff);
});
