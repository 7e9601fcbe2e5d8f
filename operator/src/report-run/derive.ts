/** Owns what of a run's status follows from what the runner reports: state, summary, filing, the attempt's Pod. Pure. */
import { canMove, orderedStates, type RunState } from "@openreg/crds";
import type { Instant } from "@openreg/crds/types";
import { deliveryCountsOf, totalOf } from "../delivery-counts.ts";
import type { Attempt, Pod, RunStatus } from "../objects.ts";
import { executionOf, podOf, runnerOf } from "./attempt-end.ts";
import type { ReportRunInput } from "./input.ts";

type Execution = NonNullable<RunStatus["execution"]>;

/** The operator's part of a status: all but what the runner writes. */
export type OwnStatus = Omit<RunStatus, "execution">;

/** The operator's part of the status as it is. */
export function ownStatusOf({ status }: ReportRunInput["run"]): OwnStatus {
  const { execution: _runners, ...own } = status ?? {};
  return own;
}

/** The status with everything that follows from the runner's last report. */
export function derive(input: ReportRunInput, now: Instant): OwnStatus {
  const own = ownStatusOf(input.run);
  const { open } = input;
  const execution = open && executionOf(input.run, open.number);
  if (!execution) return own;
  const moved = moveTo(own, stateOf(own.state ?? "Pending", execution), now);
  return {
    ...moved,
    attempts: withPod(own.attempts ?? [], open.number, podOf(open, execution)),
    summary: summaryOf(execution, moved.state),
    ...(execution.filing && { filing: { key: execution.filing.key, met: false } }),
  };
}

/** Steps are reported in order, but reports are merged: the state jumps forwards, never back. */
function stateOf(state: RunState, { step }: Execution): RunState {
  return canMove(state, step, false) ? step : state;
}

/** The status in another state, or in the same one by another attempt, with its line in the history. */
export function moveTo(status: OwnStatus, state: RunState, now: Instant, message?: string): OwnStatus {
  const { attempt = 0 } = status;
  const last = status.stateHistory?.at(-1);
  const isNewAttempt = last !== undefined && last.attempt < attempt && last.attempt > 0;
  if (status.state === state && !isNewAttempt) return status;
  const line = { state, at: now, attempt, ...(message && { message: message.slice(0, 256) }) };
  return { ...status, state, stateHistory: bounded([...(status.stateHistory ?? []), line]) };
}

/** The beginning and the end tell the story: what is cut is the middle. */
function bounded<T>(lines: readonly T[], most = 24): T[] {
  return lines.length <= most ? [...lines] : [...lines.slice(0, 4), ...lines.slice(4 + lines.length - most)];
}

/** The attempts with the Pod that carries one of them out. */
export function withPod(attempts: readonly Attempt[], number: number, pod: Pod | undefined): Attempt[] {
  const podUID = pod?.metadata.uid;
  // what is before it names a registry, which the plan knows
  const digest = pod && runnerOf(pod)?.imageID?.split("@").at(-1);
  return attempts.map((attempt) =>
    attempt.number === number
      ? { ...attempt, ...(podUID && { podUID }), ...(digest && { imageDigest: digest.slice(0, 128) }) }
      : attempt,
  );
}

/** The status in short, for the columns of kubectl. */
export function summaryOf(execution: Execution, state: RunState | undefined): NonNullable<RunStatus["summary"]> {
  const { findings, artifacts = [], manifest } = execution;
  const total = totalOf(execution);
  const { delivered } = deliveryCountsOf(execution);
  return {
    findings: findings ? `${findings.warning}W ${findings.blocking}B ${findings.correctable}C` : "",
    artifacts: String(manifest?.artifacts ?? artifacts.length),
    delivered: `${state === "Completed" ? total : delivered}/${total}`,
    progress: progressOf(execution, state),
  };
}

/** Whole tens, so that a heartbeat with one percent more is no reason to write. */
function progressOf({ progress, step }: Execution, state: RunState | undefined): string {
  if (state === "Completed") return "100%";
  const byStep = Math.floor((orderedStates.indexOf(step) * 100) / orderedStates.length);
  return `${Math.floor((progress?.percent ?? byStep) / 10) * 10}%`;
}
