/**
 * Owns the bytes of an XLSX workbook: rows become the XML of a sheet, deflated piece by piece.
 * A text is a text cell, never a formula. An int or a decimal of at most 15 significant digits is a number shown with the
 * digits of its type; with more (or more than 30 decimal places) it is a text cell, since a spreadsheet would change it. Dates and times from 1900-03-01 on
 * are dates of the spreadsheet, to the millisecond; earlier or finer ones are text cells. Null is no cell, empty text an
 * empty text cell. A sheet takes 1,048,576 rows, the header among them; more rows go on in `<name> (2)`.
 */
import type { Row } from "../../connectors/connector.ts";
import { StepError } from "../../errors.ts";
import { newSection, TextRun } from "../batch.ts";
import { ByteSink } from "../byte-sink.ts";
import { type Batch, type Chunk, type Format, type OutputColumn, type Section, ValueRefused } from "../format.ts";
import { newWorkbook, type SheetFrame } from "./assembly.ts";
import { CellRefused } from "./cell.ts";
import { deflated } from "./deflate.ts";
import { compileRow, type WriteRow } from "./row-code.ts";
import { sheetNamesProblem } from "./sheet-name.ts";
import { columnWidths, newStyles, type Styles } from "./style.ts";
import { sheetXml } from "./workbook.ts";
import { textProblem } from "./xml-text.ts";

/** Rows of a sheet without the header. */
export const recordsPerSheet = 1_048_575;

/** A sheet of the workbook. */
export interface Sheet {
  readonly name: string;
  readonly columns: readonly OutputColumn[];
}

/** A format of one workbook. Throws StepError `PlanInvalid` for names that a workbook cannot hold. */
export function newXlsxFormat(sheets: readonly Sheet[]): Format {
  const problem = sheetNamesProblem(sheets.map(({ name }) => name)) ?? headersProblem(sheets);
  if (problem !== undefined) throw new StepError("PlanInvalid", `the xlsx output cannot be written: ${problem}`);
  const styles = newStyles(sheets.flatMap(({ columns }) => columns));
  const frames = sheets.map(newFrame);
  return {
    sections: sheets.map(({ columns }) => newSheetSection(columns, styles)),
    newFile: () => newWorkbook({ styles: styles.xml, sheets: frames }),
  };
}

function headersProblem(sheets: readonly Sheet[]): string | undefined {
  for (const { name, columns } of sheets) {
    for (const { header } of columns) {
      const problem = textProblem(header);
      if (problem !== undefined) return `on sheet ${name}, the header ${JSON.stringify(header)} ${problem}`;
    }
  }
  return undefined;
}

function newFrame({ name, columns }: Sheet): SheetFrame {
  const texts = columns.map(({ header }): OutputColumn => ({ header, type: { kind: "string" } }));
  const names = compileRow(texts, () => 0)(
    columns.map(({ header }) => header),
    "1",
  );
  const { head, foot } = sheetXml(columnWidths(columns), names);
  return { name, head: Buffer.from(head), foot: Buffer.from(foot) };
}

function newSheetSection(columns: readonly OutputColumn[], styles: Styles): Section {
  const write = compileRow(columns, styles.indexOf);
  const plain = new ByteSink();
  return newSection((first, sink) => new SheetBatch({ columns, write, first, plain, sink }), { isPlaced: true });
}

interface SheetBatchParts {
  readonly columns: readonly OutputColumn[];
  readonly write: WriteRow;
  readonly first: number;
  /** The XML before it is compressed. */
  readonly plain: ByteSink;
  readonly sink: ByteSink;
}

/** Rows of a sheet, and of the next ones when it is full: what goes to one sheet is compressed together. */
class SheetBatch implements Batch {
  readonly #parts: SheetBatchParts;
  readonly #run: TextRun;
  readonly #chunks: {
    readonly from: number;
    readonly sizeBytes: number;
    readonly of: NonNullable<Chunk["compressed"]>;
  }[] = [];
  #records = 0;

  constructor(parts: SheetBatchParts) {
    this.#parts = parts;
    this.#run = new TextRun(parts.plain);
    parts.plain.clear();
  }

  add(record: Row): void {
    const { first, write, columns } = this.#parts;
    const place = (first + this.#records) % recordsPerSheet;
    if (place === 0 && this.#records > 0) this.#compress();
    try {
      this.#run.add(write(record, String(place + 2))); // after the header, and counted from 1
    } catch (error) {
      throw asValueRefused(error, this.#records, columns);
    }
    this.#records += 1;
  }

  end(): readonly Chunk[] {
    const { sink } = this.#parts;
    if (this.#records === 0) return [];
    this.#compress();
    return this.#chunks.map(({ from, sizeBytes, of }) => ({
      bytes: sink.since(from).subarray(0, sizeBytes),
      compressed: of,
    }));
  }

  #compress(): void {
    const { first, plain, sink } = this.#parts;
    this.#run.flush();
    const { bytes, crc32, sizeBytes } = deflated(plain.since(0), false);
    plain.clear();
    const sheet = Math.floor((first + this.#records - 1) / recordsPerSheet);
    this.#chunks.push({ from: sink.length, sizeBytes: bytes.length, of: { sheet, crc32, sizeBytes } });
    sink.addBytes(bytes);
  }
}

function asValueRefused(error: unknown, record: number, columns: readonly OutputColumn[]): unknown {
  if (!(error instanceof CellRefused)) return error;
  return new ValueRefused(record, columns[error.column]?.header ?? "", error.message);
}
