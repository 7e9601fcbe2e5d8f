/** The values of a run as expressions read them. */
import { cellDecoder } from "./cell-decoder.ts";
import { LanguageError } from "./errors.ts";
import { decodeDate, decodeTimestamp } from "./runtime/decode.ts";
import type { RunParameter } from "./scope.ts";
import type { Constant } from "./typed.ts";
import { valueTypeOf } from "./value-type.ts";

/** Values of one run: dates `YYYY-MM-DD`, the period (its end is exclusive) and `createdAt` as instants in UTC, parameters as text of their type. */
export interface RunValues {
  readonly businessDate: string;
  readonly previousBusinessDate: string;
  readonly periodStart: string;
  readonly periodEnd: string;
  readonly createdAt: string;
  readonly mode: string;
  readonly report: string;
  readonly series: string;
  readonly parameters: Readonly<Record<string, string | null | undefined>>;
}

/** The part of an output that is being written. */
export interface PartValues {
  readonly number: number;
  readonly records: number;
  readonly sequence: string;
}

const DATES = ["businessDate", "previousBusinessDate"] as const;
const INSTANTS = ["periodStart", "periodEnd", "createdAt"] as const;
const TEXTS = ["mode", "report", "series"] as const;

/** The run's values in slot order (see RUN_NAMES), parameters behind; throws a LanguageError for a value that does not fit its type. */
export function decodeRun(run: RunValues, parameters: readonly RunParameter[]): readonly Constant[] {
  const dates = DATES.map((name) => decodeDate(run[name]) ?? refuse(`run.${name}`, "a date YYYY-MM-DD"));
  const instants = INSTANTS.map(
    (name) => decodeTimestamp(run[name], 9)?.slice(0, 19) ?? refuse(`run.${name}`, "an instant in UTC"),
  );
  return [
    ...dates,
    ...instants,
    ...TEXTS.map((name) => run[name]),
    ...parameters.map((parameter) => parameterValue(run, parameter)),
  ];
}

/** The part's values in slot order (see PART_NAMES). */
export function decodePart(part: PartValues): readonly Constant[] {
  return [part.number, part.records, part.sequence];
}

function parameterValue({ parameters }: RunValues, { name, type, optional }: RunParameter): Constant {
  const text = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (text === undefined || text === null) {
    return optional ? null : refuse(`run.parameters.${name}`, `given: it is ${type} and has no default`);
  }
  return decodeText(text, type) ?? refuse(`run.parameters.${name}`, type);
}

function decodeText(text: string, type: string): Constant | undefined {
  return cellDecoder(valueTypeOf(type))(text);
}

function refuse(name: string, what: string): never {
  throw new LanguageError("BadRunValue", `${name} must be ${what}`);
}
