/** Owns which business date the demo takes next. */

const first = "2026-04-01";

/** The day after the last one, weekends left out; the first date of the demo when there is none. Dates are `YYYY-MM-DD`. */
export function nextBusinessDate(last: string | undefined): string {
  if (last === undefined) return first;
  const next = Temporal.PlainDate.from(last).add({ days: 1 });
  return next.dayOfWeek > 5 ? nextBusinessDate(next.toString()) : next.toString();
}
