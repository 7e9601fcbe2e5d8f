/** Owns which version a run takes and what may keep it from taking one. Pure. */
import type { Instant } from "@openreg/crds/types";
import { resolveParameters } from "@openreg/language";
import { findCondition, isTrue } from "../controller/conditions.ts";
import { waitReasons } from "../errors.ts";
import { isBefore, plusSeconds } from "../instants.ts";
import type { Report } from "../objects.ts";
import { failedBy } from "./ending.ts";
import type { Decision, PinnedVersion, ReportRunInput } from "./input.ts";

type Guard = (input: ReportRunInput, now: Instant) => Decision | undefined;

/** What stands between a run and its version, in order; the last one pins. */
export const pinGuards: readonly Guard[] = [
  versionGone, //     it was pinned, and the version does not exist
  repeats, //         it repeats another run: that one's version
  reportMissing, //   there is no Report
  reportNotReady, //  there is, and it cannot be used
  versionNotSeen, //  its version has not reached us yet
  parametersWrong, // the run's parameters do not fit it
  reportChanged, //   the live Report is ahead of what we know
  pin,
];

function versionGone({ run, pinned }: ReportRunInput, now: Instant): Decision | undefined {
  const name = run.spec.reportVersionRef?.name;
  if (!name || pinned) return undefined;
  const until = plusSeconds(run.metadata.creationTimestamp ?? now, 60);
  if (isBefore(now, until))
    return { kind: "Wait", reason: waitReasons.versionNotSeen, message: `ReportVersion '${name}' is not there`, until };
  return { kind: "EndRun", ...failedBy("ReportNotFound", `ReportVersion '${name}' does not exist: create a new run`) };
}

function repeats(input: ReportRunInput): Decision | undefined {
  const { repeated, candidate, pinned } = input;
  if (pinned || !repeated) return undefined;
  if (!repeated.version || !candidate) {
    const message = `run '${repeated.name}' does not exist or has no version: create the run with rerunOf.version Current, or without rerunOf`;
    return { kind: "EndRun", ...failedBy("ReportNotFound", message) };
  }
  return parametersWrong(input) ?? pinTo(candidate);
}

function reportMissing({ run, report, pinned, settings }: ReportRunInput, now: Instant): Decision | undefined {
  if (pinned || report) return undefined;
  const message = `Report '${run.spec.reportRef.name}' does not exist in this namespace: apply it, or delete this run`;
  const until = plusSeconds(run.metadata.creationTimestamp ?? now, settings.notFoundGraceSeconds);
  if (isBefore(now, until)) return { kind: "Wait", reason: waitReasons.reportNotFound, message, until };
  return { kind: "EndRun", ...failedBy("ReportNotFound", message) };
}

function reportNotReady(input: ReportRunInput, now: Instant): Decision | undefined {
  const { run, report, pinned, settings } = input;
  if (pinned || !report || isReady(report)) return undefined;
  const ready = findCondition(report.status?.conditions, "Ready");
  const why = ready ? `${ready.reason}: ${ready.message}` : "it has not been checked yet";
  const message = `Report '${report.metadata.name}' is not Ready: ${why}`.slice(0, 1024);
  const until = plusSeconds(run.metadata.creationTimestamp ?? now, settings.notReadyGraceSeconds);
  if (isBefore(now, until)) return { kind: "Wait", reason: waitReasons.reportNotReady, message, until };
  return { kind: "EndRun", ...failedBy("ReportNotReady", message) };
}

/** Whether what the status says of a Report speaks of its spec as it is now. */
export function isReady({ metadata, status }: Report): boolean {
  return status?.observedGeneration === metadata.generation && isTrue(status?.conditions, "Ready");
}

function versionNotSeen({ report, candidate, pinned }: ReportRunInput, now: Instant): Decision | undefined {
  if (pinned || candidate) return undefined;
  const name = report?.status?.currentVersion?.name;
  return {
    kind: "Wait",
    reason: waitReasons.versionNotSeen,
    message: `ReportVersion '${name}' is not there yet`,
    until: plusSeconds(now, 2),
  };
}

function parametersWrong({ run, candidate }: ReportRunInput): Decision | undefined {
  if (!candidate) return undefined;
  const resolved = resolveParameters(candidate.definition.parameters, run.spec.parameters ?? {});
  if (resolved.kind === "Values") return undefined;
  return { kind: "EndRun", ...failedBy("ParameterInvalid", `${resolved.message}. Correct it in a new run.`) };
}

/** Pinning an old version because a watch was late would file what the user has already corrected. */
function reportChanged({ live, candidate, pinned }: ReportRunInput, now: Instant): Decision | undefined {
  if (pinned) return undefined;
  const current = live?.report?.status?.currentVersion?.name;
  const isCurrent = live?.report && isReady(live.report) && current === candidate?.version.metadata.name;
  if (isCurrent && live.movedInputs.length === 0) return undefined;
  const what = live?.movedInputs.length ? live.movedInputs.join(", ") : "the Report";
  return {
    kind: "Wait",
    reason: waitReasons.reportChanged,
    message: `${what} changed and is being resolved again`,
    until: plusSeconds(now, 1),
  };
}

function pin({ candidate, pinned }: ReportRunInput): Decision | undefined {
  return pinned || !candidate ? undefined : pinTo(candidate);
}

function pinTo({ version }: PinnedVersion): Decision {
  return { kind: "Pin", version: version.metadata.name, series: version.spec.series, report: version.spec.report };
}
