/**
 * Owns the bytes of a CSV file.
 * Null is nothing between two delimiters, empty text is `""`, so a reader can tell them apart. A value is quoted when it
 * holds the delimiter, a quote, CR or LF. Every line ends with the line break, the last one too. Lines of header and
 * trailer stand as their templates make them, before the names of the columns and after the last record. NUL, which no
 * reader takes, and half of a character, which UTF-8 does not have, are refused.
 */
import type { Row } from "../../connectors/connector.ts";
import { type Format, type OutputColumn, plainFile, ValueRefused } from "../format.ts";
import { compileLines, type RunTexts, showRecordCount } from "../run-texts.ts";
import type { CsvSettings } from "./config.ts";

// What a spreadsheet takes for the beginning of a formula; a plain number is none, whatever its sign.
const formulaStart = /^[=+\-@\t\r]/;
const plainNumber = /^[+-][0-9]+(\.[0-9]+)?$/;
const byteOrderMark = "\uFEFF";

/** A format of one CSV file. Throws StepError `PlanInvalid` for header and trailer. */
export function newCsvFormat(settings: CsvSettings, columns: readonly OutputColumn[], texts: RunTexts): Format {
  const encoder = new TextEncoder();
  const newline = settings.newline === "CRLF" ? "\r\n" : "\n";
  const writeField = newFieldWriter(settings);
  const guard = newGuard(settings.formulas, columns);
  const single = columns.length === 1;
  const line = (values: Row): string => {
    let text = "";
    for (let index = 0; index < columns.length; index += 1) {
      if (index > 0) text += settings.delimiter;
      const value = values[index];
      if (value !== null && value !== undefined) text += writeField(value);
    }
    // an empty line is no record to most readers
    return (single && text === "" ? '""' : text) + newline;
  };
  const header = compileLines(settings.header, { path: "csv.header", newline }, texts);
  const trailer = compileLines(settings.trailer, { path: "csv.trailer", newline }, texts);
  const names = settings.columnNames ? line(columns.map(({ header }) => header)) : "";
  return {
    showsCountFirst: showRecordCount(settings.header ?? []),
    sections: [
      {
        render: (records) => {
          let text = "";
          for (const [index, row] of records.entries()) text += line(guard(row, index));
          if (unwritable(text) !== undefined) refuseUnwritable(records, columns);
          return [{ bytes: encoder.encode(text) }];
        },
      },
    ],
    newFile: () =>
      plainFile(
        (part) => encoder.encode((settings.bom ? byteOrderMark : "") + header(part) + names),
        (part) => encoder.encode(trailer(part)),
      ),
  };
}

/** NUL or half of a character in a text, as its code; in one look over the text of many records. */
function unwritable(text: string): string | undefined {
  if (!text.includes("\u0000") && text.isWellFormed()) return undefined;
  const code = text.includes("\u0000") ? 0 : (/\p{Surrogate}/u.exec(text)?.[0].charCodeAt(0) ?? 0);
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

function refuseUnwritable(records: readonly Row[], columns: readonly OutputColumn[]): void {
  for (const [index, row] of records.entries()) {
    for (const [at, { header }] of columns.entries()) {
      const code = unwritable(row[at] ?? "");
      if (code) throw new ValueRefused(index, header, `holds ${code}, which CSV cannot hold; correct the value`);
    }
  }
}

function newFieldWriter({ quote, delimiter }: CsvSettings): (value: string) => string {
  const quoted = (value: string): string => `"${value.includes('"') ? value.replaceAll('"', '""') : value}"`;
  if (quote === "All") return quoted;
  const special = new RegExp(`["\\r\\n${delimiter === "|" ? "\\|" : delimiter}]`);
  return (value) => (value === "" || special.test(value) ? quoted(value) : value);
}

/** Looks at text columns only: a number such as -5 is never altered. */
function newGuard(
  formulas: CsvSettings["formulas"],
  columns: readonly OutputColumn[],
): (row: Row, index: number) => Row {
  const texts = columns.flatMap(({ type }, index) => (type.kind === "string" ? [index] : []));
  const isFormula = (value: string | null | undefined): value is string =>
    typeof value === "string" && formulaStart.test(value) && !plainNumber.test(value);
  if (formulas === "Keep" || texts.length === 0) return (row) => row;
  if (formulas === "Escape") {
    return (row) =>
      texts.some((at) => isFormula(row[at]))
        ? row.map((value, at) => (texts.includes(at) && isFormula(value) ? `'${value}` : value))
        : row;
  }
  return (row, index) => {
    const at = texts.find((one) => isFormula(row[one]));
    if (at === undefined) return row;
    throw new ValueRefused(
      index,
      columns[at]?.header ?? "",
      "begins like a formula of a spreadsheet; set csv.formulas to Escape or Keep, or correct the data",
    );
  };
}
