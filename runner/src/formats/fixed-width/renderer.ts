/**
 * Owns the bytes of a file of fixed-width lines, in UTF-8: a width counts characters (code points), not bytes.
 * Null is blank whatever fills the column, so that a missing amount is no zero. A number that is filled with zeros from
 * the left keeps its sign in front. Nothing is cut: a longer value is refused.
 */
import type { Row } from "../../connectors/connector.ts";
import { newSection, textBatch } from "../batch.ts";
import { type Format, type OutputColumn, plainFile, ValueRefused } from "../format.ts";
import { compileLines, type RunTexts, showRecordCount } from "../run-texts.ts";
import type { FixedWidthSettings } from "./config.ts";

type Column = FixedWidthSettings["columns"][number];
type WriteCell = (value: string | null) => string;

const ascii = /^[ -~]*$/;
// what ends a line for some reader, and what is no character at all
const refused = /[\p{Cc}\p{Surrogate}\u2028\u2029]/u;

/** Thrown for a value that has no place in its column. */
class CellRefused extends Error {}

/** The format of an output of fixed-width lines. Throws StepError `PlanInvalid` for header and trailer. */
export function newFixedWidthFormat(
  settings: FixedWidthSettings,
  columns: readonly OutputColumn[],
  texts: RunTexts,
): Format {
  const encoder = new TextEncoder();
  const newline = settings.newline === "CRLF" ? "\r\n" : "\n";
  const cells = settings.columns.map((column, index) => cellWriter(column, columns[index]?.type));
  const header = compileLines(settings.header, { path: "fixedWidth.header", newline }, texts);
  const trailer = compileLines(settings.trailer, { path: "fixedWidth.trailer", newline }, texts);
  return {
    showsCountFirst: showRecordCount(settings.header ?? []),
    sections: [
      newSection((_first, sink) =>
        textBatch(sink, (record, index) => lineOf(record, { cells, columns, index }) + newline),
      ),
    ],
    newFile: () =>
      plainFile(
        (part) => encoder.encode(header(part)),
        (part) => encoder.encode(trailer(part)),
      ),
  };
}

interface LinePlace {
  readonly cells: readonly WriteCell[];
  readonly columns: readonly OutputColumn[];
  readonly index: number;
}

function lineOf(row: Row, { cells, columns, index }: LinePlace): string {
  let line = "";
  let at = 0;
  try {
    for (; at < cells.length; at += 1) line += (cells[at] as WriteCell)(row[at] ?? null);
    return line;
  } catch (error) {
    throw refusedValue(error, index, columns[at]?.header ?? String(at + 1));
  }
}

function refusedValue(error: unknown, index: number, header: string): unknown {
  return error instanceof CellRefused ? new ValueRefused(index, header, error.message) : error;
}

function cellWriter({ width, align, pad }: Column, type: OutputColumn["type"] | undefined): WriteCell {
  const blank = " ".repeat(width);
  const fillings = Array.from({ length: width + 1 }, (_, length) => pad.repeat(length));
  const keepsSign = pad === "0" && align === "Right" && (type?.kind === "int" || type?.kind === "decimal");
  return (value) => {
    if (value === null) return blank;
    const length = lengthOf(value);
    if (length > width)
      throw new CellRefused(
        `has ${length} characters, but its column has ${width}; make it wider, or shorten the value`,
      );
    const filling = fillings[width - length] as string;
    if (keepsSign && value.startsWith("-")) return `-${filling}${value.slice(1)}`;
    return align === "Right" ? filling + value : value + filling;
  };
}

function lengthOf(value: string): number {
  if (ascii.test(value)) return value.length;
  const found = refused.exec(value)?.[0];
  if (found !== undefined) {
    const code = (found.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
    throw new CellRefused(`holds U+${code}, which would break the line; correct the value`);
  }
  let length = 0;
  for (const _ of value) length += 1;
  return length;
}
