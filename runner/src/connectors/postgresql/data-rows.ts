/**
 * Owns taking rows out of the bytes of a connection: DataRow messages are decoded here, all others are passed on to pg as they came.
 * One string is made of a whole chunk and fields are cut out of it; only fields with bytes beyond ASCII are decoded one by one.
 */
import { StepError } from "../../errors.ts";
import type { Row } from "../connector.ts";

/** The part of a socket that is taken over while rows come. */
export interface ByteStream {
  listeners(event: "data"): unknown[];
  removeAllListeners(event: "data"): unknown;
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  /** Ends the connection with an error, which pg reports. */
  destroy(error: Error): unknown;
}

type Listener = (chunk: Buffer) => void;

const headerBytes = 5; // one byte type, four bytes length, which counts itself but not the type
const dataRow = 68; // "D"
const readyForQuery = 90; // "Z": the answer is complete
const largestMessageBytes = 1024 * 1024 * 1024; // what PostgreSQL itself allows for a value

/** Bytes that one row may have: 256 such rows and more are in memory at once. */
export const largestRowBytes = 16 * 1024 * 1024;

/**
 * Takes the bytes of a stream over until the server is ready for the next query, then gives them back to pg.
 * To be called while nothing is under way, right before a query is sent.
 */
export function takeRows(stream: ByteStream, onRow: (row: Row, bytes: number) => void): void {
  const pg = stream.listeners("data") as Listener[];
  const passOn = (bytes: Buffer): void => {
    for (const listener of pg) listener(bytes);
  };
  const giveBack = (rest: Buffer): void => {
    stream.removeAllListeners("data");
    for (const listener of pg) stream.on("data", listener);
    if (rest.length > 0) passOn(rest);
  };
  const messages = new Messages();
  let taken = 0;
  const take = (bytes: Buffer): void => {
    const rows = new ChunkRows(bytes);
    let at = 0;
    for (let end = endOfMessage(bytes, at); end <= bytes.length; end = endOfMessage(bytes, at)) {
      const type = bytes[at];
      if (type === dataRow) {
        taken += 1;
        onRow(rows.between(at + headerBytes, end), end - at);
      } else passOn(bytes.subarray(at, end));
      at = end;
      if (type !== readyForQuery) continue;
      giveBack(bytes.subarray(at));
      return;
    }
    refuseLarge(bytes, at, taken + 1);
    messages.keep(bytes.subarray(at));
  };
  stream.removeAllListeners("data");
  stream.on("data", (chunk) => {
    const bytes = messages.whole(chunk);
    if (bytes) orDestroy(stream, () => take(bytes));
  });
}

/** An error in a listener would end the process; as the end of the connection it becomes an error of the query. */
function orDestroy(stream: ByteStream, act: () => void): void {
  try {
    act();
  } catch (error) {
    stream.destroy(error as Error);
  }
}

/** A row that is too large is refused by its announced length, before its bytes are gathered. */
function refuseLarge(bytes: Buffer, at: number, number: number): void {
  if (bytes[at] !== dataRow || at + headerBytes > bytes.length) return;
  const length = bytes.readInt32BE(at + 1);
  if (length <= largestRowBytes) return;
  const message = `row ${number} of the answer has ${length} bytes, more than the ${largestRowBytes} that a row may have; select fewer or shorter columns`;
  throw new StepError("SourceValueInvalid", message);
}

/** Where the message that begins at an offset ends; beyond the chunk when its length is not known yet. */
function endOfMessage(bytes: Buffer, at: number): number {
  if (at + headerBytes > bytes.length) return Number.POSITIVE_INFINITY;
  const length = bytes.readInt32BE(at + 1);
  if (length < 4 || length > largestMessageBytes) throw malformed();
  return at + 1 + length;
}

function malformed(): Error {
  return new Error("Connection terminated: the server sent something that is no message of its protocol");
}

/** Gathers chunks until a message is whole; a value of many megabytes is put together once, not once per chunk. */
class Messages {
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #neededBytes = 0;

  /** The bytes to work on, or undefined when the first message is not whole yet. */
  whole(chunk: Buffer): Buffer | undefined {
    if (this.#keptBytes === 0) return chunk;
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#keptBytes < this.#neededBytes) return undefined;
    const bytes = Buffer.concat(this.#kept);
    this.#kept = [];
    this.#keptBytes = 0;
    return bytes;
  }

  /** Keeps the beginning of a message for later. */
  keep(rest: Buffer): void {
    if (rest.length === 0) return;
    const end = endOfMessage(rest, 0);
    this.#kept = [rest];
    this.#keptBytes = rest.length;
    this.#neededBytes = Number.isFinite(end) ? end : headerBytes;
  }
}

const beyondAscii = /[\x80-\xff]/g;

/** Cuts rows out of one chunk. */
class ChunkRows {
  readonly #bytes: Buffer;
  readonly #text: string;
  /** Where the next byte beyond ASCII is; the chunk is searched once, from field to field. */
  #nextHigh = -1;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#text = bytes.toString("latin1");
  }

  /** The row of a message: a count of fields, then each with its length; -1 is null. */
  between(from: number, to: number): Row {
    const bytes = this.#bytes;
    const row = new Array<string | null>(bytes.readUInt16BE(from));
    let at = from + 2;
    for (let index = 0; index < row.length; index += 1) {
      const length = bytes.readInt32BE(at);
      at += 4;
      row[index] = length < 0 ? null : this.#field(at, at + length);
      if (length > 0) at += length;
    }
    if (at !== to) throw malformed();
    return row;
  }

  #field(from: number, to: number): string {
    if (this.#nextHigh < from) this.#search(from);
    return this.#nextHigh >= to ? this.#text.substring(from, to) : this.#bytes.toString("utf8", from, to);
  }

  #search(from: number): void {
    beyondAscii.lastIndex = from;
    this.#nextHigh = beyondAscii.test(this.#text) ? beyondAscii.lastIndex - 1 : Number.POSITIVE_INFINITY;
  }
}
