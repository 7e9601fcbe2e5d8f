/** Decides what one reconcile of a ReportRun does. Pure: no client, no clock. */
import { isEndState, isRetryableEnd, retryAnnotation, runFinalizer } from "@openreg/crds";
import type { Instant } from "@openreg/crds/types";
import { findCondition } from "../controller/conditions.ts";
import { waitReasons } from "../errors.ts";
import { earliest, isBefore, plusSeconds } from "../instants.ts";
import { endOf, executionOf, hasTrace, isOver } from "./attempt-end.ts";
import {
  afterAttempt,
  betweenAttempts,
  cancelled,
  endBetweenAttempts,
  failedBy,
  giveUpAt,
  held,
  heldBackEnd,
  isGivenUp,
  isHeld,
  mustEnd,
  nextNumber,
} from "./ending.ts";
import type { Decision, OpenAttempt, PodProblem, ReportRunInput } from "./input.ts";
import { pinGuards } from "./pinning.ts";
import { hasStarted, problemOf, startTimeout } from "./pod-problem.ts";

/** One question; the answer is a decision, or undefined when the next guard is to be asked. */
export type Guard = (input: ReportRunInput, now: Instant) => Decision | undefined;

/** What a ReportRun may need, asked in order; the first that answers wins. */
const guards: readonly Guard[] = [
  deleted, //           it is being deleted: stop what runs, then let it go
  retryRequested, //    it ended, and a person asks for another attempt
  ended, //             it ended: remove what is left of it
  unheld, //            somebody took our finalizer off: put it back, before anything else
  attemptUnderWay, //   an attempt is open: follow it to its end, whatever the spec says now
  previousStopping, //  the attempt before has not let go yet
  endHeldBack, //       it has to end, once nothing is in flight
  cancelRequested, //   a person asked to end it
  givenUp, //           it has taken too long
  backingOff, //        the next attempt is not due
  deliveriesHeld, //    the files are ready, and a person is to let them go
  suspended, //         the user asked for quiet
  ...pinGuards, //      it has no version yet
];

/** Decides what one reconcile of a ReportRun does. */
export function decide(input: ReportRunInput, now: Instant): Decision {
  for (const guard of guards) {
    const decision = guard(input, now);
    if (decision) return decision;
  }
  const { pinned, run } = input;
  if (!pinned) throw new Error(`run '${run.metadata.name}' passed all guards without a version`);
  return { kind: "StartAttempt", number: nextNumber(run), purpose: "Run", pinned };
}

function deleted(input: ReportRunInput, now: Instant): Decision | undefined {
  const { deletionTimestamp, finalizers = [] } = input.run.metadata;
  if (!deletionTimestamp) return undefined;
  if (!finalizers.includes(runFinalizer)) return { kind: "Rest" };
  const jobs = jobsOf(input);
  if (jobs.length > 0) return { kind: "CleanUp", jobs };
  const running = [...input.oldPods, ...(input.open?.pods ?? [])].filter((pod) => !isOver(pod, now));
  if (running.length > 0)
    return {
      kind: "Wait",
      reason: waitReasons.previousAttemptStopping,
      message: "its Pod is stopping",
      until: plusSeconds(now, 30),
    };
  return { kind: "LetGo" };
}

function retryRequested({ run }: ReportRunInput): Decision | undefined {
  const requestedAt = run.metadata.annotations?.[retryAnnotation];
  const { state, lastHandledRetryAt } = run.status ?? {};
  if (!requestedAt || requestedAt.slice(0, 64) === lastHandledRetryAt || !state || !isRetryableEnd(state))
    return undefined;
  return { kind: "Retry", requestedAt: requestedAt.slice(0, 64) };
}

function ended(input: ReportRunInput, now: Instant): Decision | undefined {
  const { state, endedAt } = input.run.status ?? {};
  if (!state || !isEndState(state)) return undefined;
  const jobs = jobsOf(input);
  if (jobs.length > 0) return { kind: "CleanUp", jobs };
  const noteBy = endedAt && plusSeconds(endedAt, 60);
  if (!input.endIsNoted && noteBy && isBefore(now, noteBy)) {
    return { kind: "Wait", reason: state, message: "the Report is to note the end first", until: noteBy };
  }
  return { kind: "MarkSettled" };
}

/** Without it a deletion would not wait for the Job. It comes with the version and goes with the last Job. */
function unheld({ run }: ReportRunInput): Decision | undefined {
  const isHeld = run.metadata.finalizers?.includes(runFinalizer) ?? false;
  return run.spec.reportVersionRef && !isHeld ? { kind: "KeepFinalizer" } : undefined;
}

function attemptUnderWay(input: ReportRunInput, now: Instant): Decision | undefined {
  const { open, run } = input;
  if (!open) return undefined;
  const end = endOf(run, open, now, input.pinned?.definition.run.resources.limits.memory);
  if (end) return afterAttempt(input, open, end, now);
  if (!open.job && !hasTrace(run, open)) return startOrCancel(input, open, now);
  return cancelling(input, open, now) ?? follow(input, open, now);
}

/** The attempt is in the status, its Job is not there yet. */
function startOrCancel(input: ReportRunInput, open: OpenAttempt, now: Instant): Decision {
  const { pinned, run } = input;
  if (run.spec.cancel && open.purpose === "Run") return afterAttempt(input, open, neverStarted, now);
  if (!pinned) return { kind: "EndRun", ...failedBy("ReportNotFound", versionGone(input)) };
  const tooLate = plusSeconds(open.startedAt, input.settings.podStartTimeoutSeconds);
  if (!isBefore(now, tooLate)) return afterAttempt(input, open, startTimeout(jobRefused), now);
  return { kind: "EnsureJob", number: open.number, purpose: open.purpose, pinned };
}

const jobRefused: PodProblem = {
  code: "PodRefused",
  message: "the Job could not be created in time: the events of this run say why",
};

const neverStarted = {
  reason: "Cancelled",
  message: "the run was cancelled before its Pod started",
  retryable: false,
  counts: false,
} as const;

/** The runner ends by itself when it sees the cancel; where it cannot, its Job is deleted. */
function cancelling(input: ReportRunInput, open: OpenAttempt, now: Instant): Decision | undefined {
  if (!input.run.spec.cancel || open.purpose === "Settle") return undefined;
  const isRunning = open.pods.some(hasStarted);
  if (!isRunning && !executionOf(input.run, open.number)) return afterAttempt(input, open, neverStarted, now);
  const since = findCondition(input.run.status?.conditions, waitReasons.cancelling)?.lastTransitionTime ?? now;
  const until = plusSeconds(since, input.settings.cancelGraceSeconds);
  if (isBefore(now, until) || !open.job)
    return { kind: "Follow", cancelling: true, until: isBefore(now, until) ? until : undefined };
  return { kind: "StopAttempt", job: open.job };
}

function follow(input: ReportRunInput, open: OpenAttempt, now: Instant): Decision {
  const { podStartTimeoutSeconds, podProblemAfterSeconds } = input.settings;
  const started = open.pods.some(hasStarted) || executionOf(input.run, open.number) !== undefined;
  if (started) return { kind: "Follow", cancelling: false, until: terminatingUntil(open) };
  const problem = problemOf(open);
  const giveUp = plusSeconds(open.startedAt, podStartTimeoutSeconds);
  if (!isBefore(now, giveUp)) return afterAttempt(input, open, startTimeout(problem ?? unknownProblem), now);
  const lookAgain = plusSeconds(now, Math.max(podProblemAfterSeconds, 1));
  return { kind: "Follow", cancelling: false, problem, until: earliest(giveUp, lookAgain) };
}

const unknownProblem: PodProblem = { code: "PodLost", message: "the Pod did not start in time, and nothing says why" };

/** A Pod that is Terminating on a dead node says nothing any more; the clock does. */
function terminatingUntil(open: OpenAttempt): Instant | undefined {
  const stopping = open.pods.flatMap(({ metadata }) =>
    metadata.deletionTimestamp ? [plusSeconds(metadata.deletionTimestamp, 300)] : [],
  );
  return earliest(...stopping);
}

function previousStopping({ oldJobs, oldPods }: ReportRunInput, now: Instant): Decision | undefined {
  if (oldJobs.length > 0) return { kind: "CleanUp", jobs: oldJobs };
  const running = oldPods.filter((pod) => !isOver(pod, now));
  if (running.length === 0) return undefined;
  const names = running.map((pod) => pod.metadata.name).join(", ");
  return {
    kind: "Wait",
    reason: waitReasons.previousAttemptStopping,
    message: `the Pod of the attempt before is stopping: ${names}`,
    until: plusSeconds(now, 10),
  };
}

function endHeldBack(input: ReportRunInput, now: Instant): Decision | undefined {
  return mustEnd(input) ? endBetweenAttempts(input, heldBackEnd(input), now) : undefined;
}

function cancelRequested(input: ReportRunInput, now: Instant): Decision | undefined {
  return input.run.spec.cancel ? endBetweenAttempts(input, cancelled(input), now) : undefined;
}

function givenUp(input: ReportRunInput, now: Instant): Decision | undefined {
  if (!isGivenUp(input, now)) return undefined;
  const { failure } = input.run.status ?? {};
  const last = failure ? ` The last attempt: ${failure.code}: ${failure.message}` : "";
  return endBetweenAttempts(
    input,
    failedBy("GaveUp", `The run took longer than run.giveUpAfterSeconds in all its attempts.${last}`),
    now,
  );
}

function backingOff(input: ReportRunInput, now: Instant): Decision | undefined {
  const { nextAttemptAt, failure } = input.run.status ?? {};
  if (!nextAttemptAt || !isBefore(now, nextAttemptAt)) return undefined;
  return { kind: "Wait", ...betweenAttempts(nextAttemptAt, failure), until: earliest(nextAttemptAt, giveUpAt(input)) };
}

function deliveriesHeld(input: ReportRunInput): Decision | undefined {
  return isHeld(input) ? { kind: "Wait", ...held, until: giveUpAt(input) } : undefined;
}

function suspended({ suspendedBy }: ReportRunInput): Decision | undefined {
  if (!suspendedBy) return undefined;
  return {
    kind: "Wait",
    reason: waitReasons.suspended,
    message: `${suspendedBy} is suspended: set spec.suspend to false to go on`,
  };
}

function jobsOf({ oldJobs, open }: ReportRunInput) {
  return open?.job ? [...oldJobs, open.job] : oldJobs;
}

function versionGone({ run }: ReportRunInput): string {
  return `ReportVersion '${run.spec.reportVersionRef?.name}' was deleted: create a new run`;
}
