/** Owns what is said about a run beyond its status: events for start, end and failed attempts, and the metrics. */
import { isEndState, isFailureCode, jobNameOf } from "@openreg/crds";
import type { EventRecorder } from "../controller/events.ts";
import type { RunMetrics } from "../metrics.ts";
import type { OwnStatus } from "./derive.ts";
import type { ApplyOutcome, Decision, ReportRunInput } from "./input.ts";
import { reasonOf } from "./summarize.ts";

/** Where it is said. */
export interface Announcer {
  readonly events: Pick<EventRecorder, "record">;
  readonly metrics: RunMetrics;
}

/** What a reconcile did. */
interface Done {
  readonly decision: Decision;
  readonly outcome: ApplyOutcome;
  readonly status: OwnStatus | undefined;
}

/** Says what a reconcile did, after it did it. */
export function announce(input: ReportRunInput, { decision, outcome, status }: Done, announcer: Announcer): void {
  const { run } = input;
  const { events, metrics } = announcer;
  if (status?.state && isEndState(status.state) && status.state !== run.status?.state) {
    const reason = reasonOf(status.state, status.failure);
    metrics.countRunEnd(status.state, reason);
    const message =
      status.failure?.message ?? status.conditions?.find(({ type }) => type === "Succeeded")?.message ?? "";
    events.record(run, { type: status.state === "Failed" ? "Warning" : "Normal", reason, message });
    return;
  }
  if (outcome.kind === "NameTaken") {
    metrics.countAttemptFailure("NameTaken");
    events.record(run, { type: "Warning", reason: "NameTaken", message: outcome.message });
    return;
  }
  if (decision.kind === "EnsureJob") {
    metrics.countAttemptStart(decision.purpose);
    const job = jobNameOf(run.metadata.name, decision.number);
    if (decision.number === 1)
      events.record(run, { type: "Normal", reason: "Started", message: `the first attempt runs as Job ${job}` });
  }
  if (decision.kind === "EndAttempt" && isFailureCode(decision.end.reason)) {
    metrics.countAttemptFailure(decision.end.reason);
    events.record(run, { type: "Warning", reason: decision.end.reason, message: decision.end.message });
  }
}
