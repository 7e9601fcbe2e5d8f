/** Owns how rows come out of a pg connection: exact text, cut into pieces, with the socket paused while nobody reads. */

import { type Piece, PieceFiller } from "../piece.ts";
import { type ByteStream, type RowSink, takeRows } from "./data-rows.ts";

interface WireConnection {
  readonly stream: ByteStream & { pause(): void; resume(): void };
  parse(message: object): void;
  bind(message: object): void;
  describe(message: object): void;
  execute(message: object): void;
  sync(): void;
}

// Whatever is reached first; one piece is always let through.
const piecesAheadOfReader = 4;
const bytesAheadOfReader = 32 * 1024 * 1024;

/**
 * One query as pg's client submits it, read as an async iterable. pg connects, authenticates and
 * hears everything but the rows, whose bytes are cut into pieces here: every value is the text that the server sent.
 */
export class RowStream implements RowSink {
  readonly #text: string;
  readonly #values: readonly (string | null)[];
  readonly #filler = new PieceFiller();
  readonly #ready: Piece[] = [];
  #readyBytes = 0;
  #received = 0;
  #announced: number | undefined;
  #columns: readonly string[] | undefined;
  #failure: unknown;
  #ended = false;
  #connection: WireConnection | undefined;
  #wake = Promise.withResolvers<void>();

  constructor(text: string, values: readonly (string | null)[]) {
    this.#text = text;
    this.#values = values;
  }

  /** The column names of the answer. Rejects with what the server says when it refuses the query. */
  async columns(): Promise<readonly string[]> {
    await this.#until(() => this.#columns !== undefined || this.#ended);
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#columns) throw new Error("the query returns no rows: it must be one SELECT");
    return this.#columns;
  }

  /** The rows in pieces. Ends only when the server has announced as many rows as came; a cut stream throws. */
  async *pieces(): AsyncGenerator<Piece> {
    while (true) {
      await this.#until(() => this.#ready.length > 0 || this.#ended);
      const next = this.#ready.shift();
      if (!next) break;
      this.#readyBytes -= next.bytes.length;
      this.#regulate();
      yield next;
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#announced !== this.#received) {
      throw new Error(`the source announced ${this.#announced ?? "no"} rows but ${this.#received} came`);
    }
  }

  /** Called by pg: sends the query with values bound as text; more than one statement is refused by the protocol. */
  submit(connection: WireConnection): undefined {
    this.#connection = connection;
    takeRows(connection.stream, this);
    connection.parse({ text: this.#text, name: "", types: [] });
    connection.bind({ portal: "", statement: "", values: [...this.#values], binary: false });
    connection.describe({ type: "P", name: "" });
    connection.execute({ portal: "", rows: 0 });
    connection.sync();
  }

  /** Called by pg with the columns. */
  handleRowDescription(message: { readonly fields: readonly { readonly name: string }[] }): void {
    this.#columns = message.fields.map(({ name }) => name);
    this.#notify();
  }

  /** How many rows the piece takes that is being filled. */
  get room(): number {
    return this.#filler.room;
  }

  /** Takes whole rows. */
  add(bytes: Uint8Array, rows: number): void {
    this.#received += rows;
    this.#filler.add(bytes, rows);
    if (this.#filler.room === 0) this.#close();
  }

  /** Called by pg when the server has sent everything; the tag is `SELECT <count>`. */
  handleCommandComplete(message: { readonly text: string }): void {
    const count = /^SELECT (\d+)$/.exec(message.text)?.[1];
    this.#announced = count === undefined ? undefined : Number(count);
    this.#close();
  }

  /** Called by pg with what the server refuses, and when the connection breaks. */
  handleError(error: unknown): void {
    this.#failure ??= error;
    this.handleReadyForQuery();
  }

  /** Called by pg when the server waits for the next query. */
  handleReadyForQuery(): void {
    this.#ended = true;
    this.#regulate(); // a paused connection would not hear that the other side closed
    this.#notify();
  }

  /** Called by pg for an empty query; `columns` reports it. */
  handleEmptyQuery(): void {}

  #close(): void {
    const piece = this.#filler.take();
    if (!piece) return;
    this.#ready.push(piece);
    this.#readyBytes += piece.bytes.length;
    this.#regulate();
    this.#notify();
  }

  #regulate(): void {
    const isEnough = this.#ready.length >= piecesAheadOfReader || this.#readyBytes >= bytesAheadOfReader;
    if (isEnough && !this.#ended) this.#connection?.stream.pause();
    else this.#connection?.stream.resume();
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await this.#wake.promise;
  }
}
