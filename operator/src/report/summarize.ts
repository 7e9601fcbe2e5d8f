/** Owns the status of a Report: what the decision of a reconcile says to people. Pure. */
import type { Instant } from "@openreg/crds/types";
import { findCondition, removeCondition, setConditions } from "../controller/conditions.ts";
import type { Condition } from "../controller/kubernetes.ts";
import { reportReasons } from "../errors.ts";
import { secondsBetween } from "../instants.ts";
import type { ReportState } from "../objects.ts";
import { formatRemarks } from "./decide.ts";
import type { EndedRun, ReportDecision, ReportInput, ReportOutcome } from "./input.ts";

/** The status after a reconcile. */
export function summarize(
  input: ReportInput,
  decision: ReportDecision,
  outcome: ReportOutcome,
  now: Instant,
): ReportState {
  const { report } = input;
  const { currentVersion, inputs } = report.status ?? {};
  const kept = { ...(currentVersion && { currentVersion }), ...(inputs && { inputs }) };
  const accepted = acceptedBy(decision, outcome);
  return {
    observedGeneration: report.metadata.generation ?? 0,
    conditions: conditionsOf(input, decision, outcome, now),
    ...(accepted ?? kept),
    ...runTimes(report.status, input.endedRuns),
  };
}

function acceptedBy(
  decision: ReportDecision,
  outcome: ReportOutcome,
): Pick<ReportState, "currentVersion" | "inputs"> | undefined {
  if (outcome.kind === "NameTaken" || (decision.kind !== "Accept" && decision.kind !== "Freeze")) return undefined;
  const { version, inputs } = decision.resolved;
  return { currentVersion: { name: decision.name, contentHash: version.contentHash }, inputs: [...inputs] };
}

function conditionsOf(
  input: ReportInput,
  decision: ReportDecision,
  outcome: ReportOutcome,
  now: Instant,
): readonly Condition[] {
  const { ready, also } = observations(input, decision, outcome, now);
  const observedGeneration = input.report.metadata.generation ?? 0;
  const before = ["Reconciling", "Stalled"]
    .filter((type) => type !== also)
    .reduce(removeCondition, input.report.status?.conditions ?? []);
  const { reason, message } = ready;
  const next = [
    { type: "Ready", ...ready, observedGeneration },
    ...(also ? [{ type: also, status: "True" as const, reason, message, observedGeneration }] : []),
  ];
  return setConditions(before, next, now);
}

interface Observations {
  readonly ready: Pick<Condition, "status" | "reason" | "message">;
  /** The kstatus condition that goes with it. */
  readonly also?: "Reconciling" | "Stalled";
}

function observations(
  input: ReportInput,
  decision: ReportDecision,
  outcome: ReportOutcome,
  now: Instant,
): Observations {
  if (outcome.kind === "NameTaken") return notReady(reportReasons.nameTaken, outcome.message, "Stalled");
  switch (decision.kind) {
    case "AwaitReferences":
      return notReady(reportReasons.referenceNotFound, decision.message, awaits(input, now));
    case "Refuse":
      return notReady(decision.reason, decision.message, "Stalled");
    case "Freeze":
    case "Accept":
      return { ready: { status: "True", reason: reportReasons.accepted, message: acceptedMessage(decision) } };
  }
}

function notReady(reason: string, message: string, also: "Reconciling" | "Stalled"): Observations {
  return { ready: { status: "False", reason, message }, also };
}

function acceptedMessage({ name, resolved }: Extract<ReportDecision, { name: string }>): string {
  const warnings = resolved.remarks.filter((remark) => remark.severity === "Warning");
  const sentence = `ReportVersion '${name}' is what runs take now`;
  return warnings.length === 0 ? sentence : `${sentence}; warning: ${formatRemarks(warnings)}`.slice(0, 2000);
}

/** Something missing is waited for, and after a while people are told that nothing will come by itself. */
function awaits({ report, referenceGraceSeconds }: ReportInput, now: Instant): "Reconciling" | "Stalled" {
  const { conditions, observedGeneration } = report.status ?? {};
  if (observedGeneration !== report.metadata.generation) return "Reconciling";
  const of = (type: string) => {
    const condition = findCondition(conditions, type);
    return condition?.reason === reportReasons.referenceNotFound ? condition : undefined;
  };
  if (of("Stalled")) return "Stalled";
  const since = of("Reconciling")?.lastTransitionTime ?? now;
  return secondsBetween(since, now) >= referenceGraceSeconds ? "Stalled" : "Reconciling";
}

function runTimes(status: ReportState | undefined, ended: readonly EndedRun[]) {
  const lastRun = latest([...(status?.lastRun ? [status.lastRun] : []), ...ended]);
  const success = latest(ended.filter(({ state }) => state === "Completed"))?.endedAt;
  const failure = latest(ended.filter(({ state }) => state === "Failed"))?.endedAt;
  const lastSuccessTime = later(status?.lastSuccessTime, success);
  const lastFailureTime = later(status?.lastFailureTime, failure);
  return {
    ...(lastRun && { lastRun }),
    ...(lastSuccessTime && { lastSuccessTime }),
    ...(lastFailureTime && { lastFailureTime }),
  };
}

function latest(runs: readonly EndedRun[]): EndedRun | undefined {
  return runs.reduce<EndedRun | undefined>(
    (last, run) => (last && last.endedAt >= run.endedAt ? last : run),
    undefined,
  );
}

/** Text order is time order: the operator writes whole seconds. */
function later(first: Instant | undefined, second: Instant | undefined): Instant | undefined {
  return first && second ? (first >= second ? first : second) : (first ?? second);
}
