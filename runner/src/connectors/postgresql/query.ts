/** Owns the text of the query as the server gets it: named values numbered, rows in the order of the record's key. */
import { bindQuery } from "@openreg/language";
import { StepError } from "../../errors.ts";
import type { ReadRequest } from "../connector.ts";

/** A query with the values that are bound to it. */
export interface NumberedQuery {
  readonly text: string;
  readonly values: readonly (string | null)[];
}

/** Makes the query of a request. Throws StepError `SourceQueryFailed` for a name that the run has no value for. */
export function newQuery(request: ReadRequest): NumberedQuery {
  const { text, names } = bindQuery(request.query);
  const values = names.map((name) => {
    const value = request.value(name);
    if (value !== undefined) return value;
    const remedy = "declare it under spec.parameters, or write :: for a cast";
    throw new StepError(
      "SourceQueryFailed",
      `input ${request.input}: the query names :${name}, which the run has no value for; ${remedy}`,
    );
  });
  return { text: ordered(text, request.order), values };
}

/**
 * Text is ordered by its bytes (COLLATE "C"), whatever the locale of the database, so the same rows give the same file everywhere;
 * it is cast first, because types such as uuid have no collation. The line break ends a comment the query may close with.
 */
function ordered(text: string, order: ReadRequest["order"]): string {
  if (order.length === 0) return text;
  const bare = text.replace(/[;\s]+$/, "");
  const columns = order.map(({ name, text: isText }) => (isText ? `${quoted(name)}::text COLLATE "C"` : quoted(name)));
  return `SELECT * FROM (${bare}\n) AS openreg_input ORDER BY ${columns.join(", ")}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
