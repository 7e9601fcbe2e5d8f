/** Says why a text does not fit its column: asked only after decoding failed, so it may be slow. */
import { cellDecoder } from "./cell-decoder.ts";
import { type Column, type ColumnType, parseColumnType } from "./column-type.ts";
import { elementTexts } from "./runtime/list.ts";
import { valueTypeOf } from "./value-type.ts";

/** Why a cell was refused. */
export type CellReason =
  | "NullInRequired"
  | "NotAnInteger"
  | "NotADecimal"
  | "TooManyFractionDigits"
  | "TooManyDigits"
  | "NotADate"
  | "NotATimestamp"
  | "NotABoolean"
  | "NotAList"
  | "TooManyElements"
  | "InvalidText";

/** The reason of a cell that `decode` refused. */
export function cellReason(column: Column, text: string | null | undefined): CellReason {
  if (text === null || text === undefined) return "NullInRequired";
  const type = parseColumnType(column.type);
  return type.list ? listReason(type, column.type, text) : reasonOf(type, text);
}

/** That of the first element that does not fit. */
function listReason(type: ColumnType, name: string, text: string): CellReason {
  const list = valueTypeOf(name);
  const decode = cellDecoder(list.kind === "list" ? list.element : list);
  const elements = elementTexts(text);
  const wrong = elements?.find((element) => element !== null && decode(element) === undefined);
  if (typeof wrong === "string") return reasonOf(type, wrong);
  return elements ? "TooManyElements" : "NotAList";
}

function reasonOf(type: ColumnType, text: string): CellReason {
  switch (type.kind) {
    case "String":
      return "InvalidText";
    case "Integer":
      return /^-?[0-9]+$/.test(text) ? "TooManyDigits" : "NotAnInteger";
    case "Decimal":
      return decimalReason(text, type.scale);
    case "Boolean":
      return "NotABoolean";
    case "Date":
      return "NotADate";
    case "Timestamp":
      return timestampReason(text, type.digits);
  }
}

function decimalReason(text: string, scale: number): CellReason {
  const match = /^-?[0-9]+(?:\.([0-9]+))?$/.exec(text);
  if (!match) return "NotADecimal";
  return (match[1]?.length ?? 0) > scale ? "TooManyFractionDigits" : "TooManyDigits";
}

function timestampReason(text: string, digits: number): CellReason {
  const fraction = /:[0-9]{2}\.([0-9]+)(?:Z|[+-]00(?::?00)?)?$/.exec(text)?.[1];
  return fraction !== undefined && fraction.length > digits ? "TooManyFractionDigits" : "NotATimestamp";
}
