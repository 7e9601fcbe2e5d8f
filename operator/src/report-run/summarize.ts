/** Owns the status of a ReportRun but for `execution`: what the decision of a reconcile says to people. Pure. */
import { breakGlassAnnotation, isEndState, jobNameOf, type RunState } from "@openreg/crds";
import type { Instant } from "@openreg/crds/types";
import { archivalOf } from "../archival.ts";
import { type NewCondition, removeCondition, setCondition, setConditions } from "../controller/conditions.ts";
import type { Condition } from "../controller/kubernetes.ts";
import { deliveryCountsOf, totalOf } from "../delivery-counts.ts";
import { waitReasons } from "../errors.ts";
import { plusSeconds } from "../instants.ts";
import type { Attempt, RunFailure, RunStatus } from "../objects.ts";
import { executionOf, podOf } from "./attempt-end.ts";
import { derive, moveTo, type OwnStatus, ownStatusOf, summaryOf, withPod } from "./derive.ts";
import { betweenAttempts, failedBy, hasInFlight, held } from "./ending.ts";
import { fitted } from "./fit.ts";
import type { ApplyOutcome, AttemptEnd, Decision, PodProblem, ReportRunInput } from "./input.ts";

type Of<K extends Decision["kind"]> = Extract<Decision, { kind: K }>;

/** The status after a reconcile; undefined when the decision says nothing about it. */
export function summarize(
  input: ReportRunInput,
  decision: Decision,
  outcome: ApplyOutcome,
  now: Instant,
): OwnStatus | undefined {
  const status = statusAfter(input, decision, outcome, now);
  return status && fitted({ ...status, observedGeneration: input.run.metadata.generation ?? 0 }, input.run);
}

function statusAfter(
  input: ReportRunInput,
  decision: Decision,
  outcome: ApplyOutcome,
  now: Instant,
): OwnStatus | undefined {
  if (outcome.kind === "NameTaken") return nameTaken(input, outcome, now);
  switch (decision.kind) {
    case "Wait":
      return waiting(input, decision, now);
    case "StartAttempt":
      return attemptStarted(input, decision, now);
    case "Follow":
      return followed(input, decision, now);
    case "EndAttempt":
      return attemptEnded(input, decision, now);
    case "EndRun":
      return ended(input, decision, outcome, now);
    case "Retry":
      return retried(input, decision, now);
    case "Rest":
    case "Pin":
    case "EnsureJob":
    case "StopAttempt":
    case "KeepFinalizer":
    case "CleanUp":
    case "MarkSettled":
    case "LetGo":
      return undefined;
  }
}

/** The run ends; with a delivery in flight only this attempt does, and the next number, for settling, may be free. */
function nameTaken(
  input: ReportRunInput,
  outcome: Extract<ApplyOutcome, { kind: "NameTaken" }>,
  now: Instant,
): OwnStatus {
  const end = failedBy("NameTaken", outcome.message);
  if (!hasInFlight(input)) return ended(input, { kind: "EndRun", ...end }, outcome, now);
  const failure = input.run.status?.failure ?? end.failure;
  const isSettling = input.open?.purpose === "Settle";
  const closing: Of<"EndAttempt"> = {
    kind: "EndAttempt",
    end: { reason: "NameTaken", message: outcome.message, retryable: false, counts: false },
    ...(failure && { failure }),
    ...(isSettling && { nextAttemptAt: plusSeconds(now, input.settings.backoff.maxSeconds) }),
  };
  return attemptEnded(input, closing, now);
}

function waiting(input: ReportRunInput, { reason, message }: Of<"Wait">, now: Instant): OwnStatus | undefined {
  const own = ownStatusOf(input.run);
  if (own.state && isEndState(own.state)) return undefined;
  return withUnknown(moveTo({ attempt: 0, ...own }, own.state ?? "Pending", now), { reason, message }, now);
}

function attemptStarted(
  input: ReportRunInput,
  { number, purpose, failure }: Of<"StartAttempt">,
  now: Instant,
): OwnStatus {
  const { nextAttemptAt: _passed, ...own } = ownStatusOf(input.run);
  const entry: Attempt = { number, job: jobNameOf(input.run.metadata.name, number), purpose, startedAt: now };
  const started: OwnStatus = {
    ...own,
    attempt: number,
    attempts: [...(own.attempts ?? []), entry].slice(-5),
    startedAt: own.startedAt ?? now,
    ...(failure && { failure }),
  };
  const moved = moveTo(started, startStateOf(own.state, own.attempt ?? 0, number), now);
  return withUnknown(moved, underWay(moved, undefined), now);
}

/** The first attempt is Pending until its runner speaks; a later one goes back no further than Initializing or Delivering. */
function startStateOf(state: RunState | undefined, before: number, number: number): RunState {
  if (state === undefined || (state === "Pending" && (before === 0 || before === number))) return "Pending";
  return state === "Delivering" ? "Delivering" : "Initializing";
}

function followed(input: ReportRunInput, { problem, cancelling }: Of<"Follow">, now: Instant): OwnStatus {
  const status = derive(input, now);
  const derived = withUnknown(status, underWay(status, problem), now);
  if (!cancelling) return derived;
  const message = "the run is to end: its Pod is given a moment to stop by itself";
  const condition: NewCondition = { type: waitReasons.cancelling, status: "True", reason: "CancelRequested", message };
  return { ...derived, conditions: setCondition(derived.conditions ?? [], condition, now) };
}

function attemptEnded(
  input: ReportRunInput,
  { end, failure, nextAttemptAt }: Of<"EndAttempt">,
  now: Instant,
): OwnStatus {
  const { failure: _before, nextAttemptAt: _passed, ...derived } = derive(input, now);
  const closed: OwnStatus = {
    ...derived,
    attempts: closeAttempt(input, derived.attempts ?? [], end, now),
    failedAttempts: (derived.failedAttempts ?? 0) + (end.counts ? 1 : 0),
    ...(failure && { failure }),
    ...(nextAttemptAt && { nextAttemptAt }),
  };
  const settling = {
    reason: waitReasons.settling,
    message: "a delivery is in flight: the receiver is asked before the run ends",
  };
  const untilTheNext = end.reason === "Held" ? held : settling;
  return withUnknown(closed, nextAttemptAt ? betweenAttempts(nextAttemptAt, failure) : untilTheNext, now);
}

function ended(input: ReportRunInput, end: Of<"EndRun">, outcome: ApplyOutcome, now: Instant): OwnStatus {
  const derived = derive(input, now);
  // Completed follows Delivering only; a runner that was quicker than our writes is shown there first.
  if (end.state === "Completed" && input.run.status?.state !== "Delivering") {
    const delivering = moveTo(derived, "Delivering", now);
    return withUnknown(delivering, underWay(delivering, undefined), now);
  }
  const { failure: _before, nextAttemptAt: _passed, ...rest } = derived;
  // A run is not born in an end that must be reached: it is Pending for one write.
  if (rest.state === undefined) {
    return withUnknown(
      moveTo({ attempt: 0, ...rest }, "Pending", now),
      { reason: waitReasons.ending, message: end.message },
      now,
    );
  }
  const moved = moveTo(rest, end.state, now, end.message);
  return {
    ...moved,
    ...(input.open && { attempts: closeAttempt(input, moved.attempts ?? [], attemptOf(end), now) }),
    ...(end.attempt?.counts && { failedAttempts: (moved.failedAttempts ?? 0) + 1 }),
    ...(end.failure && { failure: end.failure }),
    ...filingOf(input, end),
    ...finalSummary(input, end.state),
    ...(outcome.kind === "Done" && outcome.evidence && { evidence: outcome.evidence }),
    endedAt: now,
    conditions: endConditions(input, end, { now, evidence: outcome.kind === "Done" ? outcome.evidence : undefined }),
  };
}

function attemptOf({ attempt, failure, state, message }: Of<"EndRun">): AttemptEnd {
  if (attempt) return attempt;
  const reason = failure?.code ?? (state === "Cancelled" ? "Cancelled" : "InternalError");
  return { reason: reason as AttemptEnd["reason"], message, retryable: false, counts: false };
}

function closeAttempt(input: ReportRunInput, attempts: readonly Attempt[], end: AttemptEnd, now: Instant): Attempt[] {
  const { open, run } = input;
  if (!open) return [...attempts];
  const pod = podOf(open, executionOf(run, open.number));
  return withPod(attempts, open.number, pod).map((attempt) =>
    attempt.number === open.number
      ? { ...attempt, endedAt: now, reason: end.reason, ...(end.exitCode !== undefined && { exitCode: end.exitCode }) }
      : attempt,
  );
}

function filingOf(input: ReportRunInput, { state }: Of<"EndRun">): Pick<OwnStatus, "filing"> {
  const filing = input.run.status?.execution?.filing;
  if (!filing) return {};
  const hasDeliveries = (input.pinned?.definition.deliverTo.length ?? 0) > 0;
  return { filing: { key: filing.key, met: state === "Completed" && hasDeliveries } };
}

function finalSummary({ run }: ReportRunInput, state: RunState): Pick<OwnStatus, "summary"> {
  const { execution } = run.status ?? {};
  return execution ? { summary: summaryOf(execution, state) } : {};
}

function retried(input: ReportRunInput, { requestedAt }: Of<"Retry">, now: Instant): OwnStatus {
  const { failure, nextAttemptAt, endedAt, startedAt, evidence, ...own } = ownStatusOf(input.run);
  const conditions = ["Delivered", "Archived", waitReasons.cancelling].reduce(removeCondition, own.conditions ?? []);
  const again: OwnStatus = {
    ...own,
    conditions,
    attempt: (own.attempt ?? 0) + 1,
    failedAttempts: 0,
    lastHandledRetryAt: requestedAt,
  };
  const moved = moveTo(again, "Pending", now, "a retry was requested");
  return withUnknown(moved, { reason: waitReasons.starting, message: `attempt ${moved.attempt} is starting` }, now);
}

/** What a run says of itself while an attempt is under way; equal words in each reconcile, so that nothing is written twice. */
function underWay(
  { state, attempt }: OwnStatus,
  problem: PodProblem | undefined,
): Pick<Condition, "reason" | "message"> {
  if (problem) return { reason: problem.code, message: problem.message };
  if (state === "Pending" || state === undefined)
    return { reason: waitReasons.starting, message: `attempt ${attempt} is starting` };
  return { reason: state, message: `attempt ${attempt} is in ${state}` };
}

function withUnknown(status: OwnStatus, why: Pick<Condition, "reason" | "message">, now: Instant): OwnStatus {
  const condition: NewCondition = { type: "Succeeded", status: "Unknown", ...why };
  return { ...status, conditions: setCondition(status.conditions ?? [], condition, now) };
}

interface Ending {
  readonly now: Instant;
  readonly evidence: RunStatus["evidence"];
}

function endConditions(input: ReportRunInput, end: Of<"EndRun">, { now, evidence }: Ending): readonly Condition[] {
  const before = removeCondition(input.run.status?.conditions ?? [], waitReasons.cancelling);
  const observedGeneration = input.run.metadata.generation ?? 0;
  const succeeded: NewCondition = {
    type: "Succeeded",
    status: end.state === "Completed" ? "True" : "False",
    reason: reasonOf(end.state, end.failure),
    message: end.message,
    observedGeneration,
  };
  const delivered = deliveredCondition(input, end.state === "Completed");
  const archived = archivedCondition(input, { state: end.state, ...(evidence && { evidence }) });
  const more = [delivered, archived].flatMap((one) => (one ? [{ ...one, observedGeneration }] : []));
  return setConditions(before, [succeeded, ...more], now);
}

/** The reason of an end, for condition and event alike. */
export function reasonOf(state: RunState, failure: RunFailure | undefined): string {
  return failure?.code ?? state;
}

/** What retention asks before it removes a run. A run of which no receiver has anything says nothing of it. */
function archivedCondition(
  { run }: ReportRunInput,
  ended: Pick<RunStatus, "state" | "evidence">,
): NewCondition | undefined {
  const { execution } = run.status ?? {};
  switch (archivalOf({ ...ended, ...(execution && { execution }) })) {
    case "Nothing":
      return undefined;
    case "Kept": {
      const message = `evidence and receipts are in the store: ${execution?.evidence?.key}`;
      return { type: "Archived", status: "True", reason: "Archived", message };
    }
    case "Missing": {
      const message = `evidence or a receipt is missing, so this run stays: a member of a break-glass group lets it go by the annotation ${breakGlassAnnotation} with the reason`;
      return { type: "Archived", status: "False", reason: "NotArchived", message };
    }
  }
}

/** A runner that does not count lists its first deliveries only; that all have a receipt is what Completed means. */
function deliveredCondition({ run }: ReportRunInput, isCompleted: boolean): NewCondition | undefined {
  const total = totalOf(run.status?.execution);
  if (total === 0) return undefined;
  const delivered = isCompleted ? total : deliveryCountsOf(run.status?.execution).delivered;
  const all = delivered === total;
  return {
    type: "Delivered",
    status: all ? "True" : "False",
    reason: all ? "Delivered" : "NotDelivered",
    message: `${delivered} of ${total} deliveries have a receipt`,
  };
}
