/** Builds the Job of one attempt. Pure: the same plan and settings give the same Job; its shape is a golden file. */
import {
  connectorCredentials,
  connectorSecretKeys,
  destinationCredentials,
  destinationSecretKeys,
  exitCodes,
  jobDeadlineMarginSeconds,
  jobNameOf,
  labels,
  managedLabels,
  partKey,
  partNameOf,
  planKey,
  podPaths,
  runnerContainer,
  runnerEnvironment,
  runnerNodeFlags,
  runnerServiceAccount,
} from "@openreg/crds";
import type { Definition, RunPlan } from "@openreg/crds/types";
import type { RunSettings } from "../config.ts";
import type { OwnerReference } from "../controller/kubernetes.ts";
import type { Job } from "../objects.ts";

/** What a Job is built from. */
export interface RunJobOptions {
  readonly plan: Pick<RunPlan, "attempt" | "deadlineSeconds" | "run">;
  readonly planSha256: string;
  readonly definition: Definition;
  readonly owner: OwnerReference;
  readonly settings: Pick<RunSettings, "image" | "imagePullPolicy" | "apiServer" | "extraEnvironment">;
  /** The label of its set of peers, by which its NetworkPolicy finds the Pod; absent where there is none. */
  readonly peers?: string | undefined;
}

/** The user and group of the image. */
const runnerId = 10_001;

/** 0440 in decimal, as JSON has no octal numbers: readable by the group that fsGroup sets. */
const readableByGroup = 0o440;

/** The Job of one attempt: one Pod, no retry of its own, nothing in it that a resource could change beyond the listed fields. */
export function newRunJob(options: RunJobOptions): Job {
  const { plan, definition } = options;
  const { queueName } = definition.run;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: jobNameOf(plan.run.name, plan.attempt),
      namespace: plan.run.namespace,
      labels: { ...runLabels(options), ...(queueName && { "kueue.x-k8s.io/queue-name": queueName }) },
      ownerReferences: [options.owner],
    },
    spec: {
      completions: 1,
      parallelism: 1,
      backoffLimit: 0,
      podReplacementPolicy: "Failed",
      activeDeadlineSeconds: plan.deadlineSeconds + jobDeadlineMarginSeconds,
      podFailurePolicy: {
        rules: [
          {
            action: "Ignore",
            onExitCodes: { containerName: runnerContainer, operator: "In", values: [exitCodes.fenced] },
          },
          // The Job fails either way, for it has no retry; by this rule it says why, also when the Pod is gone with its node.
          { action: "FailJob", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
        ],
      },
      template: { metadata: { labels: podLabels(options) }, spec: podSpec(options) },
    },
  };
}

/** The labels of everything that belongs to one attempt. */
export function runLabels({ plan, definition }: Pick<RunJobOptions, "plan" | "definition">): Record<string, string> {
  return {
    ...managedLabels,
    "app.kubernetes.io/component": "run",
    [labels.report]: definition.report,
    [labels.series]: definition.series,
    [labels.run]: plan.run.name,
    [labels.attempt]: String(plan.attempt),
    [labels.businessDate]: plan.run.businessDate,
    [labels.mode]: plan.run.mode,
  };
}

function podLabels(options: RunJobOptions): Record<string, string> {
  return { ...runLabels(options), ...(options.peers && { [labels.peers]: options.peers }) };
}

function podSpec(options: RunJobOptions): object {
  const { nodeSelector, tolerations, priorityClassName } = options.definition.run;
  return {
    restartPolicy: "Never",
    serviceAccountName: runnerServiceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 60,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: runnerId,
      runAsGroup: runnerId,
      fsGroup: runnerId,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(priorityClassName && { priorityClassName }),
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(tolerations.length > 0 && { tolerations }),
    containers: [container(options)],
    volumes: mountedVolumes(options).map(({ name, source }) => ({ name, ...source })),
  };
}

function container(options: RunJobOptions): object {
  const { settings, definition } = options;
  return {
    name: runnerContainer,
    image: settings.image,
    imagePullPolicy: settings.imagePullPolicy,
    command: ["node", ...runnerNodeFlags, "/app/runner.cjs"],
    env: [
      fromField(runnerEnvironment.podName, "metadata.name"),
      fromField(runnerEnvironment.podUID, "metadata.uid"),
      fromField(runnerEnvironment.namespace, "metadata.namespace"),
      { name: runnerEnvironment.apiServer, value: settings.apiServer },
      { name: runnerEnvironment.planSha256, value: options.planSha256 },
      { name: "TMPDIR", value: podPaths.work }, // what is temporary goes where the run's own limit holds
      ...settings.extraEnvironment,
    ],
    resources: definition.run.resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      privileged: false,
      capabilities: { drop: ["ALL"] },
    },
    terminationMessagePath: podPaths.terminationMessage,
    terminationMessagePolicy: "File",
    volumeMounts: mountedVolumes(options).map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly && { readOnly }),
    })),
  };
}

function fromField(name: string, fieldPath: string): object {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

interface MountedVolume {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
  readonly source: object;
}

/** Each volume with its one mount, so that none is declared and forgotten. */
function mountedVolumes({ plan, definition }: RunJobOptions): readonly MountedVolume[] {
  const { store, run } = definition;
  return [
    {
      name: "plan",
      mountPath: podPaths.planFolder,
      readOnly: true,
      source: {
        configMap: {
          name: jobNameOf(plan.run.name, plan.attempt),
          defaultMode: readableByGroup,
          items: [{ key: planKey, path: planKey }],
        },
      },
    },
    ...uniqueParts(definition).map(partVolume),
    { name: "identity", mountPath: podPaths.identity, readOnly: true, source: identity },
    ...definition.connectors.flatMap(connectorVolumes),
    ...definition.destinations.filter(({ mode }) => mode === plan.run.mode).map(destinationVolume),
    {
      name: "work",
      mountPath: podPaths.work,
      readOnly: false,
      source: { emptyDir: { sizeLimit: run.workVolumeSize } },
    },
    { name: "tmp", mountPath: "/tmp", readOnly: false, source: { emptyDir: { sizeLimit: "64Mi" } } },
    {
      name: "store",
      mountPath: podPaths.store,
      readOnly: false,
      source: { persistentVolumeClaim: { claimName: store.persistentVolumeClaim } },
    },
  ];
}

/** The hashes of the parts, each once: two parts may have the same text. */
function uniqueParts({ parts = [] }: Definition): readonly string[] {
  return [...new Set(parts.map(({ sha256 }) => sha256))];
}

function partVolume(sha256: string, index: number): MountedVolume {
  const items = [{ key: partKey, path: partKey }];
  return {
    name: `part-${index}`,
    mountPath: `${podPaths.parts}/${sha256}`,
    readOnly: true,
    source: { configMap: { name: partNameOf(sha256), defaultMode: readableByGroup, items } },
  };
}

/** One token of ten minutes with the default audience: the API server refuses any other. */
const identity = {
  projected: {
    defaultMode: readableByGroup,
    sources: [
      { serviceAccountToken: { path: "token", expirationSeconds: 600 } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
    ],
  },
};

function connectorVolumes(connector: Definition["connectors"][number], index: number): readonly MountedVolume[] {
  const { name, credentialsSecret, postgresql } = connector;
  const credentials = secretVolume(`connector-${index}`, credentialsSecret, {
    mountPath: `${podPaths.credentials}/${connectorCredentials(name)}`,
    keys: connectorSecretKeys,
  });
  const { caSecret } = postgresql.tls;
  if (!caSecret) return [credentials];
  const mountPath = `${podPaths.certificates}/${name}`;
  return [credentials, secretVolume(`connector-${index}-ca`, caSecret, { mountPath, keys: ["ca.crt"] })];
}

function destinationVolume(
  { name, credentialsSecret }: Definition["destinations"][number],
  index: number,
): MountedVolume {
  return secretVolume(`destination-${index}`, credentialsSecret, {
    mountPath: `${podPaths.credentials}/${destinationCredentials(name)}`,
    keys: destinationSecretKeys,
  });
}

/** Optional, because the runner names what is missing better than a Pod that never starts. */
function secretVolume(
  name: string,
  secretName: string,
  { mountPath, keys }: { readonly mountPath: string; readonly keys: readonly string[] },
): MountedVolume {
  const items = keys.map((key) => ({ key, path: key }));
  const source = { secret: { secretName, optional: true, defaultMode: readableByGroup, items } };
  return { name, mountPath, readOnly: true, source };
}
