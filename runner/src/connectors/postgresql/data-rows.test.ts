/** Proves that rows come out of any bytes a server may send, wherever the chunks are cut, and that pg hears the rest. */
import { EventEmitter } from "node:events";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Piece, type Row } from "../connector.ts";
import { type ByteStream, largestRowBytes, takeRows } from "./data-rows.ts";

type Stream = EventEmitter & ByteStream;

function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(type, 0, "latin1");
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

function rowMessage(row: Row): Buffer {
  const parts = row.flatMap((value) => {
    const bytes = Buffer.from(value ?? "", "utf8");
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : bytes.length);
    return [length, bytes];
  });
  const count = Buffer.alloc(2);
  count.writeUInt16BE(row.length);
  return message("D", Buffer.concat([count, ...parts]));
}

/** Sends bytes in pieces of the given sizes, in turn; answers the rows, and what pg heard. */
function taken(bytes: Buffer, sizes: readonly number[]) {
  const heard: Buffer[] = [];
  const errors: Error[] = [];
  const stream = Object.assign(new EventEmitter(), {
    destroy: (error: Error) => errors.push(error),
  }) as unknown as Stream;
  stream.on("data", (chunk) => heard.push(chunk));
  const rows: Row[] = [];
  takeRows(stream, {
    room: 256,
    add: (bytes, count) => rows.push(...new Piece(Buffer.from(bytes), count)),
  });
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    stream.emit("data", bytes.subarray(at, at + size));
    at += size;
  }
  return { rows, heard: Buffer.concat(heard), errors };
}

const value = fc.oneof(
  fc.constant(null),
  fc.string({ maxLength: 300, unit: "binary" }).filter((text) => text.isWellFormed()),
  fc.stringMatching(/^[ -~]{0,200}$/),
);
const rowsOf = fc.array(fc.array(value, { maxLength: 12 }), { maxLength: 40 });
const before = Buffer.concat([message("1", Buffer.alloc(0)), message("T", Buffer.from("columns"))]);
const after = Buffer.concat([
  message("N", Buffer.from("a notice")),
  message("C", Buffer.from("SELECT 3\0")),
  message("Z", Buffer.from("T")),
]);

test("gives every row exactly, wherever the chunks are cut", () => {
  fc.assert(
    fc.property(rowsOf, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }), (rows, sizes) => {
      const later = message("S", Buffer.from("of the next query"));
      const bytes = Buffer.concat([before, ...rows.map(rowMessage), after, later]);
      const { rows: got, heard, errors } = taken(bytes, sizes);
      expect(got).toEqual(rows);
      expect(heard.equals(Buffer.concat([before, after, later]))).toBe(true);
      expect(errors).toEqual([]);
    }),
  );
});

test("puts a value of many chunks together", () => {
  const rows = [["x".repeat(3_000_000), null, "é".repeat(1_000_000)], ["after"]];
  expect(taken(Buffer.concat([...rows.map(rowMessage), after]), [65_536]).rows).toEqual(rows);
});

test.each([
  ["a length that cannot be", Buffer.from([68, 0, 0, 0, 1, 0, 0])],
  ["a row that is longer than its message", message("D", Buffer.from([0, 1, 0, 0, 0, 9, 65]))],
  ["a row that is shorter than its message", message("D", Buffer.from([0, 1, 0, 0, 0, 1, 65, 66, 67]))],
])("ends the connection for %s", (_sentence, bytes) => {
  const { rows, errors } = taken(Buffer.concat([bytes, after]), [1000]);
  expect(errors.length).toBe(1);
  expect(rows).toEqual([]);
});

test.each([1, 2, 4, 5, 100])(
  "refuses a row that is too large by its head, also when %i bytes of it come first",
  (size) => {
    const head = Buffer.from([68, 0, 0, 0, 0, 0, 1]);
    head.writeInt32BE(largestRowBytes + 1, 1);
    const { rows, errors } = taken(Buffer.concat([rowMessage(["1"]), head]), [rowMessage(["1"]).length, size, 100]);
    expect(rows).toEqual([["1"]]);
    expect(errors).toMatchObject([
      { code: "SourceValueInvalid", message: expect.stringMatching(/^row 2 of the answer/) },
    ]);
  },
);
