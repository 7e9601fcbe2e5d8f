/**
 * Owns taking rows out of the bytes of a connection: DataRow messages go on as they are, all others are passed on to pg.
 * Only the lengths of messages are looked at here.
 */
import { StepError } from "../../errors.ts";
import { rowMark } from "../piece.ts";

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
const readyForQuery = 90; // "Z": the answer is complete
const largestMessageBytes = 1024 * 1024 * 1024; // what PostgreSQL itself allows for a value

/** Bytes that one row may have: 256 such rows and more are in memory at once. */
export const largestRowBytes = 16 * 1024 * 1024;

/** Where rows go. */
export interface RowSink {
  /** How many rows the next call may bring. */
  readonly room: number;
  /** Takes whole rows, whose bytes belong to others afterwards. */
  add(bytes: Buffer, rows: number): void;
}

/**
 * Takes the bytes of a stream over until the server is ready for the next query, then gives them back to pg.
 * To be called while nothing is under way, right before a query is sent.
 */
export function takeRows(stream: ByteStream, sink: RowSink): void {
  const pg = stream.listeners("data") as Listener[];
  const passOn = (bytes: Buffer): void => {
    for (const listener of pg) listener(bytes);
  };
  const giveBack = (): void => {
    stream.removeAllListeners("data");
    for (const listener of pg) stream.on("data", listener);
  };
  const messages = new Messages();
  const runs = new RowRuns(sink);
  /** Works on the messages that are whole; answers what comes after the answer to the query. */
  const take = (bytes: Buffer): Buffer | undefined => {
    let at = 0;
    for (let end = endOfMessage(bytes, at); end <= bytes.length; end = endOfMessage(bytes, at)) {
      const type = bytes[at];
      if (type === rowMark) runs.extend(bytes, at, end);
      else {
        runs.flush();
        passOn(bytes.subarray(at, end));
      }
      at = end;
      if (type === readyForQuery) return bytes.subarray(at);
    }
    runs.flush();
    messages.keep(bytes.subarray(at), runs.taken + 1);
    return undefined;
  };
  stream.removeAllListeners("data");
  const takeChunk = (chunk: Buffer): void => {
    const { bytes, rest } = messages.next(chunk, runs.taken + 1);
    const behind = bytes && take(bytes);
    if (!behind) {
      if (rest) takeChunk(rest);
      return;
    }
    giveBack();
    for (const one of [behind, rest]) if (one && one.length > 0) passOn(one);
  };
  stream.on("data", (chunk) => orDestroy(stream, () => takeChunk(chunk)));
}

/** Gathers messages that follow each other, so that they are copied together. */
class RowRuns {
  readonly #sink: RowSink;
  #bytes: Buffer | undefined;
  #from = 0;
  #to = 0;
  #rows = 0;
  taken = 0;

  constructor(sink: RowSink) {
    this.#sink = sink;
  }

  extend(bytes: Buffer, from: number, to: number): void {
    if (this.#rows === 0) this.#from = from;
    this.#bytes = bytes;
    this.#to = to;
    this.#rows += 1;
    if (this.#rows === this.#sink.room) this.flush();
  }

  flush(): void {
    if (!this.#bytes || this.#rows === 0) return;
    this.#sink.add(this.#bytes.subarray(this.#from, this.#to), this.#rows);
    this.taken += this.#rows;
    this.#rows = 0;
    this.#bytes = undefined;
  }
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
function refuseLarge(bytes: Buffer, number: number): void {
  if (bytes[0] !== rowMark || headerBytes > bytes.length) return;
  const length = bytes.readInt32BE(1);
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

  /** The bytes to work on, if the kept message is whole or none is kept, and what comes after them; `row` is the number of the next one. */
  next(chunk: Buffer, row: number): { readonly bytes?: Buffer; readonly rest?: Buffer } {
    if (this.#keptBytes === 0) return { bytes: chunk };
    const missing = this.#neededBytes - this.#keptBytes;
    this.#kept.push(chunk.subarray(0, missing));
    this.#keptBytes += Math.min(missing, chunk.length);
    if (chunk.length < missing) return {};
    const bytes = Buffer.concat(this.#kept);
    this.#keptBytes = 0;
    const rest = chunk.subarray(missing);
    if (endOfMessage(bytes, 0) <= bytes.length) return { bytes, rest };
    this.keep(bytes, row); // only its length was known to be missing
    return { rest };
  }

  /** Keeps the beginning of a message for later. Throws StepError when it is a row that is too large; `row` is its number. */
  keep(rest: Buffer, row: number): void {
    if (rest.length === 0) return;
    const end = endOfMessage(rest, 0);
    refuseLarge(rest, row);
    this.#kept = [rest];
    this.#keptBytes = rest.length;
    this.#neededBytes = Number.isFinite(end) ? end : headerBytes;
  }
}
