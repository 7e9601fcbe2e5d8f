/** Time zones as expressions write them: `UTC`, `+02:00`, `Europe/Berlin`. */

/** How the wall clock of a zone is found, or undefined when there is no such zone. */
export type Zone = { readonly offset: number } | { readonly name: string };

/** Parses a zone; offsets are in seconds. */
export function parseZone(text: string): Zone | undefined {
  const offset = /^([+-]?)([0-9]{2}):([0-9]{2})$/.exec(text);
  if (offset) {
    const seconds = Number(offset[2]) * 3600 + Number(offset[3]) * 60;
    if (Number(offset[2]) > 23 || Number(offset[3]) > 59) return undefined;
    return { offset: offset[1] === "-" ? -seconds : seconds };
  }
  if (text === "UTC") return { offset: 0 };
  return isNamed(text) ? { name: text } : undefined;
}

function isNamed(text: string): boolean {
  if (!/^[A-Za-z]+(?:\/[A-Za-z0-9_+-]+)+$/.test(text)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text);
    return true;
  } catch {
    return false;
  }
}
