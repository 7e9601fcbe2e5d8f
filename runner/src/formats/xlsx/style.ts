/** Owns the number formats of a workbook: what a column's type looks like in a cell. */
import type { OutputColumn } from "../format.ts";
import { xmlAttribute } from "./xml-text.ts";

/** How a column is shown: its number format, and a width that shows the value and no row of `#`. */
interface Look {
  readonly numberFormat: string | undefined;
  readonly width: number;
}

/** Most decimal places that a number format can show. */
export const maxDecimalPlaces = 30;
const firstOwnFormat = 164;

/** Styles by column: `indexOf` a column is what its cells name, `xml` is the part `xl/styles.xml`. */
export interface Styles {
  readonly indexOf: (column: OutputColumn) => number;
  readonly xml: string;
}

/** Collects the styles of all columns of a workbook, each once, in order of appearance. */
export function newStyles(columns: readonly OutputColumn[]): Styles {
  const formats = [...new Set(columns.flatMap((column) => lookOf(column).numberFormat ?? []))];
  return {
    indexOf: (column) => formats.indexOf(lookOf(column).numberFormat ?? "") + 1,
    xml: stylesXml(formats),
  };
}

/** The element `cols`; nothing for a sheet without columns. */
export function columnWidths(columns: readonly OutputColumn[]): string {
  if (columns.length === 0) return "";
  const widths = columns.map((column, index) => {
    const width = Math.max(lookOf(column).width, Math.min(column.header.length + 2, 40));
    return `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`;
  });
  return `<cols>${widths.join("")}</cols>`;
}

function lookOf({ type }: OutputColumn): Look {
  switch (type.kind) {
    case "int":
      return { numberFormat: "0", width: 16 };
    case "decimal":
      return { numberFormat: decimalFormat(type.scale), width: Math.min(type.precision + 3, 20) };
    case "date":
      return { numberFormat: "yyyy\\-mm\\-dd", width: 12 };
    case "timestamp": {
      const fraction = type.digits === 0 ? "" : `.${"0".repeat(Math.min(type.digits, 3))}`;
      return { numberFormat: `yyyy\\-mm\\-dd\\ hh:mm:ss${fraction}`, width: 26 };
    }
    default:
      return { numberFormat: undefined, width: 16 };
  }
}

function decimalFormat(scale: number): string | undefined {
  if (scale > maxDecimalPlaces) return undefined;
  return scale === 0 ? "0" : `0.${"0".repeat(scale)}`;
}

function stylesXml(formats: readonly string[]): string {
  const numFmts = formats
    .map((code, index) => `<numFmt numFmtId="${firstOwnFormat + index}" formatCode="${xmlAttribute(code)}"/>`)
    .join("");
  const cellXfs = formats
    .map(
      (_, index) =>
        `<xf numFmtId="${firstOwnFormat + index}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`,
    )
    .join("");
  const plain = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"';
  return [
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">',
    formats.length === 0 ? "" : `<numFmts count="${formats.length}">${numFmts}</numFmts>`,
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>',
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>',
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>',
    `<cellStyleXfs count="1">${plain}/></cellStyleXfs>`,
    `<cellXfs count="${formats.length + 1}">${plain} xfId="0"/>${cellXfs}</cellXfs>`,
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
  ].join("");
}
