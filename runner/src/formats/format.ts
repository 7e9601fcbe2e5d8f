/** Owns the interface of a format: what turns records into the bytes of a file. */
import type { Row } from "../connectors/connector.ts";

/** A column of an output. */
export interface OutputColumn {
  readonly header: string;
  /** True when values are free text; false when their form is fixed by a type, as of numbers and dates. */
  readonly isText: boolean;
}

/** Writes one file. Pure: the same calls give the same bytes. */
export interface Renderer {
  /** What stands before the first record. */
  begin(): Uint8Array;
  /** Adds a record; the row is not kept. Throws ValueRefused for a value that the file cannot hold. */
  add(row: Row): void;
  /** The bytes of the records added since the last call. */
  take(): Uint8Array;
  /** What stands after the last record. */
  end(): Uint8Array;
}

/** Thrown for a value that a format refuses; the caller knows which row of the source it came from. */
export class ValueRefused extends Error {
  /** The column. */
  readonly header: string;

  constructor(header: string, reason: string) {
    super(reason);
    this.name = "ValueRefused";
    this.header = header;
  }
}
