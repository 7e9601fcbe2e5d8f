/** Owns the interface of a lane: everything that happens to a piece of rows by itself, on the main thread or on others. */
import type { Piece, Row } from "../connectors/connector.ts";
import type { StepError } from "../errors.ts";
import type { Chunk, OutputColumn } from "../formats/format.ts";
import type { Finding, FindingParts, Rule } from "./finding.ts";

/** What came of a piece. Rows are named by their index in it. */
export interface PieceResult {
  /** In the order of the rows. Those of phase PreDelivery count only for rows that nothing took out before. */
  readonly findings: readonly Finding[];
  /** Of each rule `unique` of the lane, the key of each row; null is not compared. */
  readonly keys: readonly (readonly (string | null)[])[];
  /** Of each row a text that differs from that of the row before where equal keys cannot be in both; only where some rule asks for it. */
  readonly neighbours: readonly string[] | undefined;
  /** Of each amount of the lane, what each row adds; null adds nothing. */
  readonly amounts: readonly (readonly (string | null)[])[];
  /** Rows whose share of an amount cannot be told. */
  readonly undecidedAmounts: readonly UndecidedAmount[];
  /** How many rows no finding of these took out. */
  readonly left: number;
  /** Of the lane's outputs, the records of each section. */
  readonly sections: readonly SectionPart[];
  /** Values of an output that could not be computed; later rows of the piece are judged all the same. */
  readonly refused: readonly RefusedRow[];
  /** Says that nobody will look at the bytes of the sections any more. */
  release(): void;
}

/** A row for which an amount has no answer. */
export interface UndecidedAmount {
  readonly amount: number;
  readonly row: number;
  readonly reason: string;
}

/** A row that an output cannot hold. */
export interface RefusedRow {
  /** Number of the source row. */
  readonly row: number;
  readonly error: StepError;
}

/** Records of a section as bytes, or, where the output is split, as they are. */
export interface SectionPart {
  readonly records: number;
  /** How many records of the section the lane took to stand before these; undefined when the bytes do not depend on it. */
  readonly first: number | undefined;
  readonly chunks: readonly Chunk[];
  readonly rows: SectionRecords | undefined;
  /** How messages name each record, where a document is checked afterwards. */
  readonly keys: readonly string[] | undefined;
  /** The first value that the file cannot hold. */
  readonly refused: RefusedRow | undefined;
}

/** Records of a section, and the number of the source row of each. */
export interface SectionRecords {
  readonly records: readonly Row[];
  readonly sourceRows: readonly number[];
}

/** A section of an output that takes its rows from this lane. */
export interface LaneSection {
  /** Index of the output, and of the section in it. */
  readonly output: number;
  readonly section: number;
  readonly columns: readonly OutputColumn[];
}

/** A total that this lane's rows add to. */
export interface LaneAmount {
  /** Index of the rule in the definition. */
  readonly rule: number;
  readonly side: "left" | "right";
}

/** What is known of the rows of an input before one is there. */
export interface LaneFacts {
  readonly sections: readonly LaneSection[];
  /** Names of columns, fields and lookups whose values are not shown. */
  readonly personal: ReadonlySet<string>;
  /** Its rules `unique`, in the order of `keys`. */
  readonly unique: readonly Rule[];
  /** In the order of `amounts`. */
  readonly amounts: readonly LaneAmount[];
}

/** A piece to work on. */
export interface LaneWork {
  readonly piece: Piece;
  /** The number of its first row, counted from 1. */
  readonly firstRow: number;
  /** False when nobody wants the records any more. */
  readonly writes: boolean;
}

/** Checks and computes the rows of one input. Throws StepError for a value that ends the run. */
export interface Lane extends LaneFacts {
  /** Works on the next piece, beside those before it. */
  run(work: LaneWork): Promise<PieceResult>;
  /** Works once more on a piece, without rows that rules across rows took out, when so many records stand before it. */
  again(work: LaneWork, without: ReadonlySet<number>, first: number): PieceResult;
  /** Says that so many records fewer stand before pieces that are still to come. */
  takeOut(records: number): void;
  /** What a finding about a row shows. */
  shown(rule: Rule, row: Row, number: number): FindingParts;
  /** Ends what works beside the main thread. May be called at any time, also twice. */
  close(): Promise<void>;
}
