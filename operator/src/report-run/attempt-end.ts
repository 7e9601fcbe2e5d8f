/** Owns how an attempt ended: what its Pod, its Job and the runner's last words mean. Pure. */
import {
  exitCodes,
  type FailureCode,
  failureCodes,
  isFailureCode,
  type Outcome,
  outcomes,
  runnerContainer,
  stepStates,
  type TerminationMessage,
} from "@openreg/crds";
import type { Instant, StepName } from "@openreg/crds/types";
import { secondsBetween } from "../instants.ts";
import type { ContainerStatus, Job, Pod, ReportRun, RunStatus } from "../objects.ts";
import type { AttemptEnd, OpenAttempt } from "./input.ts";

type Terminated = NonNullable<NonNullable<ContainerStatus["state"]>["terminated"]>;
type Execution = NonNullable<RunStatus["execution"]>;

/** A Pod on a dead node is Terminating for ever; after this it counts as gone. */
const lostAfterSeconds = 300;

/** The end of the attempt that is under way, or undefined while it lasts. */
export function endOf(run: ReportRun, open: OpenAttempt, now: Instant): AttemptEnd | undefined {
  const execution = executionOf(run, open.number);
  const pod = podOf(open, execution);
  if (pod) return endOfPod(pod, open.job, execution, now);
  if (isDone(open.job)) return endWithoutPod(open.job, execution);
  if (open.job) return execution && open.pods.length > 0 ? lost("its Pod is gone") : undefined;
  return hasTrace(run, open) ? endWithoutPod(undefined, execution) : undefined;
}

/** Whether the attempt has left a trace beyond its entry in the status: then its Job was there. */
export function hasTrace(run: ReportRun, open: OpenAttempt): boolean {
  const entry = run.status?.attempts?.find((attempt) => attempt.number === open.number);
  return executionOf(run, open.number) !== undefined || entry?.podUID !== undefined || open.pods.length > 0;
}

/** What the runner says, when it speaks of this attempt. */
export function executionOf(run: ReportRun, attempt: number): Execution | undefined {
  const execution = run.status?.execution;
  return execution?.attempt === attempt ? execution : undefined;
}

/** The Pod that owns the attempt: the one that wrote first, else the newest that was not fenced off. */
export function podOf({ pods }: Pick<OpenAttempt, "pods">, execution: Execution | undefined): Pod | undefined {
  if (execution) return pods.find((pod) => pod.metadata.uid === execution.podUID);
  return pods.findLast((pod) => terminatedOf(pod)?.exitCode !== exitCodes.fenced) ?? pods.at(-1);
}

/** Whether nothing of the Pod runs any more. */
export function isOver(pod: Pod, now: Instant): boolean {
  const { phase } = pod.status ?? {};
  if (phase === "Succeeded" || phase === "Failed" || terminatedOf(pod)) return true;
  const { deletionTimestamp } = pod.metadata;
  return deletionTimestamp !== undefined && secondsBetween(deletionTimestamp, now) >= lostAfterSeconds;
}

/** The status of the runner's container. */
export function runnerOf(pod: Pod): ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find((container) => container.name === runnerContainer);
}

function terminatedOf(pod: Pod): Terminated | undefined {
  return runnerOf(pod)?.state?.terminated;
}

function isDone(job: Job | undefined): boolean {
  return ["Complete", "Failed"].some((type) => conditionOf(job, type));
}

function conditionOf(object: Pick<Job, "status"> | Pick<Pod, "status"> | undefined, type: string) {
  return object?.status?.conditions?.find((condition) => condition.type === type && condition.status === "True");
}

function endOfPod(
  pod: Pod,
  job: Job | undefined,
  execution: Execution | undefined,
  now: Instant,
): AttemptEnd | undefined {
  if (!isOver(pod, now)) return undefined;
  const terminated = terminatedOf(pod);
  const spoken = terminated && endAsSpoken(terminated, execution);
  if (spoken && spoken.reason !== "Interrupted") return spoken;
  return endFromOutside(pod, job, terminated) ?? spoken ?? endWithoutPod(job, execution);
}

/** What the runner itself said: its exit code and its last words. */
function endAsSpoken(terminated: Terminated, execution: Execution | undefined): AttemptEnd | undefined {
  const { exitCode } = terminated;
  const words = lastWords(terminated.message) ?? execution?.outcome;
  switch (exitCode) {
    case exitCodes.done:
      return endWithOutcome(words ?? execution?.outcome, execution, exitCode);
    case exitCodes.terminal:
    case exitCodes.retryable:
      return endWithCode(words, { exitCode, retryable: exitCode === exitCodes.retryable });
    case exitCodes.fenced:
      return endWithCode(
        { code: "Fenced", message: words?.message ?? failureCodes.Fenced.meaning },
        { exitCode, retryable: true },
      );
    case exitCodes.cancelled:
      return endWithCode(
        { code: "Cancelled", message: words?.message ?? failureCodes.Cancelled.meaning },
        { exitCode, retryable: false },
      );
    default:
      return undefined;
  }
}

interface Words {
  readonly code: string;
  readonly message: string;
  readonly step?: string | undefined;
}

function endWithOutcome(words: Words | undefined, execution: Execution | undefined, exitCode: number): AttemptEnd {
  const outcome = outcomes.find((one) => one === words?.code);
  if (!words || !outcome)
    return endWithCode(
      { code: "RunnerCrashed", message: "the runner ended with 0 and named no outcome" },
      { exitCode, retryable: true },
    );
  return {
    reason: outcome,
    message: words.message,
    step: stepOf(words.step),
    exitCode,
    retryable: false,
    counts: false,
    ...(outcome === "ResumeAt" && { resumeAt: execution?.resumeAt }),
  };
}

function endWithCode(
  words: Words | undefined,
  how: { readonly exitCode?: number; readonly retryable: boolean },
): AttemptEnd {
  const code: FailureCode = words && isFailureCode(words.code) ? words.code : "InternalError";
  const counts = code !== "Interrupted" && code !== "Evicted";
  return {
    reason: code,
    message: (words?.message || failureCodes[code].meaning).slice(0, 1024),
    step: stepOf(words?.step),
    counts,
    ...how,
  };
}

/** What happened to the Pod, where the runner could not say why. */
function endFromOutside(pod: Pod, job: Job | undefined, terminated: Terminated | undefined): AttemptEnd | undefined {
  const { reason, message = "" } = pod.status ?? {};
  const exitCode = terminated?.exitCode;
  const because = (code: FailureCode, sentence: string) =>
    endWithCode(
      { code, message: sentence },
      { ...(exitCode !== undefined && { exitCode }), retryable: failureCodes[code].retryable },
    );
  if (terminated?.reason === "OOMKilled") return because("OutOfMemory", sentenceOf("OutOfMemory"));
  if (reason === "Evicted" && /ephemeral|emptyDir/i.test(message))
    return because("DiskFull", `the Pod was evicted: ${message}`);
  if (reason === "Evicted") return because("Evicted", `the Pod was evicted: ${message}`);
  const disruption = conditionOf(pod, "DisruptionTarget");
  if (disruption)
    return because("Evicted", `the Pod was evicted: ${disruption.message ?? disruption.reason ?? "no reason given"}`);
  if (conditionOf(job, "Failed")?.reason === "DeadlineExceeded")
    return because("DeadlineExceeded", sentenceOf("DeadlineExceeded"));
  if (pod.metadata.deletionTimestamp) return because("PodLost", "the Pod was deleted");
  if (exitCode === undefined || isSpoken(exitCode)) return undefined;
  return because("RunnerCrashed", `the runner ended with ${exitCode} and did not say why`);
}

function isSpoken(exitCode: number): boolean {
  return Object.values(exitCodes).some((one) => one === exitCode);
}

/** Without a Pod the runner's last report counts, then what the Job knows. */
function endWithoutPod(job: Job | undefined, execution: Execution | undefined): AttemptEnd {
  const outcome = execution?.outcome;
  if (outcome && outcomes.some((one) => one === outcome.code))
    return endWithOutcome(outcome, execution, exitCodes.done);
  if (outcome && isFailureCode(outcome.code)) {
    return endWithCode(outcome, { retryable: failureCodes[outcome.code].retryable });
  }
  const failed = conditionOf(job, "Failed");
  if (failed?.reason === "DeadlineExceeded") {
    return endWithCode({ code: "DeadlineExceeded", message: sentenceOf("DeadlineExceeded") }, { retryable: true });
  }
  return lost(job ? "its Pod is gone" : "its Job was deleted");
}

function sentenceOf(code: FailureCode): string {
  return `${failureCodes[code].meaning} ${failureCodes[code].remedy}`;
}

function lost(why: string): AttemptEnd {
  return endWithCode({ code: "PodLost", message: `the attempt was lost: ${why}` }, { retryable: true });
}

function stepOf(step: string | undefined): StepName | undefined {
  return stepStates.find((one) => one === step);
}

/** The termination message, when it is one of ours; a killed process leaves none or half of one. */
function lastWords(text: string | undefined): TerminationMessage | undefined {
  try {
    const words: unknown = JSON.parse(text ?? "");
    return isWords(words) ? words : undefined;
  } catch {
    return undefined;
  }
}

function isWords(value: unknown): value is TerminationMessage {
  const words = value as Partial<TerminationMessage> | null;
  return typeof words?.code === "string" && typeof words.message === "string";
}

/** Whether an outcome of exit code 0 ends the run. */
export function isOutcome(reason: AttemptEnd["reason"]): reason is Outcome {
  return outcomes.some((one) => one === reason);
}
