/** Owns how a value stands in a CSV file, and which values cannot: each column's type decides once what has to be looked at. */
import type { OutputColumn } from "../format.ts";
import type { CsvSettings } from "./config.ts";

/** Writes a value of a column. Throws FieldRefused. */
export type FieldWriter = (value: string) => string;

/** Why a value cannot be written. */
export class FieldRefused extends Error {}

// texts of these types are digits, letters, points and signs: nothing that a file gives a meaning to
const plainKinds: ReadonlySet<string> = new Set(["int", "decimal", "bool", "date", "timestamp"]);
// a plain number begins no formula, whatever its sign
const plainNumber = /^[+-][0-9]+(\.[0-9]+)?$/;
// what a spreadsheet takes for the beginning of a formula
const formulaStarts: readonly boolean[] = Array.from({ length: 128 }, (_, code) =>
  "=+-@\t\r".includes(String.fromCharCode(code)),
);

/** The writer of a column. Only texts may be formulas: a number such as -5 is never altered. */
export function newFieldWriter(settings: CsvSettings, { type }: Pick<OutputColumn, "type">): FieldWriter {
  const { quote, delimiter, formulas } = settings;
  if (quote === "All") return guarded(quoted, type.kind === "string" ? formulas : "Keep");
  if (plainKinds.has(type.kind)) return (value) => value;
  // a pair of surrogates is two halves to this pattern; the slower way tells them apart
  const special = new RegExp(`["\\r\\n\\u0000\\ud800-\\udfff${delimiter === "|" ? "\\|" : delimiter}]`);
  const needsQuotes = new RegExp(`["\\r\\n${delimiter === "|" ? "\\|" : delimiter}]`);
  const write = (value: string): string => {
    if (value !== "" && !special.test(value)) return value;
    return value === "" || needsQuotes.test(value) ? quoted(value) : writable(value);
  };
  return guarded(write, type.kind === "string" ? formulas : "Keep");
}

function guarded(write: FieldWriter, formulas: CsvSettings["formulas"]): FieldWriter {
  if (formulas === "Keep") return write;
  return (value) => {
    if (formulaStarts[value.charCodeAt(0)] !== true || plainNumber.test(value)) return write(value);
    if (formulas === "Escape") return write(`'${value}`);
    throw new FieldRefused(
      "begins like a formula of a spreadsheet; set csv.formulas to Escape or Keep, or correct the data",
    );
  };
}

/** The value, unless it holds NUL or half of a character. */
function writable(value: string): string {
  if (!value.includes("\u0000") && value.isWellFormed()) return value;
  const code = value.includes("\u0000") ? 0 : (/\p{Surrogate}/u.exec(value)?.[0].charCodeAt(0) ?? 0);
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  throw new FieldRefused(`holds ${name}, which CSV cannot hold; correct the value`);
}

function quoted(value: string): string {
  const text = writable(value);
  return `"${text.includes('"') ? text.replaceAll('"', '""') : text}"`;
}
