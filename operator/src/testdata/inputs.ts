/** Builds what a reconcile of a ReportRun looks at, for the tests of its pure parts. */
import { canonicalJson } from "@openreg/crds";
import type { Execution } from "@openreg/crds/types";
import { readConfig } from "../config.ts";
import type { Attempt, Job, Pod, Report, ReportRun, RunStatus } from "../objects.ts";
import type { OpenAttempt, PinnedVersion, ReportRunInput } from "../report-run/input.ts";
import { tradesDefinition } from "./trades.ts";

/** The time at which the tests decide. */
export const noon = "2026-04-01T12:00:00Z";

/** A minute ago. */
export const justNow = "2026-04-01T11:59:00Z";

/** The version of the report. */
export const version: PinnedVersion = {
  definition: tradesDefinition,
  version: {
    apiVersion: "openreg.dev/v1alpha1",
    kind: "ReportVersion",
    metadata: { name: "trades-0123456789", namespace: "bank-a" },
    spec: {
      series: "trades",
      report: "trades",
      format: "v1",
      contract: 1,
      definition: canonicalJson(tradesDefinition),
      contentHash: "0123456789abcdef".repeat(4),
    },
  },
};

/** A Report that is Ready with that version. */
export const readyReport = {
  apiVersion: "openreg.dev/v1alpha1",
  kind: "Report",
  metadata: { name: "trades", namespace: "bank-a", uid: "r1", generation: 1 },
  spec: {},
  status: {
    observedGeneration: 1,
    currentVersion: { name: "trades-0123456789", contentHash: version.version.spec.contentHash },
    conditions: [{ type: "Ready", status: "True", reason: "Accepted", message: "", lastTransitionTime: justNow }],
  },
} as unknown as Report;

/** A run; by default one that was just created. */
export function newRun(status: RunStatus | undefined = undefined, change: { readonly spec?: object; readonly metadata?: object } = {}): ReportRun {
  return {
    apiVersion: "openreg.dev/v1alpha1",
    kind: "ReportRun",
    metadata: { name: "trades-1", namespace: "bank-a", uid: "u1", generation: 1, resourceVersion: "7", creationTimestamp: justNow, ...change.metadata },
    spec: { reportRef: { name: "trades" }, businessDate: "2026-04-01", mode: "Test", ...change.spec },
    ...(status && { status }),
  } as ReportRun;
}

/** A run that has a version and its finalizer. */
export function pinnedRun(status: RunStatus | undefined = undefined, change: { readonly spec?: object; readonly metadata?: object } = {}): ReportRun {
  return newRun(status, {
    spec: { reportVersionRef: { name: "trades-0123456789" }, ...change.spec },
    metadata: { finalizers: ["openreg.dev/run-cleanup"], ...change.metadata },
  });
}

/** What a reconcile looks at; by default a new run of a Ready report. */
export function newInput(change: Partial<ReportRunInput> = {}): ReportRunInput {
  return {
    run: newRun(),
    report: readyReport,
    candidate: version,
    live: { report: readyReport, movedInputs: [] },
    oldJobs: [],
    oldPods: [],
    siblings: { active: [], ended: [] },
    endIsNoted: true,
    settings: readConfig({}).runs,
    ...change,
  };
}

/** The same of a run that is pinned. */
export function pinnedInput(status: RunStatus | undefined, change: Partial<ReportRunInput> = {}): ReportRunInput {
  const { candidate, live, ...rest } = newInput({ run: pinnedRun(status), pinned: version, ...change });
  return rest;
}

/** A status in the middle of an attempt. */
export function activeStatus(change: Partial<RunStatus> = {}): RunStatus {
  return { state: "Pending", attempt: 1, attempts: [attemptOf(1)], startedAt: justNow, ...change };
}

/** An entry of the attempts. */
export function attemptOf(number: number, change: Partial<Attempt> = {}): Attempt {
  return { number, job: `trades-1-${number}`, purpose: "Run", startedAt: justNow, ...change };
}

/** An attempt that is under way. */
export function openOf(change: Partial<OpenAttempt> = {}): OpenAttempt {
  return { number: 1, purpose: "Run", startedAt: justNow, job: newJob("trades-1-1"), pods: [], ...change };
}

/** A Job of the run. */
export function newJob(name: string, conditions: NonNullable<NonNullable<Job["status"]>["conditions"]> = []): Job {
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name, namespace: "bank-a", uid: `uid-${name}` }, status: { conditions } };
}

/** A Pod of the run whose runner is in some state. */
export function newPod(state: object | undefined, change: { readonly uid?: string; readonly metadata?: object; readonly status?: object } = {}): Pod {
  const containerStatuses = state ? [{ name: "runner", imageID: "sha256:0123", state }] : [];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "trades-1-1-abcde", namespace: "bank-a", uid: change.uid ?? "p1", ...change.metadata },
    status: { phase: "Running", containerStatuses, ...change.status },
  } as Pod;
}

/** A Pod whose runner ended with a code and last words. */
export function endedPod(exitCode: number, words?: { readonly code: string; readonly message: string }): Pod {
  return newPod({ terminated: { exitCode, ...(words && { message: JSON.stringify(words) }) } });
}

/** What the runner reports. */
export function executionOf(change: Partial<Execution> = {}): Execution {
  return { attempt: 1, podUID: "p1", heartbeatAt: justNow, step: "FetchingData", steps: [], ...change };
}

/** One delivery in a state. */
export function deliveryIn(state: NonNullable<Execution["deliveries"]>[number]["state"]): NonNullable<Execution["deliveries"]>[number] {
  return { destination: "receiver", artifact: "trades.csv", state, attempts: 1 };
}
