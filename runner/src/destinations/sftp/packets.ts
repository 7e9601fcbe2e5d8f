/** Owns the packets of SFTP version 3: how requests are written and replies are read; knows no connection. */

// https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02

/** What is asked for. */
export const request = {
  init: 1,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  opendir: 11,
  readdir: 12,
  remove: 13,
  stat: 17,
  rename: 18,
  extended: 200,
} as const;

/** What is answered. */
export const reply = {
  version: 2,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attributes: 105,
  extended: 201,
} as const;

/** What a receiver that does as it was asked answers; anything it refuses is answered by a status. */
export const replyTo: Readonly<Record<number, number>> = {
  [request.open]: reply.handle,
  [request.close]: reply.status,
  [request.read]: reply.data,
  [request.write]: reply.status,
  [request.lstat]: reply.attributes,
  [request.opendir]: reply.handle,
  [request.readdir]: reply.name,
  [request.remove]: reply.status,
  [request.stat]: reply.attributes,
  [request.rename]: reply.status,
  [request.extended]: reply.extended,
};

/** How a file is opened: to be read, or to be written when it is not there yet. */
export const openFlags = { read: 0x01, createNew: 0x02 | 0x08 | 0x20 } as const;

/** What this client speaks. */
export const protocolVersion = 3;

const attributeFlags = { size: 0x1, owner: 0x2, permissions: 0x4, times: 0x8, extended: 0x8000_0000 };
const fileTypeBits = 0o170_000;
const directoryBits = 0o040_000;

/** Bytes of a packet before what its type says: length, type, id. */
export const headBytes = 9;

/** A part of a packet. */
export type Field = { readonly uint32: number } | { readonly uint64: number } | { readonly text: string | Uint8Array };

/** A request. `following` counts bytes that belong to its last field and are sent after it. */
export function newRequest(type: number, id: number, fields: readonly Field[], following = 0): Buffer {
  const size = fields.reduce((sum, field) => sum + sizeOf(field), headBytes);
  const packet = Buffer.allocUnsafe(size);
  packet.writeUInt32BE(size - 4 + following, 0);
  packet[4] = type;
  packet.writeUInt32BE(id, 5);
  let at = headBytes;
  for (const field of fields) at = put(packet, field, at);
  return packet;
}

function sizeOf(field: Field): number {
  if ("uint32" in field) return 4;
  if ("uint64" in field) return 8;
  return 4 + (typeof field.text === "string" ? Buffer.byteLength(field.text) : field.text.length);
}

function put(packet: Buffer, field: Field, at: number): number {
  if ("uint32" in field) return packet.writeUInt32BE(field.uint32, at);
  if ("uint64" in field) return packet.writeBigUInt64BE(BigInt(field.uint64), at);
  const bytes = typeof field.text === "string" ? Buffer.from(field.text) : field.text;
  packet.writeUInt32BE(bytes.length, at);
  packet.set(bytes, at + 4);
  return at + 4 + bytes.length;
}

/** Reads the fields of a reply one after the other. Throws RangeError when it is shorter than it says. */
export class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  uint32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  uint64(): number {
    this.#at += 8;
    return Number(this.#bytes.readBigUInt64BE(this.#at - 8));
  }

  bytes(): Buffer {
    const length = this.uint32();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("a reply of the receiver is shorter than it says");
    const found = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return found;
  }

  text(): string {
    return this.bytes().toString("utf8");
  }
}

/** What a receiver says about a file. */
export interface Attributes {
  readonly sizeBytes: number;
  readonly isDirectory: boolean;
}

/** Reads attributes; what the receiver leaves out is 0 and false. */
export function attributesFrom(fields: FieldReader): Attributes {
  const flags = fields.uint32();
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const sizeBytes = has(attributeFlags.size) ? fields.uint64() : 0;
  if (has(attributeFlags.owner)) fields.uint64();
  const permissions = has(attributeFlags.permissions) ? fields.uint32() : 0;
  if (has(attributeFlags.times)) fields.uint64();
  if (has(attributeFlags.extended)) {
    for (let left = fields.uint32(); left > 0; left -= 1) {
      fields.bytes();
      fields.bytes();
    }
  }
  return { sizeBytes, isDirectory: (permissions & fileTypeBits) === directoryBits };
}

/** The file names of a listing. */
export function namesFrom(fields: FieldReader): readonly string[] {
  const names: string[] = [];
  for (let left = fields.uint32(); left > 0; left -= 1) {
    names.push(fields.text());
    fields.bytes(); // the line that `ls -l` would show
    attributesFrom(fields);
  }
  return names;
}
