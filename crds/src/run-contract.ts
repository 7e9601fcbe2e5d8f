/** Owns what operator and runner agree on: exit codes, outcomes, names, paths and the plan of an attempt. */
import { z } from "zod";

/** Exit codes of the runner. 0: the attempt did what it could, and `execution.outcome` says what that means. */
export const exitCodes = { done: 0, terminal: 10, retryable: 11, fenced: 12, cancelled: 13 } as const;

/** What an attempt that exits 0 says in `execution.outcome.code`. */
export const outcomes = ["Done", "Held", "AlreadyFiled", "FilingInProgress", "ResumeAt"] as const;

/** An outcome of an attempt that exits 0. */
export type Outcome = (typeof outcomes)[number];

/** Seconds that the Job has beyond `run.deadlineSeconds`, which the runner itself enforces. */
export const jobDeadlineMarginSeconds = 300;

/** The deadline of an attempt that only settles deliveries in flight, in seconds. */
export const settleDeadlineSeconds = 600;

/** For how long after the first attempt a missing Secret is waited for, in seconds. */
export const secretGraceSeconds = 120;

/** The one ServiceAccount of run Pods, in each tenant namespace. */
export const runnerServiceAccount = "openreg-runner";

/** The container of the run Pod whose exit code counts. */
export const runnerContainer = "runner";

/**
 * How Node is started for a run. Sockets and files bring most bytes outside the heap; with a heap that begins small each few
 * megabytes of them cost a whole collection, which takes half of the processor time of a transfer.
 */
export const runnerNodeFlags = ["--initial-old-space-size=128"] as const;

/** Where the run Pod finds things. */
export const podPaths = {
  plan: "/etc/openreg/plan/plan.json",
  planFolder: "/etc/openreg/plan",
  credentials: "/etc/openreg/credentials",
  certificates: "/etc/openreg/certificates",
  parts: "/etc/openreg/parts",
  identity: "/var/run/secrets/openreg",
  work: "/work",
  store: "/store",
  terminationMessage: "/dev/termination-log",
} as const;

/** The key of the plan in its ConfigMap. */
export const planKey = "plan.json";

/** The name of the ConfigMap that holds a part: its sha256 says what is in it. */
export const partNameOf = (sha256: string): string => `part-${sha256}`;

/** The key of a part in its ConfigMap. */
export const partKey = "content";

/** The file of a part below `podPaths.parts`. */
export const partFile = (sha256: string): string => `${sha256}/${partKey}`;

/** Folder of the credentials of a Connector below `podPaths.credentials`; one file per key of its Secret. */
export const connectorCredentials = (name: string): string => `connectors/${name}`;

/** Folder of the credentials of a Destination below `podPaths.credentials`; one file per key of its Secret. */
export const destinationCredentials = (name: string): string => `destinations/${name}`;

/** The keys of a Connector's Secret that are mounted. */
export const connectorSecretKeys = ["username", "password", "endpoint", "revision"] as const;

/** The keys of a Destination's Secret that are mounted. */
export const destinationSecretKeys = [
  "username",
  "password",
  "privateKey",
  "passphrase",
  "endpoint",
  "mode",
  "revision",
] as const;

/** Names of the environment variables of the runner; none holds a secret. */
export const runnerEnvironment = {
  podName: "OPENREG_POD_NAME",
  podUID: "OPENREG_POD_UID",
  namespace: "OPENREG_NAMESPACE",
  apiServer: "OPENREG_API_SERVER",
  /** sha256 of the plan, so that a plan which somebody replaced is refused. */
  planSha256: "OPENREG_PLAN_SHA256",
} as const;

/** The schema of a plan: what the operator tells one attempt. */
export const planSchema = z.object({
  contract: z.number(),
  /** `Run` does the whole work, `Settle` only asks receivers about deliveries in flight. */
  purpose: z.enum(["Run", "Settle"]),
  run: z.object({
    namespace: z.string(),
    name: z.string(),
    uid: z.string(),
    createdAt: z.string(),
    businessDate: z.string(),
    mode: z.enum(["Live", "Test"]),
    parameters: z.record(z.string(), z.string()),
    purpose: z.literal("Original"),
    rerunOf: z.object({ name: z.string(), resubmit: z.boolean(), reason: z.string().optional() }).optional(),
  }),
  attempt: z.number(),
  /** Whether it goes on where the attempt before ended, without a person having asked for it: what failed for good is not tried again. */
  continues: z.boolean().optional(),
  /** When the first attempt of the run started; equals the start of this attempt for the first. */
  firstStartedAt: z.string(),
  /** When the plan was made: what others wrote to the ledger later, it cannot know of. Absent for `firstStartedAt`. */
  madeAt: z.string().optional(),
  deadlineSeconds: z.number(),
  heartbeatSeconds: z.number(),
  /** UIDs of runs of the same series that ended without meeting their filing. */
  endedRuns: z.array(z.string()),
  /** UIDs of runs of the same series that have not ended; a claim of any other run counts as ended. */
  activeRuns: z.array(z.string()),
  /** The image the attempt was created with; the digest stands in the run's status once the Pod runs. */
  image: z.string(),
  version: z.object({ name: z.string(), contentHash: z.string(), definition: z.string() }),
});

/** The schema of what the operator tells a Job that removes old bytes of a store. */
export const retentionPlanSchema = z.object({
  contract: z.literal(1),
  /** Only runs whose newest file is older; at least a day ago. */
  before: z.string(),
  /** UIDs of the runs that the cluster still has. */
  keep: z.array(z.string()),
});

/** What a Job that removes old bytes is told. */
export type RetentionPlan = z.infer<typeof retentionPlanSchema>;

/** The argument by which the runner's process removes old bytes instead of carrying out an attempt. */
export const retentionArgument = "retention";

/** What the operator tells one attempt, mounted as a file. No secret is in it. */
export type RunPlan = z.infer<typeof planSchema>;

/** The one line of JSON that the runner leaves as its termination message. */
export interface TerminationMessage {
  readonly code: string;
  readonly message: string;
  readonly step?: string;
}
