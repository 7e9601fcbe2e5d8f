/** Owns what keeps a Pod from starting: recognised at once, so that people see it long before the attempt is given up. Pure. */
import { failureCodes } from "@openreg/crds";
import type { FailureCode, Instant } from "@openreg/crds/types";
import { secondsBetween } from "../instants.ts";
import type { Pod } from "../objects.ts";
import { runnerOf } from "./attempt-end.ts";
import type { AttemptEnd, OpenAttempt, PodProblem } from "./input.ts";

/** Reasons of a waiting container that do not pass by themselves. */
const waitingReasons: Readonly<Record<string, FailureCode>> = {
  ImagePullBackOff: "ImagePullFailed",
  ErrImagePull: "ImagePullFailed",
  InvalidImageName: "ImagePullFailed",
  ErrImageNeverPull: "ImagePullFailed",
  CreateContainerConfigError: "PodRefused",
  CreateContainerError: "PodRefused",
  RunContainerError: "PodRefused",
};

/** Reasons of warning events about a Job or Pod whose status says nothing. */
const warningReasons: Readonly<Record<string, FailureCode>> = {
  FailedCreate: "PodRefused",
  FailedMount: "VolumeNotMounted",
  FailedAttachVolume: "VolumeNotMounted",
};

/** What keeps the attempt from starting; undefined when it runs, or when nothing is known. */
export function problemOf(open: OpenAttempt): PodProblem | undefined {
  const pod = open.pods.at(-1);
  if (pod && hasStarted(pod)) return undefined;
  return (pod && (problemOfContainer(pod) ?? problemOfScheduling(pod))) ?? problemOfWarning(open);
}

/** Whether the runner's container has ever run. */
export function hasStarted(pod: Pod): boolean {
  const state = runnerOf(pod)?.state;
  return state?.running !== undefined || state?.terminated !== undefined;
}

/** Whether the status of Job and Pod says too little, so that warnings are worth a look. */
export function needsWarnings(
  open: Pick<OpenAttempt, "job" | "pods" | "startedAt">,
  afterSeconds: number,
  now: Instant,
): boolean {
  if (!open.job || secondsBetween(open.startedAt, now) < afterSeconds) return false;
  const pod = open.pods.at(-1);
  if (!pod) return true;
  return pod.spec?.nodeName !== undefined && !hasStarted(pod) && !problemOfContainer(pod);
}

/** The end of an attempt that could not start in time. */
export function startTimeout({ code, message }: PodProblem): AttemptEnd {
  const whole = `${message.replace(/[.\s]*$/, ".")} ${failureCodes[code].remedy}`.slice(0, 1024);
  return { reason: code, message: whole, retryable: failureCodes[code].retryable, counts: true };
}

function problemOfContainer(pod: Pod): PodProblem | undefined {
  const waiting = runnerOf(pod)?.state?.waiting;
  const code = waitingReasons[waiting?.reason ?? ""];
  return code && problem(code, `${waiting?.reason}: ${waiting?.message ?? "no message"}`);
}

function problemOfScheduling(pod: Pod): PodProblem | undefined {
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === "PodScheduled");
  if (scheduled?.status !== "False") return undefined;
  const message = scheduled.message ?? scheduled.reason ?? "no reason given";
  // The scheduler says in words only that a claim is missing.
  return problem(/persistentvolumeclaim/i.test(message) ? "VolumeNotMounted" : "PodUnschedulable", message);
}

function problemOfWarning({ warning }: OpenAttempt): PodProblem | undefined {
  const code = warningReasons[warning?.reason ?? ""];
  return code && warning && problem(code, warning.message);
}

function problem(code: FailureCode, message: string): PodProblem {
  return { code, message: `${failureCodes[code].meaning} ${message}`.slice(0, 1024) };
}
