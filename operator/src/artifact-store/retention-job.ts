/** Builds the Job that removes old bytes of one ArtifactStore, and the plan that it is given. No I/O. */
import { createHash } from "node:crypto";
import {
  managedLabels,
  planKey,
  podPaths,
  type RetentionPlan,
  retentionArgument,
  runnerEnvironment,
} from "@openreg/crds";
import type { Instant } from "@openreg/crds/types";
import type { RunSettings } from "../config.ts";
import type { OwnerReference } from "../controller/kubernetes.ts";
import { plusSeconds } from "../instants.ts";
import type { ArtifactStore, ConfigMap, Job } from "../objects.ts";

/** The component of everything that belongs to such a Job; the chart keeps its Pods off the network. */
export const retentionComponent = "retention";

/** The account of its Pods, made by the chart: it has the Secrets that pull the image, and no right. */
const serviceAccountName = "openreg-retention";

/** The user and group of the image. */
const imageUser = 10_001;
/** 0440, as JSON has no octal numbers. */
const readableByGroup = 0o440;
const deadlineSeconds = 3_600;

/** The name of the Job of one day, and of the ConfigMap with its plan. */
export function retentionNameOf({ metadata }: ArtifactStore, day: string): string {
  const hash = createHash("sha256").update(`${metadata.uid} ${day}`).digest("hex").slice(0, 10);
  return `openreg-retention-${hash}`;
}

/** What the Job is told: nothing goes that is younger, and nothing of a run that is still there. */
export function newRetentionPlan(days: number, keep: readonly string[], now: Instant): RetentionPlan {
  return { contract: 1, before: plusSeconds(now, -days * 86_400), keep: [...keep].sort() };
}

/** The ConfigMap and the Job, which takes no other plan than this text. It has no token, no Secret and no rights, and one try: tomorrow comes another. */
export function newRetentionObjects(
  store: ArtifactStore,
  plan: string,
  { name, settings }: { readonly name: string; readonly settings: Pick<RunSettings, "image" | "imagePullPolicy"> },
): { readonly configMap: ConfigMap; readonly job: Job } {
  const { namespace = "" } = store.metadata;
  const labels = { ...managedLabels, "app.kubernetes.io/component": retentionComponent };
  const metadata = { name, namespace, labels, ownerReferences: [ownerOf(store)] };
  return {
    configMap: { apiVersion: "v1", kind: "ConfigMap", metadata, immutable: true, data: { [planKey]: plan } },
    job: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata,
      spec: {
        ...{ completions: 1, parallelism: 1, backoffLimit: 0, activeDeadlineSeconds: deadlineSeconds },
        template: { metadata: { labels }, spec: podSpec(store, { name, plan, settings }) },
      },
    },
  };
}

interface PodOptions {
  readonly name: string;
  readonly plan: string;
  readonly settings: Pick<RunSettings, "image" | "imagePullPolicy">;
}

function podSpec(store: ArtifactStore, { name, plan, settings }: PodOptions): object {
  const claimName = store.spec.persistentVolumeClaimRef?.name ?? "";
  return {
    restartPolicy: "Never",
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: imageUser, runAsGroup: imageUser, fsGroup: imageUser },
      ...{ fsGroupChangePolicy: "OnRootMismatch", seccompProfile: { type: "RuntimeDefault" } },
    },
    containers: [
      {
        ...{ name: retentionComponent, image: settings.image, imagePullPolicy: settings.imagePullPolicy },
        command: ["node", "/app/runner.cjs", retentionArgument],
        env: [{ name: runnerEnvironment.planSha256, value: createHash("sha256").update(plan).digest("hex") }],
        resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
        securityContext: {
          ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, privileged: false },
          capabilities: { drop: ["ALL"] },
        },
        terminationMessagePath: podPaths.terminationMessage,
        volumeMounts: [
          { name: "plan", mountPath: podPaths.planFolder, readOnly: true },
          { name: "store", mountPath: podPaths.store },
        ],
      },
    ],
    volumes: [
      { name: "plan", configMap: { name, defaultMode: readableByGroup, items: [{ key: planKey, path: planKey }] } },
      { name: "store", persistentVolumeClaim: { claimName } },
    ],
  };
}

/** It goes with its store; deleting the store need not wait for it. */
function ownerOf({ apiVersion, kind, metadata }: ArtifactStore): OwnerReference {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: false,
  };
}
