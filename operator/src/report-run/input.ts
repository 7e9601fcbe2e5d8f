/** Owns what one reconcile of a ReportRun looks at and what it may decide. Types only. */
import type { Definition, FailureCode, Instant, Outcome, RunState, StepName } from "@openreg/crds/types";
import type { RunSettings } from "../config.ts";
import type { KubernetesObject } from "../controller/kubernetes.ts";
import type { Job, Pod, Report, ReportRun, ReportVersion, RunFailure, RunStatus } from "../objects.ts";

/** What an attempt is for. */
export type Purpose = "Run" | "Settle";

/** A version with its definition read. */
export interface PinnedVersion {
  readonly version: ReportVersion;
  readonly definition: Definition;
}

/** What was read live to pin a version. */
export interface LiveReport {
  readonly report: Report | undefined;
  /** Names of objects that are no longer what the Report's current version was made from. */
  readonly movedInputs: readonly string[];
}

/** A run that this one repeats with the same version. */
export interface RepeatedRun {
  readonly name: string;
  readonly version: string | undefined;
}

/** The attempt that `status.attempts` says is under way, with what is there of it. */
export interface OpenAttempt {
  readonly number: number;
  readonly purpose: Purpose;
  readonly startedAt: Instant;
  /** Absent when neither the cache nor the API server has it. */
  readonly job?: Job;
  /** All Pods of its Job, oldest first. */
  readonly pods: readonly Pod[];
  /** What the newest warning about its Job or Pod says, where their status says nothing. */
  readonly warning?: { readonly reason: string; readonly message: string };
}

/** Other runs of the series, by UID. */
export interface Siblings {
  readonly active: readonly string[];
  readonly ended: readonly string[];
}

/** What one reconcile looks at. */
export interface ReportRunInput {
  readonly run: ReportRun;
  readonly report?: Report;
  /** What holds the run back: `Report 'x'`, `Connector 'y'`. */
  readonly suspendedBy?: string;
  /** The version that the run is pinned to; absent when it is not, or when the version does not exist. */
  readonly pinned?: PinnedVersion;
  /** The version that the Report would take now, for runs that are not pinned. */
  readonly candidate?: PinnedVersion;
  readonly live?: LiveReport;
  readonly repeated?: RepeatedRun;
  readonly open?: OpenAttempt;
  /** Jobs of attempts that are over. */
  readonly oldJobs: readonly Job[];
  /** Pods of attempts that are over and that have not ended themselves. */
  readonly oldPods: readonly Pod[];
  readonly siblings: Siblings;
  /** Whether the Report's status knows that this run ended. */
  readonly endIsNoted: boolean;
  readonly settings: RunSettings;
}

/** How an attempt ended. */
export interface AttemptEnd {
  /** An outcome, or a failure code. */
  readonly reason: Outcome | FailureCode;
  readonly message: string;
  readonly step?: StepName | undefined;
  readonly exitCode?: number | undefined;
  readonly retryable: boolean;
  /** Whether it counts towards `run.maxAttempts`. */
  readonly counts: boolean;
  readonly resumeAt?: Instant | undefined;
}

/** Something about the Pod that keeps an attempt from starting. */
export interface PodProblem {
  readonly code: FailureCode;
  readonly message: string;
}

/** How a run ends. */
export interface RunEnd {
  readonly state: RunState;
  readonly message: string;
  readonly failure?: RunFailure;
  /** Set when the attempt that is under way ends with the run. */
  readonly attempt?: AttemptEnd;
}

/** What a reconcile does. */
export type Decision =
  | { readonly kind: "Rest" }
  | { readonly kind: "Wait"; readonly reason: string; readonly message: string; readonly until?: Instant | undefined }
  | { readonly kind: "Pin"; readonly version: string; readonly series: string; readonly report: string }
  | {
      readonly kind: "StartAttempt";
      readonly number: number;
      readonly purpose: Purpose;
      readonly pinned: PinnedVersion;
      readonly failure?: RunFailure;
    }
  | { readonly kind: "EnsureJob"; readonly number: number; readonly purpose: Purpose; readonly pinned: PinnedVersion }
  | {
      readonly kind: "Follow";
      readonly problem?: PodProblem | undefined;
      readonly cancelling: boolean;
      readonly until?: Instant | undefined;
    }
  | { readonly kind: "StopAttempt"; readonly job: Job }
  | {
      readonly kind: "EndAttempt";
      readonly end: AttemptEnd;
      readonly failure?: RunFailure;
      readonly nextAttemptAt?: Instant | undefined;
    }
  | ({ readonly kind: "EndRun" } & RunEnd)
  | { readonly kind: "CleanUp"; readonly jobs: readonly Job[] }
  | { readonly kind: "KeepFinalizer" }
  | { readonly kind: "MarkSettled" }
  | { readonly kind: "Retry"; readonly requestedAt: string }
  | { readonly kind: "LetGo" };

/** What came of it. */
export type ApplyOutcome =
  | {
      readonly kind: "Done";
      readonly evidence?: NonNullable<RunStatus["evidence"]>;
      /** The object that was there already. */
      readonly adopted?: KubernetesObject;
    }
  | { readonly kind: "NameTaken"; readonly message: string };
