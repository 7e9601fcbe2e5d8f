/** Owns what a run counts from: its business date and the period that belongs to it. */
import type { RunValues } from "./run-values.ts";

/** What RunValues are made from. */
export interface RunValuesSource {
  readonly report: string;
  readonly series: string;
  readonly mode: string;
  readonly businessDate: string;
  readonly timeZone: string;
  readonly createdAt: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Derives the values of a run. Business days are Monday to Friday; the period reaches from the day after the previous
 * business date to the business date, as two instants in UTC, the second exclusive.
 * Throws RangeError for a date that does not exist or a time zone that is unknown.
 */
export function newRunValues(source: RunValuesSource): RunValues {
  const date = Temporal.PlainDate.from(source.businessDate, { overflow: "reject" });
  const previous = previousBusinessDay(date);
  return {
    report: source.report,
    series: source.series,
    mode: source.mode,
    businessDate: date.toString(),
    previousBusinessDate: previous.toString(),
    periodStart: startOfDay(previous.add({ days: 1 }), source.timeZone),
    periodEnd: startOfDay(date.add({ days: 1 }), source.timeZone),
    createdAt: source.createdAt,
    parameters: source.parameters,
  };
}

/** The values that a query may name, beside the parameters. */
export const queryValueNames = ["businessDate", "previousBusinessDate", "periodStart", "periodEnd"] as const;

/** The value of a named parameter of a query, or undefined when there is none. */
export function queryValue(values: RunValues, name: string): string | undefined {
  const always = queryValueNames.find((one) => one === name);
  if (always) return values[always];
  return Object.hasOwn(values.parameters, name) ? (values.parameters[name] ?? undefined) : undefined;
}

/** Says why a text is no calendar date, or undefined when it is one. */
export function dateProblem(text: string): string | undefined {
  try {
    Temporal.PlainDate.from(text, { overflow: "reject" });
    return undefined;
  } catch {
    return `'${text}' is not a date of the calendar`;
  }
}

/** Says whether this machine knows an IANA time zone. */
export function isTimeZone(name: string): boolean {
  try {
    Temporal.PlainDate.from("2026-01-01").toZonedDateTime(name);
    return true;
  } catch {
    return false;
  }
}

function previousBusinessDay(date: Temporal.PlainDate): Temporal.PlainDate {
  const before = date.subtract({ days: 1 });
  return before.dayOfWeek > 5 ? previousBusinessDay(before) : before;
}

function startOfDay(date: Temporal.PlainDate, timeZone: string): string {
  return date.toZonedDateTime(timeZone).startOfDay().toInstant().toString({ smallestUnit: "second" });
}
