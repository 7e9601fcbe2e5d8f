/** The functions generated code may call, by the name it calls them. */
import { RECORD_ACTIONS } from "../record-action.ts";
import { isCFI, isCountry, isCurrency, isISIN, isLEI, isMIC, isUTI } from "./codes.ts";
import { addDays, dayNumber, dayOfWeek, dayOfYear, isWeekday } from "./date.ts";
import { decodeDecimal, decodeInt } from "./decimal.ts";
import { decodeBoolean, decodeDate, decodeTimestamp } from "./decode.ts";
import { decimalText, decimalTextOf, timestampText } from "./format.ts";
import { decodeList, joinLists, joinTexts, listText, sameList, scaleUpAll } from "./list.ts";
import { absolute, add, divideInt, int64, multiply, restInt, scaleUp, subtract, type Whole } from "./number.ts";
import { divideDecimal, roundOff } from "./rounding.ts";
import {
  charAt,
  compareText,
  indexOf,
  lastIndexOf,
  lowerAscii,
  replaceText,
  sizeOf,
  splitText,
  substring,
  trimText,
  upperAscii,
} from "./text.ts";
import {
  addDuration,
  addDurations,
  atOffset,
  atZone,
  decodeDuration,
  decodeInstant,
  durationText,
  millisecondsOf,
  secondsOf,
  subtractDuration,
  subtractDurations,
  timeBetween,
  timestampAt,
  unitsOf,
} from "./timestamp.ts";

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

const ACTIONS: ReadonlySet<string> = new Set(RECORD_ACTIONS);

/** The action of a record, or undefined when the text names none. */
function actionOf(text: string): string | undefined {
  return ACTIONS.has(text) ? text : undefined;
}

const BOOLS: ReadonlyMap<string, boolean> = new Map([
  ...["true", "True", "TRUE", "t", "1"].map((text) => [text, true] as const),
  ...["false", "False", "FALSE", "f", "0"].map((text) => [text, false] as const),
]);

/** A bool from its text, in the forms of CEL. */
function boolOf(text: string): boolean | undefined {
  return BOOLS.get(text);
}

/** All of them; the order is that of the parameters of a generated program. */
export const CALLABLE: ReadonlyMap<string, unknown> = new Map(
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
    isWeekday,
    charAt,
    lastIndexOf,
    splitText,
    decodeList,
    joinLists,
    joinTexts,
    listText,
    sameList,
    scaleUpAll,
    addDuration,
    addDurations,
    atOffset,
    atZone,
    decodeDuration,
    decodeInstant,
    durationText,
    millisecondsOf,
    secondsOf,
    subtractDuration,
    subtractDurations,
    timeBetween,
    timestampAt,
    unitsOf,
    actionOf,
    boolOf,
  }),
);
