/** The functions generated code may call, by the name it calls them. */
import { isCFI, isCountry, isCurrency, isISIN, isLEI, isMIC, isUTI } from "./codes.ts";
import { addDays, dayNumber, dayOfWeek, dayOfYear } from "./date.ts";
import { decodeDecimal, decodeInt } from "./decimal.ts";
import { decodeBoolean, decodeDate, decodeTimestamp } from "./decode.ts";
import { decimalText, decimalTextOf, timestampText } from "./format.ts";
import { absolute, add, divideInt, int64, multiply, restInt, scaleUp, subtract, type Whole } from "./number.ts";
import { divideDecimal, roundOff } from "./rounding.ts";
import { compareText, indexOf, lowerAscii, replaceText, sizeOf, substring, trimText, upperAscii } from "./text.ts";

/** An exact decimal as an int: undefined when it has a fraction or does not fit 64 bits. */
function wholeInt(value: Whole, scale: number): Whole | undefined {
  const whole = roundOff(value, scale, "DOWN");
  return scaleUp(whole, scale) === value || value === 0 ? int64(whole) : undefined;
}

/** The smaller of two comparable values. */
function smaller<T extends Whole | string>(a: T, b: T): T {
  return b < a ? b : a;
}

/** The larger of two comparable values. */
function larger<T extends Whole | string>(a: T, b: T): T {
  return b > a ? b : a;
}

/** All of them; the order is that of the parameters of a generated program. */
export const LIBRARY: ReadonlyMap<string, unknown> = new Map(
  Object.entries({
    absolute,
    add,
    subtract,
    multiply,
    int64,
    divideInt,
    restInt,
    scaleUp,
    wholeInt,
    smaller,
    larger,
    roundOff,
    divideDecimal,
    compareText,
    indexOf,
    lowerAscii,
    replaceText,
    sizeOf,
    substring,
    trimText,
    upperAscii,
    addDays,
    dayNumber,
    dayOfWeek,
    dayOfYear,
    decodeBoolean,
    decodeDate,
    decodeDecimal,
    decodeInt,
    decodeTimestamp,
    decimalText,
    decimalTextOf,
    timestampText,
    isCFI,
    isCountry,
    isCurrency,
    isISIN,
    isLEI,
    isMIC,
    isUTI,
  }),
);
