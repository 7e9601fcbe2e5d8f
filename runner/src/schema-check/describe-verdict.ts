/** Owns the sentence about a document that its schema refuses. */
import { StepError } from "../errors.ts";
import type { SchemaVerdict } from "./schema-check.ts";
import type { SchemaProblem } from "./schema-problem.ts";

/** A document that was checked. */
export interface CheckedDocument {
  readonly output: string;
  /** How many lines stand before the first record, each record being one line. */
  readonly linesBeforeRecords: number;
  readonly records: number;
  /** The keys of some records, counted from 0 in this document, as in `tx_ref=T3`. */
  readonly keysOf: (records: readonly number[]) => Promise<ReadonlyMap<number, string>>;
}

const mostShown = 3;

/** The error of a document that is not valid; it names the first problems by record key and element. */
export async function schemaError(verdict: SchemaVerdict, document: CheckedDocument): Promise<StepError> {
  const shown = verdict.problems.slice(0, mostShown);
  const records = shown.flatMap(({ line }) => recordOf(line, document) ?? []);
  const keys = records.length === 0 ? new Map<number, string>() : await document.keysOf(records);
  const sentences = shown.map((problem) => sentenceOf(problem, recordOf(problem.line, document), keys));
  const others = verdict.problemCount - shown.length;
  const more = others > 0 ? `, and ${others} more` : "";
  const message = `output ${document.output} does not fit its schema: ${sentences.join("; ")}${more}`;
  return new StepError("DocumentInvalid", message, { step: "GeneratingArtifacts" });
}

function sentenceOf(
  { element, message }: SchemaProblem,
  record: number | undefined,
  keys: ReadonlyMap<number, string>,
): string {
  const key = record === undefined ? undefined : keys.get(record);
  const place =
    record === undefined ? "outside the records" : `record ${record + 1}${key === undefined ? "" : ` (${key})`}`;
  return `${place}${element === undefined ? "" : `, element ${element}`}: ${message.replace(/\.$/, "")}`;
}

/** The record on a line, counted from 0, or undefined for a line of header or trailer. */
export function recordOf(
  line: number,
  { linesBeforeRecords, records }: Pick<CheckedDocument, "linesBeforeRecords" | "records">,
): number | undefined {
  const record = line - 1 - linesBeforeRecords;
  return record >= 0 && record < records ? record : undefined;
}
