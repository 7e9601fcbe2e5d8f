/** Says that a row is read the same whether its fields are cut out of one text or decoded one by one. */
import { constants } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pieceOf, type Row, RowReader } from "./piece.ts";

const value = fc.oneof(
  fc.constant(null),
  fc.string({ maxLength: 50, unit: "binary" }).filter((text) => text.isWellFormed()),
  fc.stringMatching(/^[ -~]{0,50}$/),
);

test.each([
  ["of one text", Number.POSITIVE_INFINITY],
  ["of too many bytes for one text", 0],
])("a piece %s gives every row exactly", (_what, largestTextBytes) => {
  fc.assert(
    fc.property(fc.array(fc.array(value, { maxLength: 12 }), { maxLength: 20 }), (rows) => {
      const reader = new RowReader(pieceOf(rows).bytes, largestTextBytes);
      expect(rows.map(() => reader.next())).toEqual(rows);
    }),
  );
});

test("rows come out of more bytes than a text may have", () => {
  const rows: readonly Row[] = [
    ["1", "é"],
    ["2", null],
  ];
  const bytes = Buffer.from(new SharedArrayBuffer(constants.MAX_STRING_LENGTH + 1)); // no page of it is touched but the first
  bytes.set(pieceOf(rows).bytes);
  const reader = new RowReader(bytes);
  expect(rows.map(() => reader.next())).toEqual(rows);
});

test("rows are read the same wherever their bytes begin in a buffer", () => {
  const rows = Array.from({ length: 12 }, (_, length): Row => ["x".repeat(length), "é", "abc", null]);
  const { bytes } = pieceOf(rows);
  for (let offset = 0; offset < 8; offset += 1) {
    const buffer = new Uint8Array(new SharedArrayBuffer(offset + bytes.length), offset);
    buffer.set(bytes);
    const reader = new RowReader(buffer);
    expect(rows.map(() => reader.next())).toEqual(rows);
  }
});
