/** Owns what one reconcile of a Report looks at and what it may decide. Types only. */
import type { ObjectReference } from "@openreg/crds";
import type { Instant, ReportVersionSpec } from "@openreg/crds/types";
import type { DefinitionRemark } from "../check-worker.ts";
import type { Report, ReportState, ReportVersion } from "../objects.ts";

/** A text that is kept beside a definition, in a ConfigMap named by its hash. */
export interface ResolvedPart {
  readonly name: string;
  readonly sha256: string;
  readonly text: string;
}

/** The Report resolved: what a version of it holds, and from what it was made. */
export interface ResolvedReport {
  readonly version: ReportVersionSpec;
  readonly inputs: NonNullable<ReportState["inputs"]>;
  readonly remarks: readonly DefinitionRemark[];
  readonly parts: readonly ResolvedPart[];
}

/** A run of the Report that has ended. */
export interface EndedRun {
  readonly name: string;
  readonly state: string;
  readonly endedAt: Instant;
}

/** What one reconcile looks at. */
export interface ReportInput {
  readonly report: Report;
  /** Whether it uses ConfigMaps: they may change without waking it. */
  readonly usesConfigMaps: boolean;
  /** References whose object does not exist. */
  readonly missing: readonly ObjectReference[];
  /** Absent while something is missing, or when the definition cannot be made. */
  readonly resolved?: ResolvedReport;
  /** Why the definition cannot be made. */
  readonly unavailable?: string;
  /** The object under the name that the resolved version has. */
  readonly existing?: ReportVersion;
  /** Runs that ended lately; older ones stand in the status already. */
  readonly endedRuns: readonly EndedRun[];
  readonly referenceGraceSeconds: number;
  /** The priority classes that a Report may name. */
  readonly priorityClasses: readonly string[];
}

/** What a reconcile does. */
export type ReportDecision =
  | { readonly kind: "AwaitReferences"; readonly message: string }
  | { readonly kind: "Refuse"; readonly reason: string; readonly message: string }
  | { readonly kind: "Freeze"; readonly name: string; readonly resolved: ResolvedReport }
  | { readonly kind: "Accept"; readonly name: string; readonly resolved: ResolvedReport };

/** What came of it. */
export type ReportOutcome = { readonly kind: "Done" } | { readonly kind: "NameTaken"; readonly message: string };
