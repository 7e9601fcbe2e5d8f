/** Owns what follows the end of an attempt: the run ends, another attempt comes, or deliveries in flight are settled first. Pure. */
import { failureCodes } from "@openreg/crds";
import type { FailureCode, Instant } from "@openreg/crds/types";
import { deliveryCountsOf, totalOf } from "../delivery-counts.ts";
import { waitReasons } from "../errors.ts";
import { isBefore, plusSeconds } from "../instants.ts";
import type { Attempt, ReportRun, RunFailure } from "../objects.ts";
import { isOutcome } from "./attempt-end.ts";
import type { AttemptEnd, Decision, OpenAttempt, PinnedVersion, ReportRunInput, RunEnd } from "./input.ts";

/** What follows when the attempt under way has ended like this. */
export function afterAttempt(input: ReportRunInput, open: OpenAttempt, end: AttemptEnd, now: Instant): Decision {
  if (open.purpose === "Settle") return afterSettling(input, end, now);
  if (isOutcome(end.reason)) return afterOutcome(input, end, now);
  const failure = failureOf(end);
  if (end.reason === "Cancelled" || input.run.spec.cancel) return endOrSettle(input, cancelled(input), end);
  const failedAttempts = (input.run.status?.failedAttempts ?? 0) + (end.counts ? 1 : 0);
  const isLast = end.counts && failedAttempts >= settingsOf(input.pinned).maxAttempts;
  if (!end.retryable || isLast) return endOrSettle(input, failed(failure), end);
  const nextAttemptAt = plusSeconds(now, backOffSeconds(failedAttempts, input.settings.backoff));
  return { kind: "EndAttempt", end, failure, nextAttemptAt };
}

/** Ends a run between two attempts, by way of a settle attempt where something is in flight. */
export function endBetweenAttempts(input: ReportRunInput, end: RunEnd, now: Instant): Decision {
  const { pinned, run } = input;
  if (!hasInFlight(input) || !pinned) return { kind: "EndRun", ...end };
  if (lastAttemptOf(run)?.purpose === "Settle") {
    const { nextAttemptAt } = run.status ?? {};
    if (isGivenUp(input, now)) return { kind: "EndRun", ...end };
    if (nextAttemptAt && isBefore(now, nextAttemptAt)) {
      return { kind: "Wait", reason: waitReasons.settling, message: settlingMessage, until: nextAttemptAt };
    }
  }
  return { kind: "StartAttempt", number: nextNumber(run), purpose: "Settle", pinned, failure: failureOfEnd(end) };
}

const settlingMessage = "the receiver is asked again about the delivery in flight before the run ends";

/** The number of the next attempt. A retry raises the attempt before its Job is made, so the number may be there already. */
export function nextNumber({ status }: ReportRun): number {
  const { attempt = 0, attempts = [] } = status ?? {};
  const isUsed = attempt === 0 || attempts.some(({ number }) => number === attempt);
  return isUsed ? attempt + 1 : attempt;
}

/** The entry of the current attempt; after a retry was granted there is none until it starts. */
function lastAttemptOf({ status }: ReportRun): Attempt | undefined {
  return status?.attempts?.find(({ number }) => number === status.attempt);
}

/** Whether the run has to end, and waits only for deliveries in flight to be settled. */
export function mustEnd({ run }: ReportRunInput): boolean {
  const { failure, nextAttemptAt } = run.status ?? {};
  const last = lastAttemptOf(run);
  if (last?.purpose === "Settle") return true;
  return failure !== undefined && last?.endedAt !== undefined && nextAttemptAt === undefined;
}

/** The end that was held back until everything in flight was settled. */
export function heldBackEnd(input: ReportRunInput): RunEnd {
  const { failure } = input.run.status ?? {};
  return !failure || failure.code === "Cancelled" ? cancelled(input) : failed(failure);
}

/** How a run ends that was cancelled. */
export function cancelled(input: ReportRunInput): RunEnd {
  if (deliveryCountsOf(input.run.status?.execution).delivered === 0) {
    return { state: "Cancelled", message: failureCodes.Cancelled.meaning };
  }
  return failedBy("CancelledAfterDelivery");
}

/** How a run ends by a code that the operator found itself. */
export function failedBy(code: FailureCode, message = sentenceOf(code)): RunEnd {
  return failed({ code, message: message.slice(0, 1024) });
}

/** Whether something may be at a receiver of which nobody knows. */
export function hasInFlight({ run }: ReportRunInput): boolean {
  return deliveryCountsOf(run.status?.execution).inFlight > 0;
}

/** When the run has taken too long in all its attempts; undefined before the first. */
export function giveUpAt({ run, pinned }: ReportRunInput): Instant | undefined {
  const { startedAt } = run.status ?? {};
  return startedAt && plusSeconds(startedAt, settingsOf(pinned).giveUpAfterSeconds);
}

/** Whether the run has taken too long in all its attempts. */
export function isGivenUp(input: ReportRunInput, now: Instant): boolean {
  const at = giveUpAt(input);
  return at !== undefined && !isBefore(now, at);
}

/** What a run says of itself between two attempts. */
export function betweenAttempts(
  nextAttemptAt: Instant,
  failure: RunFailure | undefined,
): { readonly reason: string; readonly message: string } {
  const reason = failure ? waitReasons.backingOff : waitReasons.resumesLater;
  const why = failure ? `${failure.code}: ${failure.message}` : "the attempt before asked for it";
  return { reason, message: `the next attempt starts at ${nextAttemptAt}. ${why}`.slice(0, 1024) };
}

/** Whether the last attempt left the deliveries to be released, and nobody has. */
export function isHeld({ run }: ReportRunInput): boolean {
  return lastAttemptOf(run)?.reason === "Held" && !run.spec.release;
}

/** What a run says of itself while its deliveries are held. This release holds nothing, so it was a newer one, before a step back. */
export const held = {
  reason: waitReasons.held,
  message:
    "its deliveries are held, which a newer release than this one did: upgrade the operator and set spec.release, or cancel the run",
} as const;

/** The wait before the next attempt: doubling, capped. */
export function backOffSeconds(
  failedAttempts: number,
  { initialSeconds, maxSeconds }: ReportRunInput["settings"]["backoff"],
): number {
  return Math.min(maxSeconds, initialSeconds * 2 ** Math.min(Math.max(failedAttempts - 1, 0), 20));
}

function afterOutcome(input: ReportRunInput, end: AttemptEnd, now: Instant): Decision {
  const { state } = input.run.status ?? {};
  const { message } = end;
  switch (end.reason) {
    case "Done":
      return { kind: "EndRun", state: "Completed", message, attempt: end };
    case "AlreadyFiled":
      return { kind: "EndRun", state: "AlreadyFiled", message, attempt: end };
    case "FilingInProgress": {
      const maySkip = (state === "Pending" || state === "Initializing") && !hasInFlight(input);
      const how: RunEnd = maySkip ? { state: "Skipped", message } : failedBy("FilingInProgress", message);
      return endOrSettle(input, how, end);
    }
    case "ResumeAt": {
      const nextAttemptAt = end.resumeAt ?? plusSeconds(now, input.settings.backoff.initialSeconds);
      return { kind: "EndAttempt", end, nextAttemptAt };
    }
    case "Held": {
      // a runner that holds what is released is asked again, but not at once
      const again = input.run.spec.release && {
        nextAttemptAt: plusSeconds(now, input.settings.backoff.initialSeconds),
      };
      return { kind: "EndAttempt", end, ...again };
    }
    default:
      return endOrSettle(input, failedBy("InternalError", `this release knows no outcome ${end.reason}`), end);
  }
}

/** A settle attempt never counts: it is repeated until nothing is in flight, or until the run is given up. */
function afterSettling(input: ReportRunInput, end: AttemptEnd, now: Instant): Decision {
  const { failure } = input.run.status ?? {};
  const attempt = { ...end, counts: false };
  const isSettled = isOutcome(end.reason) && !hasInFlight(input);
  if (isSettled && isDelivered(input) && failure?.code !== "Cancelled") {
    return { kind: "EndRun", state: "Completed", message: "everything had been delivered", attempt };
  }
  if (isSettled || isGivenUp(input, now)) return { kind: "EndRun", ...heldBackEnd(input), attempt };
  const nextAttemptAt = plusSeconds(now, input.settings.backoff.maxSeconds);
  return { kind: "EndAttempt", end: attempt, ...(failure && { failure }), nextAttemptAt };
}

/** Without a next attempt but with a failure, the next reconcile sees that the run must end, and settles first. */
function endOrSettle(input: ReportRunInput, end: RunEnd, attempt: AttemptEnd): Decision {
  if (!hasInFlight(input)) return { kind: "EndRun", ...end, attempt };
  return { kind: "EndAttempt", end: attempt, failure: failureOfEnd(end) };
}

function failed(failure: RunFailure): RunEnd {
  return { state: "Failed", message: failure.message, failure };
}

function failureOfEnd({ failure, message }: RunEnd): RunFailure {
  return failure ?? { code: "Cancelled", message };
}

function failureOf({ reason, message, step }: AttemptEnd): RunFailure {
  return { code: reason, message, ...(step && { step }) };
}

function isDelivered({ run }: ReportRunInput): boolean {
  const { delivered } = deliveryCountsOf(run.status?.execution);
  return delivered > 0 && delivered === totalOf(run.status?.execution);
}

function sentenceOf(code: FailureCode): string {
  return `${failureCodes[code].meaning} ${failureCodes[code].remedy}`;
}

/** The settings of the version; a run without one never started an attempt, so the numbers then decide nothing. */
function settingsOf(pinned: PinnedVersion | undefined) {
  return pinned?.definition.run ?? { maxAttempts: 1, giveUpAfterSeconds: 86_400 };
}
