/** Owns what a reader of a workbook must find for a value: what a spreadsheet would change is text. */
import type { OutputColumn } from "../../runner/src/formats/format.ts";
import type { ReadCell } from "./format.ts";

/** The cell for a text of a column. */
export function workbookCell(text: string | null, column: OutputColumn): ReadCell {
  if (text === null) return null;
  const kind = kindOf(text, column);
  return [kind, shown(text, kind, column)];
}

function kindOf(text: string, { type }: OutputColumn): string {
  switch (type.kind) {
    case "int":
    case "decimal":
      if (type.kind === "decimal" && type.scale > 30) return "text";
      return isExact(text) ? "number" : "text";
    case "bool":
      return "bool";
    case "date":
      return text >= "1900-03-01" ? "date" : "text";
    case "timestamp":
      return text >= "1900-03-01" && /^.{19}(\.[0-9]{0,3}0*)?Z$/.test(text) ? "date" : "text";
    default:
      return "text";
  }
}

/** Of at most 15 digits, and not so near to a power of ten that LibreOffice shows that. */
function isExact(text: string): boolean {
  const digits = text.replace(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "");
  return digits.length <= 15 && !(text.includes(".") && /^9{14}[0-9]$/.test(digits));
}

/** Cells show milliseconds at most; what a date cell leaves away are zeros. */
function shown(text: string, kind: string, { type }: OutputColumn): string {
  return kind === "date" && type.kind === "timestamp" ? text.replace(/(\.[0-9]{3})0*Z$/, "$1Z") : text;
}
