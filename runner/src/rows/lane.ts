/** Owns the interface of a lane: everything that happens to a piece of rows by itself, so that pieces can go to worker threads without a change elsewhere. */
import type { Piece, Row } from "../connectors/connector.ts";
import type { StepError } from "../errors.ts";
import type { OutputColumn } from "../formats/format.ts";
import type { Finding, FindingParts, Rule } from "./finding.ts";

/** What came of a piece. Rows are named by their index in it. */
export interface PieceResult {
  /** In the order of the rows. Those of phase PreDelivery count only for rows that nothing took out before. */
  readonly findings: readonly Finding[];
  /** Of each rule `unique` of the lane, the key of each row; null is not compared. */
  readonly keys: readonly (readonly (string | null)[])[];
  /** Of each amount of the lane, what each row adds; null adds nothing. */
  readonly amounts: readonly (readonly (string | null)[])[];
  /** Rows whose share of an amount cannot be told. */
  readonly undecidedAmounts: readonly UndecidedAmount[];
  /** Of the lane's outputs, the records of each section. */
  readonly sections: readonly SectionRecords[];
  /** Values of an output that could not be computed; later rows of the piece are judged all the same. */
  readonly refused: readonly RefusedRow[];
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

/** Checks and computes the rows of one input. Throws StepError for a value that ends the run. */
export interface Lane {
  readonly sections: readonly LaneSection[];
  /** Names of columns, fields and lookups whose values are not shown. */
  readonly personal: ReadonlySet<string>;
  /** Its rules `unique`, in the order of `keys`. */
  readonly unique: readonly Rule[];
  /** In the order of `amounts`. */
  readonly amounts: readonly LaneAmount[];
  /** Works on a piece whose first row has this number, counted from 1. */
  run(piece: Piece, firstRow: number): Promise<PieceResult>;
  /** What a finding about a row shows. */
  shown(rule: Rule, row: Row, number: number): FindingParts;
}
