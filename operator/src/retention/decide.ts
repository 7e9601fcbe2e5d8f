/** Decides which ended runs of a Report are kept in the cluster. Pure. */
import { isEndState, labels } from "@openreg/crds";
import { archivalOf, releasedBecause } from "../archival.ts";
import type { Report, ReportRun, ReportVersion } from "../objects.ts";

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

/** The runs that go: the oldest beyond each limit; never the last successful one of a series and mode, never one that is not archived unless it was released. */
export function runsToPrune(report: Report, runs: readonly ReportRun[]): readonly ReportRun[] {
  const limits = limitsOf(report);
  const ended = runs.filter(
    ({ status, metadata }) => status?.state && isEndState(status.state) && !metadata.deletionTimestamp,
  );
  const newestFirst = ended.toSorted((first, second) => (endText(first) > endText(second) ? -1 : 1));
  const last = lastSuccessful(newestFirst);
  return Object.keys(kept)
    .flatMap((name) => newestFirst.filter((run) => classOf(run) === name).slice(limits[name as Class]))
    .filter((run) => !last.has(run))
    .filter((run) => archivalOf(run.status) !== "Missing" || releasedBecause(run) !== undefined);
}

/** The newest Completed run of each series and mode: test runs push out no filing, and a new series not the last of the old one. */
function lastSuccessful(newestFirst: readonly ReportRun[]): ReadonlySet<ReportRun> {
  const last = new Map<string, ReportRun>();
  for (const run of newestFirst.filter((one) => classOf(one) === "successfulRuns")) {
    const line = `${run.metadata.labels?.[labels.series] ?? ""} ${run.spec.mode}`;
    if (!last.has(line)) last.set(line, run);
  }
  return new Set(last.values());
}

function endText({ status, metadata }: ReportRun): string {
  return `${status?.endedAt} ${metadata.name}`;
}

function classOf({ status }: ReportRun): Class {
  if (status?.state === "Completed") return "successfulRuns";
  return status?.state === "Failed" ? "failedRuns" : "otherRuns";
}

/** How long a version must have been without any use before it goes, in seconds: a run may be about to take it. */
export const unusedSeconds = 21_600;

/** The versions that nothing refers to: no run, and not the Report. */
export function unusedVersions(
  report: Report | undefined,
  versions: readonly ReportVersion[],
  runs: readonly ReportRun[],
): readonly ReportVersion[] {
  const current = report?.status?.currentVersion?.name;
  const used = new Set(runs.map(({ spec }) => spec.reportVersionRef?.name));
  return versions.filter(
    ({ metadata: { name, deletionTimestamp } }) => !deletionTimestamp && name !== current && !used.has(name),
  );
}
