/** Owns arithmetic on Instants, so that pure files need neither a clock nor a Date. */
import type { Instant } from "@openreg/crds/types";

/** Whole seconds from one Instant to another; negative when the second is earlier. */
export function secondsBetween(from: Instant, to: Instant): number {
  return Math.floor((millisecondsOf(to) - millisecondsOf(from)) / 1000);
}

/** An Instant so many seconds later, in whole seconds. */
export function plusSeconds(instant: Instant, seconds: number): Instant {
  const later = Temporal.Instant.fromEpochMilliseconds(millisecondsOf(instant) + seconds * 1000);
  return later.toString({ smallestUnit: "second" });
}

/** Whether the first Instant is before the second. */
export function isBefore(first: Instant, second: Instant): boolean {
  return millisecondsOf(first) < millisecondsOf(second);
}

/** The earlier of those that are there. */
export function earliest(...instants: readonly (Instant | undefined)[]): Instant | undefined {
  return instants
    .filter((one) => one !== undefined)
    .reduce<Instant | undefined>((first, one) => (first && !isBefore(one, first) ? first : one), undefined);
}

function millisecondsOf(instant: Instant): number {
  return Temporal.Instant.from(instant).epochMilliseconds;
}
