import { expect, test } from "vitest";
import type { Pod } from "../objects.ts";
import {
  activeStatus,
  attemptOf,
  endedPod,
  executionOf,
  newJob,
  newPod,
  noon,
  openOf,
  pinnedRun,
} from "../testdata/inputs.ts";
import { endOf } from "./attempt-end.ts";
import type { OpenAttempt } from "./input.ts";

const status = (change: object) => ({ status: change });
const killed = (change: object) => newPod({ terminated: { exitCode: 137, reason: "Error" } }, change);
const interrupted = { code: "Interrupted", message: "told to stop" };
const failedJob = (reason: string) => newJob("trades-1-1", [{ type: "Failed", status: "True", reason }]);
const disruption = {
  conditions: [{ type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI", message: "drained" }],
};

const preempted = {
  conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler", message: "preempting" }],
};
const nodeLost = {
  conditions: [{ type: "DisruptionTarget", status: "True", reason: "DeletionByTaintManager", message: "taint" }],
};
const lowOnDisk =
  "The node was low on resource: ephemeral-storage. Container runner was using 1Gi, which exceeds its request of 0.";
const overEphemeral = "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi.";

interface Case {
  readonly pods?: readonly Pod[];
  readonly open?: Partial<OpenAttempt>;
  readonly execution?: object;
  readonly podUID?: string;
  readonly expected: object | undefined;
}

const cases: Record<string, Case> = {
  "lasts while the runner works": { pods: [newPod({ running: {} })], expected: undefined },
  "lasts while there is a Job and no Pod yet": { expected: undefined },
  "takes the outcome from the last words": {
    pods: [endedPod(0, { code: "Done", message: "ok" })],
    expected: { reason: "Done", exitCode: 0, retryable: false },
  },
  "takes the outcome from the status when the last words are lost": {
    pods: [newPod({ terminated: { exitCode: 0, message: '{"code":"Do' } })],
    execution: { outcome: { code: "Done", message: "ok" } },
    expected: { reason: "Done", message: "ok" },
  },
  "does not believe a 0 that says nothing": {
    pods: [endedPod(0)],
    expected: { reason: "RunnerCrashed", retryable: true },
  },
  "keeps code, step and message of a terminal failure": {
    pods: [
      newPod({
        terminated: {
          exitCode: 10,
          message: '{"code":"SourceColumnMissing","message":"no qty","step":"FetchingData"}',
        },
      }),
    ],
    expected: {
      reason: "SourceColumnMissing",
      step: "FetchingData",
      message: "no qty",
      exitCode: 10,
      retryable: false,
      counts: true,
    },
  },
  "may try again after 11": {
    pods: [endedPod(11, { code: "SourceUnavailable", message: "x" })],
    expected: { retryable: true, counts: true },
  },
  "calls a code it does not know InternalError": {
    pods: [endedPod(10, { code: "Whatever", message: "x" })],
    expected: { reason: "InternalError", message: "x" },
  },
  "12 of the owner is Fenced": { pods: [endedPod(12)], expected: { reason: "Fenced", retryable: true } },
  "R2 a twin that was fenced off does not end the attempt": {
    pods: [newPod({ running: {} }), { ...endedPod(12), metadata: { name: "trades-1-1-twin0", uid: "p2" } }],
    execution: {},
    expected: undefined,
  },
  "13 is Cancelled": {
    pods: [endedPod(13, { code: "Cancelled", message: "as asked" })],
    expected: { reason: "Cancelled", retryable: false },
  },
  "R15 killed for memory, with the step and the limit": {
    pods: [newPod({ terminated: { exitCode: 137, reason: "OOMKilled" } })],
    execution: { step: "GeneratingArtifacts" },
    expected: {
      ...{ reason: "OutOfMemory", step: "GeneratingArtifacts", exitCode: 137, retryable: true, counts: true },
      message: expect.stringContaining("It was in GeneratingArtifacts, its limit is 1Gi. Raise"),
    },
  },
  "R15 killed for memory before it said a word": {
    pods: [newPod({ terminated: { exitCode: 137, reason: "OOMKilled" } })],
    expected: { reason: "OutOfMemory", step: undefined, message: expect.stringContaining("It had not begun") },
  },
  "R15 Node gave up because its heap was full": {
    pods: [newPod({ terminated: { exitCode: 134, reason: "Error" } })],
    execution: {},
    expected: { reason: "OutOfMemory", exitCode: 134, message: expect.stringContaining("heap") },
  },
  "R20 an eviction does not count": {
    pods: [killed(status({ phase: "Failed", reason: "Evicted", message: "low on memory" }))],
    expected: { reason: "Evicted", counts: false },
  },
  "R20 a drain does not count, though the runner says that it was interrupted": {
    pods: [newPod({ terminated: { exitCode: 11, message: JSON.stringify(interrupted) } }, status(disruption))],
    expected: { reason: "Evicted", counts: false },
  },
  "R14 an eviction for a full volume is DiskFull": {
    pods: [
      killed(
        status({ phase: "Failed", reason: "Evicted", message: 'Usage of EmptyDir volume "work" exceeds the limit' }),
      ),
    ],
    expected: { reason: "DiskFull", counts: true },
  },
  "R14 so is one for more temporary space than its limit": {
    pods: [killed(status({ phase: "Failed", reason: "Evicted", message: overEphemeral }))],
    expected: { reason: "DiskFull", counts: true },
  },
  "R20 a node that is low on disk evicts whom it finds: that is not the run's doing": {
    pods: [killed(status({ phase: "Failed", reason: "Evicted", message: lowOnDisk }))],
    execution: {},
    expected: { reason: "Evicted", counts: false, step: "FetchingData" },
  },
  "R20 a preempted Pod that never started costs no attempt": {
    pods: [newPod(undefined, { metadata: { deletionTimestamp: noon }, status: { phase: "Failed", ...preempted } })],
    expected: { reason: "Evicted", counts: false },
  },
  "R20 a node lost with its Pod while nobody looked: the Job remembers": {
    open: { job: failedJob("PodFailurePolicy") },
    expected: { reason: "Evicted", counts: false, retryable: true },
  },
  "R3 R20 a Pod that the lost node cannot end is over after five minutes, and costs no attempt": {
    pods: [newPod({ running: {} }, { metadata: { deletionTimestamp: "2026-04-01T11:55:00Z" }, status: nodeLost })],
    expected: { reason: "Evicted", counts: false },
  },
  "R21 the Job's deadline is the net under the runner's": {
    pods: [killed({})],
    open: { job: failedJob("DeadlineExceeded") },
    expected: { reason: "DeadlineExceeded" },
  },
  "interrupted by nobody we know": {
    pods: [endedPod(11, interrupted)],
    expected: { reason: "Interrupted", counts: false },
  },
  "crashed without a word": {
    pods: [newPod({ terminated: { exitCode: 139 } })],
    expected: { reason: "RunnerCrashed", exitCode: 139 },
  },
  "R4 a Pod that was deleted is lost": {
    pods: [killed({ metadata: { deletionTimestamp: noon } })],
    expected: { reason: "PodLost", retryable: true },
  },
  "R3 a Pod that has been Terminating for five minutes is lost": {
    pods: [newPod({ running: {} }, { metadata: { deletionTimestamp: "2026-04-01T11:55:00Z" } })],
    expected: { reason: "PodLost" },
  },
  "a Pod that is Terminating may still end by itself": {
    pods: [newPod({ running: {} }, { metadata: { deletionTimestamp: "2026-04-01T11:58:00Z" } })],
    expected: undefined,
  },
  "R4 a Job that was deleted under its runner is lost": {
    open: { job: undefined as never },
    execution: {},
    expected: { reason: "PodLost", message: expect.stringContaining("Job was deleted") },
  },
  "R4 a deleted Job is not lost when its Pod was never seen": {
    open: { job: undefined as never },
    expected: undefined,
  },
  "a Job that failed without a Pod is lost": {
    open: { job: failedJob("BackoffLimitExceeded") },
    expected: { reason: "PodLost" },
  },
  "a Pod that is gone still counts by what its runner reported": {
    open: { job: failedJob("BackoffLimitExceeded") },
    execution: { outcome: { code: "BlockingFindings", message: "2 rows" } },
    expected: { reason: "BlockingFindings", retryable: false, message: "2 rows" },
  },
  "what an earlier attempt reported is not believed": {
    open: { job: failedJob("BackoffLimitExceeded") },
    execution: { attempt: 7, outcome: { code: "Done", message: "" } },
    expected: { reason: "PodLost" },
  },
  "the owner is gone and only a fenced twin is left": {
    pods: [{ ...endedPod(12), metadata: { name: "twin", uid: "p2" } }],
    execution: {},
    expected: { reason: "PodLost" },
  },
};

test.each(Object.entries(cases))("%s", (_sentence, { pods = [], open = {}, execution, expected }) => {
  const run = pinnedRun(
    activeStatus({ attempts: [attemptOf(1)], ...(execution && { execution: executionOf(execution) }) }),
  );
  const end = endOf(run, openOf({ pods, ...open }), noon, "1Gi");
  if (expected) expect(end).toMatchObject(expected);
  else expect(end).toBeUndefined();
});
