/** Owns the source snapshot: the rows as read, with a typed header and a count, so that a later attempt needs no source. */

import { type Piece, type Row, rowsPerPiece } from "../connectors/connector.ts";
import { messageOf, StepError } from "../errors.ts";
import { type LineReader, newLineReader, newLineWriter } from "../store/lines.ts";
import type { Store, StoredBytes } from "../store/store.ts";

/** The first line of a snapshot. */
export interface SnapshotHeader {
  readonly format: "openreg-snapshot/v1";
  readonly input: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** A snapshot being written. */
export interface SnapshotWriter {
  write(piece: Piece): Promise<void>;
  /** Adds the count as last line and publishes. */
  commit(key: string): Promise<StoredBytes & { readonly rows: number }>;
  abort(): Promise<void>;
}

/** Begins a snapshot. */
export async function newSnapshotWriter(store: Store, owner: string, header: SnapshotHeader): Promise<SnapshotWriter> {
  const lines = await newLineWriter(store, owner);
  let rows = 0;
  await lines.write(`${JSON.stringify(header)}\n`);
  return {
    write: async (piece) => {
      rows += piece.length;
      let text = "";
      for (const row of piece) text += `${JSON.stringify(row)}\n`;
      await lines.write(text);
    },
    commit: async (key) => {
      await lines.write(`${JSON.stringify({ rows })}\n`);
      return { ...(await lines.commit(key)), rows };
    },
    abort: () => lines.abort(),
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
  const reader = newLineReader(store, record.key);
  let filling: Row[] = [];
  let rows = 0;
  for await (const line of linesBetweenEnds(record, reader)) {
    filling.push(rowOf(record, line));
    rows += 1;
    if (filling.length < rowsPerPiece) continue;
    yield filling;
    filling = [];
  }
  if (reader.sha256() !== record.sha256) throw corrupt(record, "its sha256 is not the recorded one");
  if (rows !== record.rows) throw corrupt(record, `it holds ${rows} rows, not ${record.rows}`);
  if (filling.length > 0) yield filling;
}

/** The row of a line. What is wrong with a line is not told: the text of a row would be in it. */
function rowOf(record: SnapshotRecord, line: string): Row {
  try {
    const row: unknown = JSON.parse(line);
    if (Array.isArray(row)) return row;
  } catch {
    // told below
  }
  throw corrupt(record, "a line of it is not a row");
}

/** All lines but the header and the count at the end. */
async function* linesBetweenEnds(record: SnapshotRecord, reader: LineReader): AsyncGenerator<string> {
  let held: string | undefined;
  let isHeader = true;
  try {
    for await (const line of flattened(reader.lines)) {
      if (held !== undefined) yield held;
      if (!isHeader) held = line;
      isHeader = false;
    }
  } catch (error) {
    throw corrupt(record, messageOf(error), error);
  }
}

async function* flattened(groups: LineReader["lines"]): AsyncGenerator<string> {
  for await (const lines of groups) yield* lines;
}

function corrupt(record: SnapshotRecord, why: string, cause?: unknown): StepError {
  const message = `the snapshot ${record.key} is not what was stored: ${why}; rerun, and find out who changed the store`;
  return new StepError("CheckpointCorrupt", message, { cause });
}
