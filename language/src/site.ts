/** Why an expression had no result: the sentence a finding shows. */
import { visible } from "./diagnostic.ts";

/** A place where evaluating can end without a value. */
export interface Site {
  readonly kind: "Null" | "Error";
  readonly sentence: string;
}

const MAX_TEXT = 60;

/** `price is null at 1:5`, or `division by zero at 1:7`; it shows the definition, never values of a row. */
export function undecidedSentence(kind: Site["kind"], what: string, place: string): string {
  const text = visible(what.replace(/\s+/g, " "));
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
  return kind === "Null" ? `${short} is null at ${place}` : `${short} at ${place}`;
}
