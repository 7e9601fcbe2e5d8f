/** Decides which ended runs of a Report are kept in the cluster. Pure. */
import { isEndState } from "@openreg/crds";
import { deliveryCountsOf } from "../delivery-counts.ts";
import type { Report, ReportRun } from "../objects.ts";

/** How many runs stay where a Report says nothing. */
const kept = { successfulRuns: 10, failedRuns: 10, otherRuns: 10 } as const;

type Class = keyof typeof kept;

/** How many runs a Report keeps of each class of end. */
export function limitsOf({ spec }: Report): Readonly<Record<Class, number>> {
  const { successfulRuns, failedRuns, otherRuns } = spec.retention ?? {};
  return {
    successfulRuns: successfulRuns ?? kept.successfulRuns,
    failedRuns: failedRuns ?? kept.failedRuns,
    otherRuns: otherRuns ?? kept.otherRuns,
  };
}

/** The runs that go: the oldest beyond each limit; never the last successful one, never one with a delivery that has no receipt. */
export function runsToPrune(report: Report, runs: readonly ReportRun[]): readonly ReportRun[] {
  const limits = limitsOf(report);
  const ended = runs.filter(
    ({ status, metadata }) => status?.state && isEndState(status.state) && !metadata.deletionTimestamp,
  );
  const newestFirst = ended.toSorted((first, second) => (endText(first) > endText(second) ? -1 : 1));
  return Object.keys(kept)
    .flatMap((name) => {
      const limit = limits[name as Class];
      return newestFirst
        .filter((run) => classOf(run) === name)
        .slice(Math.max(limit, name === "successfulRuns" ? 1 : 0));
    })
    .filter((run) => !isUnreceipted(run));
}

function endText({ status, metadata }: ReportRun): string {
  return `${status?.endedAt} ${metadata.name}`;
}

function classOf({ status }: ReportRun): Class {
  if (status?.state === "Completed") return "successfulRuns";
  return status?.state === "Failed" ? "failedRuns" : "otherRuns";
}

/** Something was begun at a receiver, and no receipt says how it ended: the run is evidence of it. */
function isUnreceipted({ status }: ReportRun): boolean {
  const { inFlight, unknown, conflict } = deliveryCountsOf(status?.execution);
  if (inFlight + unknown + conflict > 0) return true;
  return (status?.execution?.deliveries ?? []).some(({ state, receipt }) => state === "Delivered" && !receipt);
}
