/** Owns the shapes of the objects that the operator handles, as far as it looks at them. Types only. */
import type {
  ArtifactStoreSpec,
  ArtifactStoreStatus,
  ConnectorSpec,
  DestinationSpec,
  MappingSetSpec,
  ReportRunSpec,
  ReportRunStatus,
  ReportSpec,
  ReportStatus,
  ReportVersionSpec,
  RuleSetSpec,
  RuleSetStatus,
} from "@openreg/crds/types";
import type { Condition, KubernetesObject } from "./controller/kubernetes.ts";

/** A status whose conditions are those of the controller runtime. */
type Observed<T> = Omit<T, "conditions"> & { readonly conditions?: readonly Condition[] };

/** A Connector. */
export interface Connector extends KubernetesObject {
  readonly spec: ConnectorSpec;
}

/** A Destination. */
export interface Destination extends KubernetesObject {
  readonly spec: DestinationSpec;
}

/** The status of an ArtifactStore, with the runtime's conditions. */
export type StoreStatus = Observed<ArtifactStoreStatus>;

/** An ArtifactStore. */
export interface ArtifactStore extends KubernetesObject {
  readonly spec: ArtifactStoreSpec;
  readonly status?: StoreStatus;
}

/** The status of a RuleSet, with the runtime's conditions. */
export type RuleSetState = Observed<RuleSetStatus>;

/** A RuleSet. */
export interface RuleSet extends KubernetesObject {
  readonly spec: RuleSetSpec;
  readonly status?: RuleSetState;
}

/** A MappingSet. */
export interface MappingSet extends KubernetesObject {
  readonly spec: MappingSetSpec;
}

/** The status of a Report, with the runtime's conditions. */
export type ReportState = Observed<ReportStatus>;

/** A Report. */
export interface Report extends KubernetesObject {
  readonly spec: ReportSpec;
  readonly status?: ReportState;
}

/** A ReportVersion. */
export interface ReportVersion extends KubernetesObject {
  readonly spec: ReportVersionSpec;
}

/** The status of a ReportRun, with the runtime's conditions. */
export type RunStatus = Observed<ReportRunStatus>;

/** A ReportRun. */
export interface ReportRun extends KubernetesObject {
  readonly spec: ReportRunSpec;
  readonly status?: RunStatus;
}

/** One entry of `status.attempts`. */
export type Attempt = NonNullable<RunStatus["attempts"]>[number];

/** Why a run, or its last attempt, failed. */
export type RunFailure = NonNullable<RunStatus["failure"]>;

/** One condition of a Job or Pod. */
export interface StatusCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** A Job, as far as the operator reads it. */
export interface Job extends KubernetesObject {
  readonly spec?: object;
  readonly status?: { readonly conditions?: readonly StatusCondition[]; readonly startTime?: string };
}

/** The status of one container of a Pod. */
export interface ContainerStatus {
  readonly name: string;
  readonly imageID?: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: {
      readonly exitCode: number;
      readonly reason?: string;
      readonly message?: string;
      readonly finishedAt?: string;
    };
  };
}

/** A Pod, as far as the operator reads it. */
export interface Pod extends KubernetesObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly StatusCondition[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** A ConfigMap. */
export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

/** A NetworkPolicy. */
export interface NetworkPolicy extends KubernetesObject {
  readonly spec?: object;
}

/** A PersistentVolumeClaim, as far as the operator reads it. */
export interface PersistentVolumeClaim extends KubernetesObject {
  readonly status?: { readonly phase?: string };
}

/** An Event, as far as the operator reads it. */
export interface EventObject extends KubernetesObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string;
}
