/** Owns what main thread and lanes tell each other: plain values, and memory that both see. */

import { asStepError, StepError } from "../errors.ts";
import type { LookupTableContent } from "../mappings/lookup-table.ts";
import type { PieceResult, RefusedRow, SectionPart } from "./lane.ts";
import type { LaneSource } from "./lane-spec.ts";
import type { OutputColumns } from "./section-writers.ts";

/** What a lane is started with. */
export interface LaneStart {
  readonly source: Omit<LaneSource, "tables">;
  readonly mappingSets: ReadonlyMap<string, LookupTableContent>;
  readonly inputs: ReadonlyMap<string, LookupTableContent>;
  readonly outputs: OutputColumns | undefined;
  readonly places: SharedArrayBuffer;
}

/** A piece to work on. */
export interface LaneRequest {
  /** Number of the piece, from 0. */
  readonly piece: number;
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly firstRow: number;
  readonly writes: boolean;
  /** Pieces of this lane whose bytes nobody looks at any more. */
  readonly released: readonly number[];
}

/** What came of it. */
export interface LaneAnswer {
  readonly piece: number;
  readonly result?: SentResult;
  readonly error?: SentError;
}

/** A result without what cannot be sent. */
export type SentResult = Omit<PieceResult, "release" | "refused" | "sections"> & {
  readonly refused: readonly SentRefusal[];
  readonly sections: readonly SentPart[];
};

type SentPart = Omit<SectionPart, "refused"> & { readonly refused: SentRefusal | undefined };

interface SentRefusal {
  readonly row: number;
  readonly error: SentError;
}

/** An error as it is sent. */
export interface SentError {
  readonly code: StepError["code"];
  readonly message: string;
  readonly step: StepError["step"];
  readonly stack: string | undefined;
}

/** Puts a result into a form that can be sent. */
export function sentResult({ release: _, refused, sections, ...rest }: PieceResult): SentResult {
  return {
    ...rest,
    refused: refused.map(sentRefusal),
    sections: sections.map((part) => ({ ...part, refused: part.refused && sentRefusal(part.refused) })),
  };
}

/** Reads a result that was sent. */
export function readResult({ refused, sections, ...rest }: SentResult, release: () => void): PieceResult {
  return {
    ...rest,
    refused: refused.map(readRefusal),
    sections: sections.map((part) => ({ ...part, refused: part.refused && readRefusal(part.refused) })),
    release,
  };
}

function sentRefusal({ row, error }: RefusedRow): SentRefusal {
  return { row, error: sentError(error) };
}

function readRefusal({ row, error }: SentRefusal): RefusedRow {
  return { row, error: readError(error) };
}

/** Puts an error into a form that can be sent. */
export function sentError(thrown: unknown): SentError {
  const { code, message, step, stack, cause } = asStepError(thrown);
  return { code, message, step, stack: (cause as Error | undefined)?.stack ?? stack };
}

/** Reads an error that was sent: code and message are those of the lane. */
export function readError({ code, message, step, stack }: SentError): StepError {
  const cause = Object.assign(new Error("thrown in a lane"), { stack });
  return new StepError(code, message, { cause, ...(step && { step }) });
}
