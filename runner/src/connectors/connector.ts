/** Owns the interface of a connector: what every kind of source must offer to be read. */

import type { Piece } from "./piece.ts";

export { Piece, pieceOf, type Row } from "./piece.ts";

/** What is read for one input. */
export interface ReadRequest {
  readonly input: string;
  readonly query: string;
  /** The value of a named parameter of the query: null when it is declared and has none, undefined when there is none of that name. */
  readonly value: (name: string) => string | null | undefined;
  /** The columns wanted, in order; undefined takes all the source answers. */
  readonly columns: readonly string[] | undefined;
  /** The columns that order the rows; `text` compares bytes, not a locale. Empty keeps the order of the query. */
  readonly order: readonly { readonly name: string; readonly text: boolean }[];
  readonly signal: AbortSignal;
}

/** An answer of a source: its columns, then its rows. The iteration ends only when the source said that all rows were sent. */
export interface SourceRows {
  readonly columns: readonly string[];
  readonly pieces: AsyncIterable<Piece>;
  /** What evidence says about the source, e.g. the version of the server. */
  readonly facts: Readonly<Record<string, string>>;
  /** Ends the connection of rows that nobody will read; reading to the end does so by itself. */
  close(): Promise<void>;
}

/** One source. Everything it throws is a StepError that names the input. */
export interface Connector {
  /** Begins reading in one consistent, read-only snapshot of the source. */
  read(request: ReadRequest): Promise<SourceRows>;
}
