/** Owns the configuration of the operator: environment variables, checked once at start. */
import { z } from "zod";

const seconds = (fallback: number) => z.coerce.number().int().min(0).max(86_400).default(fallback);
const optionalText = z
  .string()
  .transform((text) => text.trim() || undefined)
  .optional();

const variable = z.object({ name: z.string().min(1), value: z.string().optional() }).loose();

function toVariables(text: string, context: z.RefinementCtx): readonly z.infer<typeof variable>[] {
  try {
    return z.array(variable).parse(JSON.parse(text || "[]"));
  } catch {
    context.addIssue({ code: "custom", message: "must be a JSON list of {name, value}" });
    return z.NEVER;
  }
}

const runNetwork = z.object({ clusterEgress: z.array(z.looseObject({})), listedNamespaces: z.array(z.string()) });

function toRunNetwork(text: string, context: z.RefinementCtx): z.infer<typeof runNetwork> | undefined {
  try {
    return text.trim() === "" ? undefined : runNetwork.parse(JSON.parse(text));
  } catch {
    context.addIssue({ code: "custom", message: "must be JSON of {clusterEgress, listedNamespaces}" });
    return z.NEVER;
  }
}

const schema = z.object({
  /** Namespaces to watch, separated by commas; empty watches all. */
  OPENREG_NAMESPACES: z.string().default(""),
  /** The operator's own namespace: Lease and public keys live there. */
  OPENREG_OPERATOR_NAMESPACE: z.string().min(1).default("openreg-system"),
  /** Name of this replica; the name of its Pod. */
  OPENREG_OPERATOR_NAME: z.string().min(1).default("openreg-operator"),
  /** A kubeconfig instead of the Pod's own service account. */
  OPENREG_KUBECONFIG: optionalText,
  OPENREG_IMAGE: z.string().min(1).default("localhost/openreg:dev"),
  OPENREG_IMAGE_PULL_POLICY: z.enum(["IfNotPresent", "Always", "Never"]).default("IfNotPresent"),
  OPENREG_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  OPENREG_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
  /** Priority classes that a Report may name, separated by commas; empty allows none. */
  OPENREG_PRIORITY_CLASSES: z.string().default(""),
  /** A JSON list of environment variables added to the runner's container. */
  OPENREG_RUNNER_ENV: z.string().default("[]").transform(toVariables),
  /** JSON of {clusterEgress, listedNamespaces}: what every run reaches, and where an administrator listed all there is; empty makes no NetworkPolicies. */
  OPENREG_RUN_NETWORK: z.string().default("").transform(toRunNetwork),
  OPENREG_HEARTBEAT_SECONDS: z.coerce.number().int().min(1).max(600).default(10),
  OPENREG_NOT_READY_GRACE_SECONDS: seconds(600),
  OPENREG_NOT_FOUND_GRACE_SECONDS: seconds(120),
  OPENREG_REFERENCE_GRACE_SECONDS: seconds(300),
  OPENREG_POD_START_TIMEOUT_SECONDS: seconds(600),
  OPENREG_POD_PROBLEM_AFTER_SECONDS: seconds(5),
  OPENREG_CANCEL_GRACE_SECONDS: seconds(60),
  OPENREG_BACKOFF_INITIAL_SECONDS: z.coerce.number().int().min(1).max(3_600).default(10),
  OPENREG_BACKOFF_MAX_SECONDS: z.coerce.number().int().min(1).max(86_400).default(600),
  /** How many runs of one namespace may be under way at once; 0 sets no limit. */
  OPENREG_MAX_RUNS_PER_NAMESPACE: z.coerce.number().int().min(0).max(100_000).default(0),
  OPENREG_CALLS_PER_SECOND: z.coerce.number().min(1).default(200),
  OPENREG_CALLS_BURST: z.coerce.number().min(1).default(400),
  OPENREG_WORKERS: z.coerce.number().int().min(1).max(64).default(8),
  OPENREG_CHECK_TIMEOUT_MILLISECONDS: z.coerce.number().int().min(100).max(60_000).default(2_000),
  /** A PEM file with an Ed25519 private key; without it evidence carries its hash, but no signature. */
  OPENREG_EVIDENCE_KEY_FILE: optionalText,
  /** The kubelet fills the variables in; only a cluster without the usual Service needs another address. */
  OPENREG_RUNNER_API_SERVER: z
    .string()
    .min(1)
    .default("https://$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT_HTTPS)"),
});

/** How the NetworkPolicies of runs are made. */
export interface RunNetworkSettings {
  /** Rules of a NetworkPolicy: DNS and API server. */
  readonly clusterEgress: readonly object[];
  /** Namespaces in which an administrator listed where runs may connect to: the operator adds nothing there. */
  readonly listedNamespaces: readonly string[];
}

/** What decides how runs are carried out, beyond their Report. */
export interface RunSettings {
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly apiServer: string;
  /** Added to the environment of the runner's container. */
  readonly extraEnvironment: readonly object[];
  /** Absent: no NetworkPolicies are made. */
  readonly network?: RunNetworkSettings | undefined;
  readonly heartbeatSeconds: number;
  readonly notReadyGraceSeconds: number;
  readonly notFoundGraceSeconds: number;
  readonly podStartTimeoutSeconds: number;
  readonly podProblemAfterSeconds: number;
  readonly cancelGraceSeconds: number;
  readonly backoff: { readonly initialSeconds: number; readonly maxSeconds: number };
}

/** The configuration of the operator. */
export interface Config {
  readonly namespaces: readonly string[];
  readonly priorityClasses: readonly string[];
  readonly operatorNamespace: string;
  readonly operatorName: string;
  readonly kubeconfig: string | undefined;
  readonly port: number;
  readonly logLevel: string;
  readonly referenceGraceSeconds: number;
  readonly callsPerSecond: number;
  readonly callsBurst: number;
  readonly workers: number;
  /** 0 sets no limit. */
  readonly maxRunsPerNamespace: number;
  readonly checkTimeoutMilliseconds: number;
  readonly evidenceKeyFile: string | undefined;
  readonly runs: RunSettings;
}

/** Reads the configuration. Throws an Error that lists each variable that does not fit. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`the environment does not fit; correct these variables: ${problems.join("; ")}`);
  }
  const values = parsed.data;
  return {
    namespaces: listOf(values.OPENREG_NAMESPACES),
    priorityClasses: listOf(values.OPENREG_PRIORITY_CLASSES),
    operatorNamespace: values.OPENREG_OPERATOR_NAMESPACE,
    operatorName: values.OPENREG_OPERATOR_NAME,
    kubeconfig: values.OPENREG_KUBECONFIG,
    port: values.OPENREG_PORT,
    logLevel: values.OPENREG_LOG_LEVEL,
    referenceGraceSeconds: values.OPENREG_REFERENCE_GRACE_SECONDS,
    callsPerSecond: values.OPENREG_CALLS_PER_SECOND,
    callsBurst: values.OPENREG_CALLS_BURST,
    workers: values.OPENREG_WORKERS,
    maxRunsPerNamespace: values.OPENREG_MAX_RUNS_PER_NAMESPACE,
    checkTimeoutMilliseconds: values.OPENREG_CHECK_TIMEOUT_MILLISECONDS,
    evidenceKeyFile: values.OPENREG_EVIDENCE_KEY_FILE,
    runs: runSettingsOf(values),
  };
}

function listOf(text: string): readonly string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);
}

function runSettingsOf(values: z.infer<typeof schema>): RunSettings {
  return {
    image: values.OPENREG_IMAGE,
    imagePullPolicy: values.OPENREG_IMAGE_PULL_POLICY,
    apiServer: values.OPENREG_RUNNER_API_SERVER,
    extraEnvironment: values.OPENREG_RUNNER_ENV,
    network: values.OPENREG_RUN_NETWORK,
    heartbeatSeconds: values.OPENREG_HEARTBEAT_SECONDS,
    notReadyGraceSeconds: values.OPENREG_NOT_READY_GRACE_SECONDS,
    notFoundGraceSeconds: values.OPENREG_NOT_FOUND_GRACE_SECONDS,
    podStartTimeoutSeconds: values.OPENREG_POD_START_TIMEOUT_SECONDS,
    podProblemAfterSeconds: values.OPENREG_POD_PROBLEM_AFTER_SECONDS,
    cancelGraceSeconds: values.OPENREG_CANCEL_GRACE_SECONDS,
    backoff: {
      initialSeconds: values.OPENREG_BACKOFF_INITIAL_SECONDS,
      maxSeconds: values.OPENREG_BACKOFF_MAX_SECONDS,
    },
  };
}
