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

/** What is known of the attempt besides its Pod. */
interface Surroundings {
  readonly job: Job | undefined;
  readonly execution: Execution | undefined;
  /** The memory that the runner may use, e.g. `1Gi`. */
  readonly memoryLimit: string | undefined;
}

/** The end of the attempt that is under way, or undefined while it lasts. The limit is that of the version, for the message. */
export function endOf(
  run: ReportRun,
  open: OpenAttempt,
  now: Instant,
  memoryLimit?: string | undefined,
): AttemptEnd | undefined {
  const execution = executionOf(run, open.number);
  const pod = podOf(open, execution);
  if (pod) return endOfPod(pod, { job: open.job, execution, memoryLimit }, now);
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

function endOfPod(pod: Pod, around: Surroundings, now: Instant): AttemptEnd | undefined {
  if (!isOver(pod, now)) return undefined;
  const terminated = terminatedOf(pod);
  const spoken = terminated && endAsSpoken(terminated, around.execution);
  if (spoken && spoken.reason !== "Interrupted") return spoken;
  return endFromOutside(pod, around, terminated) ?? spoken ?? endWithoutPod(around.job, around.execution);
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
function endFromOutside(pod: Pod, around: Surroundings, terminated: Terminated | undefined): AttemptEnd | undefined {
  const exitCode = terminated?.exitCode;
  const found = killed(terminated, around) ?? evicted(pod) ?? stopped(pod, around.job);
  if (!found && (exitCode === undefined || isSpoken(exitCode))) return undefined;
  const { code, message } = found ?? {
    code: "RunnerCrashed" as const,
    message: `the runner ended with ${exitCode} and did not say why`,
  };
  return endWithCode(
    { code, message, step: around.execution?.step },
    { ...(exitCode !== undefined && { exitCode }), retryable: failureCodes[code].retryable },
  );
}

interface Found {
  readonly code: FailureCode;
  readonly message: string;
}

/** Node ends by SIGABRT when its heap is full, before the kernel would notice. */
const abortedExitCode = 134;

function killed(terminated: Terminated | undefined, { execution, memoryLimit }: Surroundings): Found | undefined {
  const isAborted = terminated?.exitCode === abortedExitCode;
  if (terminated?.reason !== "OOMKilled" && !isAborted) return undefined;
  const where = execution ? ` It was in ${execution.step}` : " It had not begun";
  const limit = memoryLimit ? `, its limit is ${memoryLimit}.` : ".";
  const { meaning, remedy } = failureCodes.OutOfMemory;
  const what = isAborted ? "The heap of the runner was full." : meaning;
  return { code: "OutOfMemory", message: `${what}${where}${limit} ${remedy}` };
}

/** A node that runs out of space evicts whom it finds; a Pod that used more than it may is evicted for that. */
function evicted(pod: Pod): Found | undefined {
  const { reason, message = "" } = pod.status ?? {};
  const disruption = conditionOf(pod, "DisruptionTarget");
  if (reason !== "Evicted" && !disruption) return undefined;
  const why = message || disruption?.message || disruption?.reason || "no reason given";
  const isOverLimit = reason === "Evicted" && /exceed/i.test(why) && /ephemeral|emptyDir/i.test(why);
  const isFull = isOverLimit && !/node was low/i.test(why);
  return { code: isFull ? "DiskFull" : "Evicted", message: `the Pod was evicted: ${why}` };
}

function stopped(pod: Pod, job: Job | undefined): Found | undefined {
  if (conditionOf(job, "Failed")?.reason === "DeadlineExceeded")
    return { code: "DeadlineExceeded", message: sentenceOf("DeadlineExceeded") };
  return pod.metadata.deletionTimestamp ? { code: "PodLost", message: "the Pod was deleted" } : undefined;
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
  // only disruptions fail a Job by its policy; the Job remembers them when its Pod and all we could see of it is gone
  if (failed?.reason === "PodFailurePolicy") {
    const message = `the Pod was evicted: ${failed.message ?? "its node was drained or lost"}`;
    return endWithCode({ code: "Evicted", message, step: execution?.step }, { retryable: true });
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
