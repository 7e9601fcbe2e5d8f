/** Owns moving the bytes of a file: many requests in flight, each byte hashed once, as it goes out or comes back. */
import { createHash } from "node:crypto";
import { isEnd } from "./errors.ts";
import { joined, piecesFrom } from "./packet-stream.ts";
import { FieldReader, openFlags, request } from "./packets.ts";
import type { Answer, SftpSession } from "./session.ts";

/** Bytes that are under way at most: more than a channel lets us send at once, so that lines with delay stay full. */
const inFlightBytes = 4 * 1024 * 1024;
const dataLengthBytes = 4;

/** What was moved. */
export interface Moved {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Writes a new file; answers hash and size of what was sent. `onFirstBytes` is called once. */
export async function writeFile(
  session: SftpSession,
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  onFirstBytes: () => Promise<void>,
): Promise<Moved> {
  const handle = await openFile(session, path, openFlags.createNew);
  const hash = createHash("sha256");
  const window = new Window(inFlightBytes);
  let position = 0;
  for await (const piece of cut(bytes, session.limits.writeBytes)) {
    const at = position;
    position += piece.length;
    await window.start(piece.length, () => {
      const fields = [{ text: handle }, { uint64: at }, { uint32: piece.length }];
      return session.ask(request.write, fields, piece);
    });
    hash.update(piece); // while the bytes are under way
    if (at === 0) await onFirstBytes();
  }
  await window.drain();
  await session.ask(request.close, [{ text: handle }]);
  return { sha256: hash.digest("hex"), sizeBytes: position };
}

/** Reads a file of that size; answers hash and size of what came. */
export async function hashFile(session: SftpSession, path: string, sizeBytes: number): Promise<Moved> {
  const handle = await openFile(session, path, openFlags.read);
  const stepBytes = session.limits.readBytes;
  const hash = createHash("sha256");
  const ahead: Promise<readonly Buffer[]>[] = [];
  let asked = 0;
  let read = 0;
  while (read < sizeBytes) {
    for (; ahead.length * stepBytes < inFlightBytes && asked < sizeBytes; asked += stepBytes) {
      const reading = readRange(session, handle, asked, Math.min(stepBytes, sizeBytes - asked));
      reading.catch(() => {}); // read ahead: it is awaited in its turn
      ahead.push(reading);
    }
    const pieces = (await ahead.shift()) ?? [];
    if (pieces.length === 0) break; // it became shorter while we read: size and hash will differ
    for (const piece of pieces) {
      hash.update(piece);
      read += piece.length;
    }
  }
  await session.ask(request.close, [{ text: handle }]);
  return { sha256: hash.digest("hex"), sizeBytes: read };
}

async function openFile(session: SftpSession, path: string, flags: number): Promise<Buffer> {
  const answer = await session.ask(request.open, [{ text: path }, { uint32: flags }, { uint32: 0 }]);
  return handleIn(answer);
}

/** The handle that was answered. */
export function handleIn({ pieces }: Answer): Buffer {
  return new FieldReader(joined(pieces)).bytes();
}

/** A server may answer with less than was asked for, then the rest is asked for again. */
async function readRange(
  session: SftpSession,
  handle: Buffer,
  position: number,
  length: number,
): Promise<readonly Buffer[]> {
  const pieces: Buffer[] = [];
  for (let filled = 0; filled < length; ) {
    const missing = length - filled;
    const rest = [{ text: handle }, { uint64: position + filled }, { uint32: missing }];
    const came = await session.ask(request.read, rest).then((answer) => bytesIn(answer, missing), emptyAtEnd);
    if (came.length === 0) break;
    pieces.push(...came);
    filled += came.reduce((sum, piece) => sum + piece.length, 0);
  }
  return pieces;
}

/** What was read. Throws RangeError where the answer is not as long as it says, or longer than what was asked for. */
function bytesIn({ pieces }: Answer, most: number): readonly Buffer[] {
  const announced = joined(pieces, dataLengthBytes).readUInt32BE(0);
  const bytes = piecesFrom(pieces, dataLengthBytes);
  const came = bytes.reduce((sum, piece) => sum + piece.length, 0);
  if (came === announced && came <= most) return bytes;
  throw new RangeError(`the receiver announced ${announced} bytes of at most ${most} and sent ${came}`);
}

function emptyAtEnd(error: unknown): readonly Buffer[] {
  if (isEnd(error)) return [];
  throw error;
}

async function* cut(bytes: AsyncIterable<Uint8Array>, largest: number): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += largest) yield chunk.subarray(at, at + largest);
  }
}

/** Lets a number of bytes be under way at once; the first failure is thrown by the next call. */
class Window {
  readonly #size: number;
  #used = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake = (): void => {};

  constructor(size: number) {
    this.#size = size;
  }

  /** Begins a request as soon as there is room; one is always let through. */
  async start(bytes: number, act: () => Promise<unknown>): Promise<void> {
    await this.#until(() => this.#used === 0 || this.#used + bytes <= this.#size);
    this.#used += bytes;
    act()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#used -= bytes;
        this.#wake();
      });
  }

  /** Resolves when nothing is under way. */
  drain(): Promise<void> {
    return this.#until(() => this.#used === 0);
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!this.#failure && !isTrue()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure) throw this.#failure.error;
  }
}
