/** Owns the interface of a lane: the work on one piece of rows, so that pieces can go to worker threads without a change elsewhere. */
import type { Piece } from "../connectors/connector.ts";
import type { StepError } from "../errors.ts";
import type { Exception, Finding } from "./finding.ts";

/** What came of a piece. */
export interface PieceResult {
  readonly findings: readonly Finding[];
  readonly exceptions: readonly Exception[];
  /** Per output, in the order of the definition: the bytes of its records, and how many they are. */
  readonly outputs: readonly { readonly bytes: Uint8Array; readonly records: number }[];
  /** The first value that an output could not hold; rows are judged on, but nothing more is rendered. */
  readonly refused: StepError | undefined;
}

/** Checks, computes and renders rows. Throws StepError `SourceValueInvalid` for a value that ends the run. */
export interface Lane {
  /** Per output, what stands before its first record. */
  begin(): readonly Uint8Array[];
  /** Works on a piece whose first row has this number, counted from 1. */
  run(piece: Piece, firstRow: number): Promise<PieceResult>;
  /** Per output, what stands after its last record. */
  end(): readonly Uint8Array[];
}
