/**
 * Owns the bytes of a CSV file.
 * Null is nothing between two delimiters, empty text is `""`, so a reader can tell them apart. A value is quoted when it
 * holds the delimiter, a quote, CR or LF. Every line ends with the line break, the last one too. Lines of header and
 * trailer stand as their templates make them, before the names of the columns and after the last record. NUL, which no
 * reader takes, and half of a character, which UTF-8 does not have, are refused.
 */
import type { Row } from "../../connectors/connector.ts";
import { newSection, textBatch } from "../batch.ts";
import { type Format, type OutputColumn, plainFile, ValueRefused } from "../format.ts";
import { compileLines, type RunTexts, showRecordCount } from "../run-texts.ts";
import type { CsvSettings } from "./config.ts";
import { FieldRefused, type FieldWriter, newFieldWriter } from "./field.ts";

const byteOrderMark = "\uFEFF";
const text = { type: { kind: "string" } } as const;

/** A format of one CSV file. Throws StepError `PlanInvalid` for header and trailer. */
export function newCsvFormat(settings: CsvSettings, columns: readonly OutputColumn[], texts: RunTexts): Format {
  const encoder = new TextEncoder();
  const newline = settings.newline === "CRLF" ? "\r\n" : "\n";
  const line = newLineWriter(
    settings,
    columns.map((column) => newFieldWriter(settings, column)),
    newline,
  );
  const header = compileLines(settings.header, { path: "csv.header", newline }, texts);
  const trailer = compileLines(settings.trailer, { path: "csv.trailer", newline }, texts);
  const names = settings.columnNames ? lineOfNames(settings, columns, newline) : "";
  return {
    showsCountFirst: showRecordCount(settings.header ?? []),
    sections: [
      newSection((_first, sink) =>
        textBatch(sink, (record, index) => {
          try {
            return line(record);
          } catch (error) {
            throw refusedValue(error, { record, index, columns, settings });
          }
        }),
      ),
    ],
    newFile: () =>
      plainFile(
        (part) => encoder.encode((settings.bom ? byteOrderMark : "") + header(part) + names),
        (part) => encoder.encode(trailer(part)),
      ),
  };
}

function lineOfNames(settings: CsvSettings, columns: readonly OutputColumn[], newline: string): string {
  const write = newFieldWriter({ ...settings, formulas: "Keep" }, text);
  const writers = columns.map(() => write);
  return newLineWriter(settings, writers, newline)(columns.map(({ header }) => header));
}

function newLineWriter(
  { delimiter }: CsvSettings,
  writers: readonly FieldWriter[],
  newline: string,
): (values: Row) => string {
  const isSingle = writers.length === 1;
  return (values) => {
    let line = "";
    for (let index = 0; index < writers.length; index += 1) {
      const value = values[index];
      if (index > 0) line += delimiter;
      if (value !== null && value !== undefined) line += (writers[index] as FieldWriter)(value);
    }
    // an empty line is no record to most readers
    return (isSingle && line === "" ? '""' : line) + newline;
  };
}

interface RefusedPlace {
  readonly record: Row;
  readonly index: number;
  readonly columns: readonly OutputColumn[];
  readonly settings: CsvSettings;
}

/** The column is looked for only now: nothing is refused in most files. */
function refusedValue(error: unknown, { record, index, columns, settings }: RefusedPlace): unknown {
  if (!(error instanceof FieldRefused)) return error;
  const column = columns.find((one, at) => {
    try {
      newFieldWriter(settings, one)(record[at] ?? "");
      return false;
    } catch {
      return true;
    }
  });
  return new ValueRefused(index, column?.header ?? "", error.message);
}
