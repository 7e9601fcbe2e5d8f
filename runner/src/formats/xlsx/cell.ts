/** Owns the cells of a sheet: each column's type decides once how its texts become typed cells. */
import type { OutputColumn } from "../format.ts";
import { exactNumber } from "./exact-number.ts";
import { newSerialDates } from "./serial-date.ts";
import { maxDecimalPlaces } from "./style.ts";
import { textProblem, xmlText } from "./xml-text.ts";

/** Writes one cell of a row; throws CellRefused. */
export type CellWriter = (row: number, text: string) => string;

/** Why a cell cannot be written. */
export class CellRefused extends Error {
  /** Index of the column. */
  readonly column: number;

  constructor(column: number, reason: string) {
    super(reason);
    this.column = column;
  }
}

/** The writer of a column at an index from 0. What a spreadsheet would not keep exactly becomes a text cell. */
export function newCellWriter(column: OutputColumn, index: number, style: number): CellWriter {
  const open = `<c r="${columnName(index)}`;
  const text = newTextWriter(index);
  const styled = style === 0 ? '"><v>' : `" s="${style}"><v>`;
  const number =
    (exactOf: (value: string) => string | undefined): CellWriter =>
    (row, value) => {
      const held = exactOf(value);
      return held === undefined ? text(row, value) : `${open}${row}${styled}${held}</v></c>`;
    };
  switch (column.type.kind) {
    case "decimal":
      return column.type.scale > maxDecimalPlaces ? text : number(exactNumber);
    case "int":
      return number(exactNumber);
    case "bool":
      return (row, value) => `${open}${row}" t="b"><v>${value === "true" ? 1 : 0}</v></c>`;
    case "date":
      return number(newSerialDates().date);
    case "timestamp":
      return number(newSerialDates().timestamp);
    default:
      return text;
  }
}

/** Text stays text, whatever it looks like: an inline string is never a formula, a number or a date. */
export function newTextWriter(index: number): CellWriter {
  const open = `<c r="${columnName(index)}`;
  return (row, value) => {
    const problem = textProblem(value);
    if (problem !== undefined) throw new CellRefused(index, problem);
    const space = hasOuterSpace(value) ? ' xml:space="preserve"' : "";
    return `${open}${row}" t="inlineStr"><is><t${space}>${xmlText(value)}</t></is></c>`;
  };
}

/** The letters of a column, counted from 0: A, Z, AA. */
function columnName(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : columnName(Math.floor(index / 26) - 1) + last;
}

function hasOuterSpace(text: string): boolean {
  return text.charCodeAt(0) <= 32 || text.charCodeAt(text.length - 1) <= 32;
}
