/** Owns the cells of a sheet: each column's type decides once how its texts become typed cells, as code that the writer of a row is made of. */
import type { OutputColumn } from "../format.ts";
import { exactNumber } from "./exact-number.ts";
import { newSerialDates } from "./serial-date.ts";
import { maxDecimalPlaces } from "./style.ts";
import { isPlainText, textProblem, xmlText } from "./xml-text.ts";

/** Why a cell cannot be written. */
export class CellRefused extends Error {
  /** Index of the column. */
  readonly column: number;

  constructor(column: number, reason: string) {
    super(reason);
    this.column = column;
  }
}

/** What the text of a number or date is in a cell; undefined when a spreadsheet would not keep it exactly. */
export type ExactOf = (text: string) => string | undefined;

/** What the code of a cell is made from. */
export interface CellPlace {
  readonly column: OutputColumn;
  /** Index of the column, from 0. */
  readonly index: number;
  readonly style: number;
  /** Keeps a function for the code, and gives its name there. */
  readonly keep: (exactOf: ExactOf) => string;
}

/** Code that adds the cell of the text `v` in the row `n` to `x`. What a spreadsheet would not keep exactly becomes a text cell. */
export function cellCode({ column, index, style, keep }: CellPlace): string {
  const open = JSON.stringify(`<c r="${columnName(index)}`);
  const text = `x+=${open}+n+(P(v)?${JSON.stringify(textOpen)}+v+${JSON.stringify(textClose)}:T(v,${index}));`;
  const styled = JSON.stringify(style === 0 ? '"><v>' : `" s="${style}"><v>`);
  const number = (exactOf: ExactOf): string =>
    `w=${keep(exactOf)}(v);if(w===undefined){${text}}else x+=${open}+n+${styled}+w+"</v></c>";`;
  switch (column.type.kind) {
    case "decimal":
      return column.type.scale > maxDecimalPlaces ? text : number(exactNumber);
    case "int":
      return number(exactNumber);
    case "bool":
      return `x+=${open}+n+(v==="true"?'" t="b"><v>1</v></c>':'" t="b"><v>0</v></c>');`;
    case "date":
      return number(newSerialDates().date);
    case "timestamp":
      return number(newSerialDates().timestamp);
    default:
      return text;
  }
}

// text stays text, whatever it looks like: an inline string is never a formula, a number or a date
const textOpen = '" t="inlineStr"><is><t>';
const textClose = "</t></is></c>";

/** True for a text that stands in a cell as it is. */
export function isPlainCell(text: string): boolean {
  return isPlainText(text) && !hasOuterSpace(text);
}

/** What follows the number of the row in the cell of a text that is not plain. Throws CellRefused. */
export function specialCell(text: string, index: number): string {
  const problem = textProblem(text);
  if (problem !== undefined) throw new CellRefused(index, problem);
  const open = hasOuterSpace(text) ? '" t="inlineStr"><is><t xml:space="preserve">' : textOpen;
  return open + xmlText(text) + textClose;
}

/** The letters of a column, counted from 0: A, Z, AA. */
function columnName(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : columnName(Math.floor(index / 26) - 1) + last;
}

function hasOuterSpace(text: string): boolean {
  return text.charCodeAt(0) <= 32 || text.charCodeAt(text.length - 1) <= 32;
}
