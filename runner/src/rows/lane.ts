/** Owns the interface of a lane: the work on one piece of rows, so that pieces can go to worker threads without a change elsewhere. */
import type { Piece, Row } from "../connectors/connector.ts";
import type { StepError } from "../errors.ts";
import type { OutputColumn } from "../formats/format.ts";
import type { Exception, Finding } from "./finding.ts";

/** What came of a piece. */
export interface PieceResult {
  readonly findings: readonly Finding[];
  readonly exceptions: readonly Exception[];
  /** Per output, in the order of the definition, its sections. */
  readonly outputs: readonly (readonly SectionRecords[])[];
  /** The first value of an output that could not be computed; later rows of the piece are judged all the same. */
  readonly refused: StepError | undefined;
}

/** Records of a section, and the number of the source row of each. */
export interface SectionRecords {
  readonly records: readonly Row[];
  readonly sourceRows: readonly number[];
}

/** Checks and computes rows. Throws StepError `SourceValueInvalid` for a value that ends the run. */
export interface Lane {
  /** Columns of each section of each output, in the order of the definition. */
  readonly columns: readonly (readonly (readonly OutputColumn[])[])[];
  /** Works on a piece whose first row has this number, counted from 1. */
  run(piece: Piece, firstRow: number): Promise<PieceResult>;
}
