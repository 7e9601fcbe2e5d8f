/** Says that packets are found however the bytes arrive, and that nothing that is no packet is kept. */
import { expect, test } from "vitest";
import { joined, type Packet, PacketStream, piecesFrom } from "./packet-stream.ts";
import { attributesFrom, FieldReader, namesFrom, newRequest, request } from "./packets.ts";

const packets = [
  newRequest(request.write, 7, [{ text: "handle" }, { uint64: 2 ** 40 + 1 }, { text: "x".repeat(50) }]),
  Buffer.from([0, 0, 0, 1, 99]),
  newRequest(request.rename, 0xffff_ffff, [{ text: "a" }, { text: "ü" }]),
];
const whole = Buffer.concat(packets);

test.each([1, 2, 3, 5, 64, whole.length])("finds packets in pieces of %i bytes", (size) => {
  const found: Packet[] = [];
  const stream = new PacketStream(1000, (packet) => found.push(packet));
  for (let at = 0; at < whole.length; at += size) stream.push(whole.subarray(at, at + size));
  expect(found.map(({ type, pieces }) => [type, joined(pieces).toString("hex")])).toEqual(
    packets.map((packet) => [packet[4], packet.subarray(5).toString("hex")]),
  );
});

test.each([
  ["nothing", [0, 0, 0, 0, 1]],
  ["more than is allowed", [0, 0, 1, 1, 1]],
  ["four gigabytes", [255, 255, 255, 255, 1]],
])("refuses a packet of %s before it is kept", (_what, bytes) => {
  const stream = new PacketStream(256, () => {});
  expect(() => stream.push(Buffer.from(bytes))).toThrow(/a packet of \d+ bytes/);
});

test("takes pieces from any place", () => {
  const pieces = [Buffer.from("ab"), Buffer.from("c"), Buffer.from("def")];
  for (let start = 0; start <= 6; start += 1) {
    expect(joined(piecesFrom(pieces, start)).toString()).toBe("abcdef".slice(start));
    expect(joined(pieces, start).toString()).toBe("abcdef".slice(0, start));
  }
});

test("writes numbers of 64 bits and texts as bytes, and counts what follows", () => {
  const packet = newRequest(request.write, 3, [{ uint64: 2 ** 40 + 1 }, { text: "ü" }, { uint32: 5 }], 5);
  expect(packet.toString("hex")).toBe("0000001c06000000030000010000000001" + "00000002c3bc" + "00000005");
});

test("reads attributes with all that may be in them, and names", () => {
  const everything = "8000000f" + "0000000000000005" + "0000000100000002" + "000041ff" + "0000000300000004";
  const extended = "00000001" + "0000000178" + "0000000179";
  const name = `0000000161000000026c73${everything}${extended}`;
  const fields = new FieldReader(Buffer.from(`00000002${name}${name}`, "hex"));
  expect(namesFrom(fields)).toEqual(["a", "a"]);
  expect(fields.isAtEnd).toBe(true);
  const attributes = attributesFrom(new FieldReader(Buffer.from(everything + extended, "hex")));
  expect(attributes).toEqual({ sizeBytes: 5, isDirectory: true });
  expect(attributesFrom(new FieldReader(Buffer.alloc(4)))).toEqual({ sizeBytes: 0, isDirectory: false });
});

test("a reply that is shorter than it says is no reply", () => {
  expect(() => new FieldReader(Buffer.from("00000009616263", "hex")).bytes()).toThrow(RangeError);
  expect(() => new FieldReader(Buffer.from("0000", "hex")).uint32()).toThrow(RangeError);
});
