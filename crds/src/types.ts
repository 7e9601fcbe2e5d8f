/** The types door: what the browser and pure code may import. */
import type { z } from "zod";
import type { artifactStoreSpec, artifactStoreStatus } from "./v1alpha1/artifact-store.ts";
import type { condition } from "./v1alpha1/conditions.ts";
import type { connectorSpec, connectorStatus } from "./v1alpha1/connector.ts";
import type { destinationSpec, destinationStatus } from "./v1alpha1/destination.ts";
import type { mappingSetSpec } from "./v1alpha1/mapping-set.ts";
import type { reportSpec, reportStatus } from "./v1alpha1/report.ts";
import type { reportRunSpec, reportRunStatus } from "./v1alpha1/report-run.ts";
import type { reportVersionSpec } from "./v1alpha1/report-version.ts";
import type { ruleSetSpec, ruleSetStatus } from "./v1alpha1/rule-set.ts";
import type { execution } from "./v1alpha1/run-execution.ts";

export type { Definition } from "./definition.ts";
export type { FailureCode } from "./failure-codes.ts";
export type { Instant } from "./instant.ts";
export type { Outcome, RunPlan, TerminationMessage } from "./run-contract.ts";
export type { RunState, StepName } from "./state-machine.ts";

/** One observation about an object. */
export type Condition = z.infer<typeof condition>;
/** The spec of a Connector. */
export type ConnectorSpec = z.infer<typeof connectorSpec>;
/** The status of a Connector. */
export type ConnectorStatus = z.infer<typeof connectorStatus>;
/** The spec of a Destination. */
export type DestinationSpec = z.infer<typeof destinationSpec>;
/** The status of a Destination. */
export type DestinationStatus = z.infer<typeof destinationStatus>;
/** The spec of an ArtifactStore. */
export type ArtifactStoreSpec = z.infer<typeof artifactStoreSpec>;
/** The status of an ArtifactStore. */
export type ArtifactStoreStatus = z.infer<typeof artifactStoreStatus>;
/** The spec of a RuleSet. */
export type RuleSetSpec = z.infer<typeof ruleSetSpec>;
/** The status of a RuleSet. */
export type RuleSetStatus = z.infer<typeof ruleSetStatus>;
/** The spec of a MappingSet. */
export type MappingSetSpec = z.infer<typeof mappingSetSpec>;
/** The spec of a Report. */
export type ReportSpec = z.infer<typeof reportSpec>;
/** The status of a Report. */
export type ReportStatus = z.infer<typeof reportStatus>;
/** The spec of a ReportVersion. */
export type ReportVersionSpec = z.infer<typeof reportVersionSpec>;
/** The spec of a ReportRun. */
export type ReportRunSpec = z.infer<typeof reportRunSpec>;
/** The status of a ReportRun. */
export type ReportRunStatus = z.infer<typeof reportRunStatus>;
/** What the runner reports: `status.execution`. */
export type Execution = z.infer<typeof execution>;
