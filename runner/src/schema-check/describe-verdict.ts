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
  /** The key of a record, counted from 0 in this document, as in `tx_ref=T3`; undefined when there is none. */
  readonly keyOf: (record: number) => Promise<string | undefined>;
}

const mostShown = 3;

/** The error of a document that is not valid; it names the first problems by record key and element. */
export async function schemaError(verdict: SchemaVerdict, document: CheckedDocument): Promise<StepError> {
  const shown = await Promise.all(verdict.problems.slice(0, mostShown).map((problem) => sentenceOf(problem, document)));
  const others = verdict.problemCount - shown.length;
  const more = others > 0 ? `, and ${others} more` : "";
  const message = `output ${document.output} does not fit its schema: ${shown.join("; ")}${more}`;
  return new StepError("OutputValueInvalid", message, { step: "GeneratingArtifacts" });
}

async function sentenceOf({ line, element, message }: SchemaProblem, document: CheckedDocument): Promise<string> {
  const record = recordOf(line, document);
  const key = record === undefined ? undefined : await document.keyOf(record);
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
