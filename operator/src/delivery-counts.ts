/** Owns how many deliveries of a run are how far: the runner's counts, or what its status lists where a runner did not count. Pure. */
import type { RunStatus } from "./objects.ts";

type Execution = NonNullable<RunStatus["execution"]>;

/** How many of all deliveries are in each state. */
export type DeliveryCounts = NonNullable<Execution["deliveryCounts"]>;

/** Counts the deliveries of a run. The status lists only the first ones, so the counts of the runner come before it. */
export function deliveryCountsOf(execution: Execution | undefined): DeliveryCounts {
  const { deliveries = [], deliveryCounts } = execution ?? {};
  if (deliveryCounts) return deliveryCounts;
  const howMany = (wanted: (typeof deliveries)[number]["state"]) =>
    deliveries.filter(({ state }) => state === wanted).length;
  return {
    pending: howMany("Pending"),
    inFlight: howMany("InFlight"),
    unknown: howMany("Unknown"),
    delivered: howMany("Delivered"),
    conflict: howMany("Conflict"),
    failed: howMany("Failed"),
  };
}

/** How many deliveries a run has. */
export function totalOf(execution: Execution | undefined): number {
  const counted = Object.values(deliveryCountsOf(execution)).reduce((sum, count) => sum + count, 0);
  return Math.max(counted, execution?.manifest?.deliveries ?? 0);
}
