/** Decodes the text of one cell by its type, for values that are not decoded by generated code. */
import { decodeDecimal, decodeInt } from "./runtime/decimal.ts";
import { decodeBoolean, decodeDate, decodeTimestamp } from "./runtime/decode.ts";
import type { Constant } from "./typed.ts";
import type { ValueType } from "./value-type.ts";

/** The decoder of single values of a type; it answers undefined for a text that does not fit. */
export function cellDecoder(type: ValueType): (text: string) => Exclude<Constant, null> | undefined {
  switch (type.kind) {
    case "int":
      return decodeInt;
    case "bool":
      return decodeBoolean;
    case "date":
      return decodeDate;
    case "timestamp":
      return (text) => decodeTimestamp(text, type.digits);
    case "decimal":
      return (text) => decodeDecimal(text, type.scale, type.precision - type.scale);
    case "string":
      return (text) => (text.isWellFormed() ? text : undefined);
    default:
      return () => undefined;
  }
}
