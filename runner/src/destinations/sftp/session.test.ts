/** Says that a request ends whatever the receiver answers: nothing waits for a reply that cannot be read. */
import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { PacketStream } from "./packet-stream.ts";
import { type Field, newRequest, reply, request } from "./packets.ts";
import { SftpSession } from "./session.ts";

const version = Buffer.from([0, 0, 0, 5, reply.version, 0, 0, 0, 3]);

/** A receiver that answers every request with a status of the given fields. */
function receiverThatSays(fields: readonly Field[]): Duplex {
  const channel = new Duplex({
    read: () => {},
    write: (bytes: Buffer, _encoding, done) => {
      requests.push(bytes);
      done();
    },
  });
  const requests = new PacketStream(1000, ({ type, pieces }) => {
    const id = Buffer.concat(pieces).readUInt32BE(0);
    channel.push(type === request.init ? version : newRequest(reply.status, id, fields));
  });
  return channel;
}

/** A text that announces more bytes than the four that come. */
const text = (length: number): readonly Field[] => [{ uint32: length }, { uint32: 0 }];

test.each<[string, readonly Field[], object]>([
  ["with a reason", [{ uint32: 4 }, { text: "full" }], { code: 4, message: "full" }],
  ["without a reason", [{ uint32: 4 }], { code: 4, message: "status 4" }],
  ["without a code", [], { name: "RangeError" }],
  [
    "whose reason is longer than the packet",
    [{ uint32: 4 }, ...text(5)],
    { message: expect.stringContaining("shorter than it says") },
  ],
])("a status %s ends every request that it could be for", async (_what, fields, reason) => {
  const session = await SftpSession.begin(receiverThatSays(fields), 600_000);
  const asked = ["a", "b"].map((name) => session.ask(request.stat, [{ text: name }]));
  expect(await Promise.allSettled(asked)).toMatchObject([
    { status: "rejected", reason },
    { status: "rejected", reason },
  ]);
  session.break(new Error("the test is over"));
});
