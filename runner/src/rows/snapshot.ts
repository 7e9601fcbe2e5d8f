/**
 * Owns the source snapshot: the rows as read, with a typed header and a count, so that a later attempt needs no source.
 * Its text, compressed by zstd, is a line of JSON, then the rows in the form of pieces, then the byte `C`, 12 (32 bits) and
 * the number of rows (64 bits).
 */

import type { Piece } from "../connectors/connector.ts";
import { PieceFiller, rowMark } from "../connectors/piece.ts";
import { messageOf, StepError } from "../errors.ts";
import { newCompressedReader, newCompressedWriter } from "../store/lines.ts";
import type { Store, StoredBytes } from "../store/store.ts";

/** The first line of a snapshot. */
export interface SnapshotHeader {
  readonly format: "openreg-snapshot/v2";
  readonly input: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** A snapshot being written. */
export interface SnapshotWriter {
  write(piece: Piece): Promise<void>;
  /** Adds the count and publishes. */
  commit(key: string): Promise<StoredBytes & { readonly rows: number }>;
  abort(): Promise<void>;
}

const endMark = 67; // "C"
const endBytes = 13;
const lengthAt = 1;
const headBytes = 5;
const lineBreak = 10;
const longestHeader = 1024 * 1024;
const largestRow = 64 * 1024 * 1024;

/** Begins a snapshot. */
export async function newSnapshotWriter(store: Store, owner: string, header: SnapshotHeader): Promise<SnapshotWriter> {
  const writer = await newCompressedWriter(store, owner);
  let rows = 0;
  await writer.write(Buffer.from(`${JSON.stringify(header)}\n`));
  return {
    write: async (piece) => {
      rows += piece.length;
      await writer.write(piece.bytes);
    },
    commit: async (key) => {
      const end = Buffer.alloc(endBytes);
      end[0] = endMark;
      end.writeUInt32BE(endBytes - lengthAt, lengthAt);
      end.writeBigUInt64BE(BigInt(rows), headBytes);
      await writer.write(end);
      return { ...(await writer.commit(key)), rows };
    },
    abort: () => writer.abort(),
  };
}

/** What a checkpoint recorded about a snapshot. */
export interface SnapshotRecord {
  readonly key: string;
  readonly sha256: string;
  readonly rows: number;
}

/** The rows of a snapshot in the pieces in which they were read. Throws StepError `CheckpointCorrupt` at the end when hash or count differ. */
export async function* readSnapshot(store: Store, record: SnapshotRecord): AsyncGenerator<Piece> {
  const reader = newCompressedReader(store, record.key);
  const rows = new SnapshotRows();
  try {
    for await (const chunk of reader.chunks) {
      rows.add(chunk);
      for (let piece = rows.next(); piece; piece = rows.next()) yield piece;
    }
  } catch (error) {
    throw error instanceof StepError ? error : corrupt(record, messageOf(error), error);
  }
  const last = rows.end();
  if (reader.sha256() !== record.sha256) throw corrupt(record, "its sha256 is not the recorded one");
  if (rows.announced !== rows.count) throw corrupt(record, "its end does not say how many rows it holds");
  if (rows.count !== record.rows) throw corrupt(record, `it holds ${rows.count} rows, not ${record.rows}`);
  if (last) yield last;
}

/** Cuts the text of a snapshot into pieces. What is wrong with it is told without a value of a row. */
class SnapshotRows {
  readonly #filler = new PieceFiller();
  #bytes = Buffer.alloc(0);
  #at = 0;
  #isBegun = false;
  count = 0;
  announced: number | undefined;

  add(chunk: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
    if (!this.#isBegun) this.#readHeader();
  }

  /** A piece that is full, or undefined when more bytes are needed. */
  next(): Piece | undefined {
    const bytes = this.#bytes;
    const from = this.#at;
    let rows = 0;
    while (this.#isBegun && this.announced === undefined && rows < this.#filler.room) {
      const end = this.#endAt(this.#at);
      if (end > bytes.length) break;
      if (bytes[this.#at] === endMark) this.announced = Number(bytes.readBigUInt64BE(this.#at + headBytes));
      else {
        this.#at = end;
        rows += 1;
      }
    }
    this.#filler.add(bytes.subarray(from, this.#at), rows);
    this.count += rows;
    return this.#filler.room === 0 ? this.#filler.take() : undefined;
  }

  /** The last rows. */
  end(): Piece | undefined {
    return this.#filler.take();
  }

  #readHeader(): void {
    const end = this.#bytes.indexOf(lineBreak);
    if (end < 0 && this.#bytes.length < longestHeader) return;
    if (!hasHeader(this.#bytes.toString("utf8", 0, end))) throw new Error("it has another format");
    this.#at = end + 1;
    this.#isBegun = true;
  }

  #endAt(at: number): number {
    const bytes = this.#bytes;
    if (at + headBytes > bytes.length) return Number.POSITIVE_INFINITY;
    const length = bytes.readUInt32BE(at + lengthAt);
    const isRow = bytes[at] === rowMark && length <= largestRow;
    const isEnd = bytes[at] === endMark && length === endBytes - lengthAt;
    if (!isRow && !isEnd) throw new Error("a part of it is not a row");
    return at + lengthAt + length;
  }
}

function hasHeader(line: string): boolean {
  try {
    return (JSON.parse(line) as Partial<SnapshotHeader>).format === "openreg-snapshot/v2";
  } catch {
    return false;
  }
}

function corrupt(record: SnapshotRecord, why: string, cause?: unknown): StepError {
  const message = `the snapshot ${record.key} is not what was stored: ${why}; rerun, and find out who changed the store`;
  return new StepError("CheckpointCorrupt", message, { cause });
}
