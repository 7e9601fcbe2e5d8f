/** Owns how a point in time travels: text in UTC, so pure code compares and stores it without a clock or a Date. */

/** A point in time as RFC 3339 text in UTC with a trailing `Z`, e.g. `2026-04-01T18:00:00Z`; text order is time order for equal precision. */
export type Instant = string;

const secondsPattern = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/;

/** Says whether a text is an Instant. */
export function isInstant(text: string): boolean {
  return secondsPattern.test(text);
}

/** Cuts an Instant to whole seconds, the precision Kubernetes objects carry. Throws RangeError when the text is no Instant. */
export function toSeconds(instant: Instant): Instant {
  const match = secondsPattern.exec(instant);
  if (!match) throw new RangeError(`'${instant}' is not a time in UTC such as 2026-04-01T18:00:00Z`);
  return `${match[1]}Z`;
}
