/** Says that no receiver can pass for having taken or given bytes by answers that do not fit what was asked. */
import { Duplex } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { PacketStream } from "./packet-stream.ts";
import { type Field, newRequest, reply, request } from "./packets.ts";
import { SftpSession } from "./session.ts";
import { hashFile, writeFile } from "./transfer.ts";

const version = Buffer.from([0, 0, 0, 5, reply.version, 0, 0, 0, 3]);
const ok: Answer = { type: reply.status, fields: [{ uint32: 0 }] };
const handle: Answer = { type: reply.handle, fields: [{ text: "1" }] };

interface Answer {
  readonly type: number;
  readonly fields: readonly Field[];
}

/** A session with a receiver that is as it should be, but for its answers to some requests. */
async function sessionWith(answers: Readonly<Record<number, Answer>>): Promise<SftpSession> {
  const good: Readonly<Record<number, Answer>> = { [request.open]: handle, [request.opendir]: handle };
  const channel = new Duplex({
    read: () => {},
    write: (bytes: Buffer, _encoding, done) => {
      requests.push(bytes);
      done();
    },
  });
  const requests = new PacketStream(100_000, ({ type, pieces }) => {
    if (type === request.init) return void channel.push(version);
    const { type: answered, fields } = answers[type] ?? good[type] ?? ok;
    channel.push(newRequest(answered, Buffer.concat(pieces).readUInt32BE(0), fields));
  });
  const session = await SftpSession.begin(channel, 600_000);
  onTestFinished(() => session.break(new Error("the test is over")));
  return session;
}

async function* oneByte(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("x");
}

const write = (session: SftpSession) => writeFile(session, "/inbox/a", oneByte(), async () => {});

test.each<[string, number, Answer]>([
  ["a write with a handle", request.write, handle],
  ["a write with bytes", request.write, { type: reply.data, fields: [{ text: "x" }] }],
  ["a write with attributes", request.write, { type: reply.attributes, fields: [{ uint32: 0 }] }],
  ["the end of a file with a handle", request.close, handle],
  ["the opening of a file with a status", request.open, ok],
])("a receiver that answers %s has not taken the file", async (_what, type, answer) => {
  const session = await sessionWith({ [type]: answer });
  await expect(write(session)).rejects.toThrow(/answered .* with a packet of type \d+, not \d+/);
});

test("a rename that is answered with a handle was not done", async () => {
  const session = await sessionWith({ [request.rename]: handle });
  await expect(session.ask(request.rename, [{ text: "a" }, { text: "b" }])).rejects.toThrow(RangeError);
});

const data = (announced: number, bytes: string): Answer => ({
  type: reply.data,
  fields: [{ uint32: announced }, ...words(bytes)],
});

function words(bytes: string): Field[] {
  const buffer = Buffer.from(bytes);
  return Array.from({ length: buffer.length / 4 }, (_, index) => ({ uint32: buffer.readUInt32BE(index * 4) }));
}

test.each<[string, Answer]>([
  ["announces more bytes than come", data(8, "abcd")],
  ["announces fewer bytes than come", data(4, "abcdefgh")],
  ["gives more bytes than were asked for", data(12, "abcdefghijkl")],
  ["has no length", { type: reply.data, fields: [] }],
  ["is none of bytes", handle],
])("an answer to a request to read that %s is refused, not hashed", async (_what, answer) => {
  const session = await sessionWith({ [request.read]: answer });
  await expect(hashFile(session, "/inbox/a", 8)).rejects.toThrow(RangeError);
});

test("an answer of fewer bytes than were asked for is followed by a request for the rest", async () => {
  const session = await sessionWith({ [request.read]: data(4, "abcd") });
  expect(await hashFile(session, "/inbox/a", 8)).toMatchObject({ sizeBytes: 8 });
});

test("a receiver that answers as it should takes the file", async () => {
  expect(await write(await sessionWith({}))).toMatchObject({ sizeBytes: 1 });
});
