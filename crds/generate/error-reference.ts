/** Owns the generated part of `docs/errors.md`: every failure code, what it means and what a person does about it. */
import { failureCodes } from "../src/failure-codes.ts";
import { code, markdownTable } from "./generated-part.ts";

/** Writes the table of failure codes, in the order of the catalogue. */
export function newErrorReference(): string {
  const rows = Object.entries(failureCodes).map(([name, { meaning, retryable, remedy }]) => [
    code(name),
    meaning,
    retryable ? "yes" : "no",
    remedy,
  ]);
  return markdownTable(["Code", "What happened", "Retried by itself", "What to do"], rows);
}
