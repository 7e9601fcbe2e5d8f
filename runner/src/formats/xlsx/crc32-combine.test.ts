/** Proves that checksums of parts make the checksum of the whole. */
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { combinedCrc32 } from "./crc32-combine.ts";

test("parts of any length make the whole", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), fc.uint8Array({ maxLength: 5000 }), (a, b) => {
      expect(combinedCrc32(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
    }),
    { seed: 20260131 },
  );
});

test("the length may be more than 32 bits hold", () => {
  const piece = Buffer.alloc(1 << 20, "a");
  const once = crc32(piece);
  let sum = 0;
  let doubled = once;
  for (let power = 0; power < 13; power += 1) doubled = combinedCrc32(doubled, doubled, piece.length * 2 ** power);
  for (let count = 0; count < 8192; count += 1) sum = combinedCrc32(sum, once, piece.length);
  expect(doubled).toBe(sum); // 8 GiB
});
