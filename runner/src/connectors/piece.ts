/**
 * Owns pieces: rows that travel together, as bytes, so that they can go to another thread or to a disk as they are.
 * A row has the form of a DataRow message of PostgreSQL's protocol: the byte `D`; how many bytes follow, these four among
 * them (32 bits); how many fields (16 bits); of each field how many bytes of UTF-8 it has (32 bits, -1 for null), and these.
 */
import { StepError } from "../errors.ts";

/** One row: a text or null per column, exactly as the source prints it. */
export type Row = readonly (string | null)[];

/** How many rows a piece holds. */
export const rowsPerPiece = 256;

/** The byte that begins a row. */
export const rowMark = 68; // "D"

/** Bytes before the fields of a row. */
const headBytes = 7;
const lengthBytes = 4;
const wordBytes = 4;
const firstBufferBytes = 128 * 1024;
const largestKeptBytes = 4 * 1024 * 1024;
const mostKept = 64;
/** Bytes of which one string is made at most; Node allows about 512 MiB. */
const defaultTextBytes = 64 * 1024 * 1024;

/** Rows that travel together; all but the last of a stream hold `rowsPerPiece`. Bytes of outputs may depend on this cut, so it is fixed. */
export class Piece implements Iterable<Row> {
  readonly bytes: Uint8Array;
  /** How many rows there are. */
  readonly length: number;
  readonly #onRelease: () => void;

  constructor(bytes: Uint8Array, length: number, onRelease: () => void = () => {}) {
    this.bytes = bytes;
    this.length = length;
    this.#onRelease = onRelease;
  }

  /** The rows as texts; each time they are decoded anew. */
  *[Symbol.iterator](): Generator<Row> {
    const reader = new RowReader(this.bytes);
    for (let index = 0; index < this.length; index += 1) yield reader.next();
  }

  /** One row, counted from 0; those before it are passed over. */
  rowAt(index: number): Row {
    const { bytes } = this;
    let at = 0;
    for (let passed = 0; passed < index; passed += 1) at += 1 + int32At(bytes, at + 1);
    return new RowReader(bytes.subarray(at, at + 1 + int32At(bytes, at + 1))).next();
  }

  /** Says that nobody will look at the bytes any more: they may hold other rows from now on. */
  release(): void {
    this.#onRelease();
  }
}

/** A piece of rows that are texts. */
export function pieceOf(rows: readonly Row[]): Piece {
  const buffer = Buffer.from(new SharedArrayBuffer(rows.reduce((sum, row) => sum + sizeOf(row), 0)));
  let at = 0;
  for (const row of rows) {
    buffer[at] = rowMark;
    buffer.writeInt32BE(sizeOf(row) - 1, at + 1);
    buffer.writeUInt16BE(row.length, at + headBytes - 2);
    at += headBytes;
    for (const value of row) {
      const length = value === null ? 0 : buffer.write(value, at + lengthBytes);
      buffer.writeInt32BE(value === null ? -1 : length, at);
      at += lengthBytes + length;
    }
  }
  return new Piece(buffer, rows.length);
}

function sizeOf(row: Row): number {
  return row.reduce((sum, value) => sum + lengthBytes + (value === null ? 0 : Buffer.byteLength(value)), headBytes);
}

/** Of four bytes, the bits that ASCII does not have. */
const highBits = 0x80808080 | 0;

/**
 * Reads rows one after the other. One string is made of all bytes and fields are cut out of it; only fields with bytes beyond ASCII are
 * decoded one by one, and all fields where there are more than `largestTextBytes`: a string has a limit, and bytes of large rows do not.
 */
export class RowReader {
  readonly #bytes: Buffer;
  /** The same bytes, four at a time. */
  readonly #words: Int32Array;
  /** Empty where no string is made. */
  readonly #text: string;
  #at = 0;
  /** Where the next byte beyond ASCII is; the bytes are searched once, from field to field. */
  #nextHigh = -1;

  constructor(bytes: Uint8Array, largestTextBytes = defaultTextBytes) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#words = wordsOf(bytes);
    this.#text = bytes.length > largestTextBytes ? "" : this.#bytes.toString("latin1");
  }

  /** The next row, in an array of its own: one that is used again is old, and costs more with every young text. Throws StepError `SourceUnavailable` for bytes that are no row. */
  next(): Row {
    const bytes = this.#bytes;
    const start = this.#at;
    const end = start + 1 + int32At(bytes, start + 1);
    const count = ((bytes[start + headBytes - 2] ?? 0) << 8) | (bytes[start + headBytes - 1] ?? 0);
    const row = new Array<string | null>(count);
    let at = start + headBytes;
    for (let index = 0; index < count; index += 1) {
      const length = int32At(bytes, at);
      at += lengthBytes;
      row[index] = length < 0 ? null : this.#field(at, at + length);
      if (length > 0) at += length;
    }
    if (bytes[start] !== rowMark || at !== end || end > bytes.length) throw malformed();
    this.#at = end;
    return row;
  }

  #field(from: number, to: number): string {
    if (this.#nextHigh < from) this.#search(from);
    return this.#nextHigh >= to ? this.#text.substring(from, to) : this.#bytes.toString("utf8", from, to);
  }

  #search(from: number): void {
    if (this.#text === "") {
      this.#nextHigh = from; // may be one
      return;
    }
    this.#nextHigh = firstHigh(this.#bytes, this.#words, from);
  }
}

/** The words that are whole, from the first aligned byte on. */
function wordsOf({ buffer, byteOffset, length }: Uint8Array): Int32Array {
  const first = Math.ceil(byteOffset / wordBytes) * wordBytes;
  const words = Math.floor((length - (first - byteOffset)) / wordBytes);
  return words > 0 ? new Int32Array(buffer, first, words) : new Int32Array(0);
}

/** Where the first byte beyond ASCII is from a place on; infinity when there is none. */
function firstHigh(bytes: Uint8Array, words: Int32Array, from: number): number {
  const shift = words.byteOffset - bytes.byteOffset;
  const { length } = bytes;
  let at = from;
  while (at < length && ((at - shift) & (wordBytes - 1)) !== 0) {
    if ((bytes[at] ?? 0) >= 0x80) return at;
    at += 1;
  }
  let word = (at - shift) >> 2;
  while (word < words.length && ((words[word] ?? 0) & highBits) === 0) word += 1;
  for (at = Math.max(at, word * wordBytes + shift); at < length; at += 1) if ((bytes[at] ?? 0) >= 0x80) return at;
  return Number.POSITIVE_INFINITY;
}

function malformed(): StepError {
  return new StepError("SourceUnavailable", "the source sent a row that does not have the length that it announced");
}

function int32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

/** Fills pieces with rows, in memory that comes back when they are released: what a run takes does not grow with its rows. */
export class PieceFiller {
  readonly #free: Buffer[] = [];
  #buffer: Buffer | undefined;
  #used = 0;
  #rows = 0;

  /** How many rows go into the piece that is being filled. */
  get room(): number {
    return rowsPerPiece - this.#rows;
  }

  /** Adds whole rows, not more than there is room for. */
  add(bytes: Uint8Array, rows: number): void {
    const buffer = this.#withRoomFor(bytes.length);
    buffer.set(bytes, this.#used);
    this.#used += bytes.length;
    this.#rows += rows;
  }

  /** The rows since the last piece, or undefined when there are none. */
  take(): Piece | undefined {
    const buffer = this.#buffer;
    if (!buffer || this.#rows === 0) return undefined;
    const piece = new Piece(buffer.subarray(0, this.#used), this.#rows, () => this.#keep(buffer));
    this.#buffer = undefined;
    this.#used = 0;
    this.#rows = 0;
    return piece;
  }

  #withRoomFor(bytes: number): Buffer {
    const needed = this.#used + bytes;
    const before = this.#buffer ?? this.#free.pop() ?? newShared(firstBufferBytes);
    this.#buffer = before;
    if (needed <= before.length) return before;
    const grown = newShared(Math.max(2 * before.length, needed));
    grown.set(before.subarray(0, this.#used));
    this.#buffer = grown;
    return grown;
  }

  #keep(buffer: Buffer): void {
    if (buffer.length <= largestKeptBytes && this.#free.length < mostKept) this.#free.push(buffer);
  }
}

function newShared(bytes: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(bytes));
}
