/** Brings up once what all end-to-end tests share: the cluster, our chart, the peers. Takes the native cluster away again when it started it. */

import { jobNameOf } from "@openreg/crds";
import { Registry } from "prom-client";
import type { TestProject } from "vitest/node";
import { newApiClient } from "../../operator/src/controller/api-client.ts";
import { systemClock, toTimestamp } from "../../operator/src/controller/clock.ts";
import { loadClusterAccess } from "../../operator/src/controller/cluster-access.ts";
import { newMetrics } from "../../operator/src/controller/metrics.ts";
import { newTransport } from "../../operator/src/controller/transport.ts";
import type { FailpointName } from "../../runner/src/failpoints.ts";
import { type Cluster, ensureCluster } from "../cluster/cluster.ts";
import { installOpenReg } from "../cluster/install-openreg.ts";
import { nativeStatus } from "../cluster/native.ts";
import { newProgress } from "../cluster/progress.ts";
import { takeDown } from "../cluster/take-down.ts";
import { watchConditions } from "../integration/operator/condition-watch.ts";
import { ensurePeers, type Peers } from "../peers/peer-pods.ts";

/** The namespaces of the stories; the chart prepares each for runs. */
export const storyNamespaces = [
  "story-run",
  "story-refused",
  "story-filing",
  "story-findings",
  "story-resume",
  "story-restart",
  "story-failures",
  "story-uninstall",
  "story-remains",
  "story-secrets",
  "story-same-bytes",
  "story-disruptions",
  "story-vanishing",
] as const;

/** What a test file needs to reach the cluster and the peers. */
export interface SharedParts {
  readonly cluster: Pick<Cluster, "kubectl" | "kubeconfig" | "context" | "helm">;
  readonly image: string;
  readonly peers: Pick<Peers, "databasePassword" | "sftpPassword" | "hostKey">;
}

declare module "vitest" {
  export interface ProvidedContext {
    shared: SharedParts;
  }
}

/** Runs whose first attempt is held at a place until a test kills its Pod: name of the run, name of the failpoint. */
export const heldRuns = {
  "held-reading": "fetch.first-piece",
  "held-after-reading": "snapshot.recorded",
  "held-writing": "artifact.written",
  "held-delivering": "upload.first-bytes",
} as const satisfies Readonly<Record<string, FailpointName>>;

/** Runs whose first attempt is held at half a file until it is evicted, drained, or its namespace goes. */
export const disruptedRuns = {
  "evicted-delivering": "upload.first-bytes",
  vanishing: "upload.first-bytes",
} as const satisfies Readonly<Record<string, FailpointName>>;

const failpoints = Object.entries({ ...heldRuns, ...disruptedRuns }).map(
  ([run, place]) => `hold:${place}@${jobNameOf(run, 1)}`,
);

/** Short waits, so that a story of failures ends soon, and the places at which runs of certain names are held. */
export const storyValues = {
  operator: { replicas: 1 },
  runner: {
    heartbeatSeconds: 1,
    podStartTimeoutSeconds: 20,
    retry: { initialSeconds: 1, maxSeconds: 3 },
    extraEnv: [{ name: "OPENREG_TEST_FAILPOINT", value: failpoints.join(",") }],
  },
};

/** The namespaces that the chart prepares: those of the stories, and the demo's, which shares the cluster. */
export const tenants: readonly string[] = [...storyNamespaces, "openreg-demo"];

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const progress = newProgress();
  const wasUp = (await nativeStatus()).isHealthy;
  const cluster = await ensureCluster({ progress });
  const image = await installOpenReg(cluster, { tenants, values: storyValues, progress });
  const peers = await progress.step("starting PostgreSQL and OpenSSH", () => ensurePeers(cluster));
  const { kubectl, kubeconfig, context, helm } = cluster;
  const { databasePassword, sftpPassword, hostKey } = peers;
  project.provide("shared", {
    cluster: { kubectl, kubeconfig, context, helm },
    image,
    peers: { databasePassword, sftpPassword, hostKey },
  });
  const conditions = watchStories(cluster);
  return async () => {
    const broken = await conditions.stop();
    if (cluster.kind === "native" && !wasUp) await takeDown(progress);
    if (broken.length > 0) throw new Error(`conditions broke their rules:\n${broken.join("\n")}`);
  };
}

/** Looks at the conditions of everything that the stories make, from now on. */
function watchStories({ kubeconfig, context }: Cluster): { stop(): Promise<readonly string[]> } {
  const transport = newTransport(loadClusterAccess(kubeconfig, context), systemClock);
  const metrics = newMetrics(new Registry());
  const client = newApiClient({ transport, clock: systemClock, random: Math.random, metrics });
  const since = toTimestamp(Date.now());
  const stories: readonly string[] = storyNamespaces;
  const watch = watchConditions(
    client,
    ({ metadata }) => stories.includes(metadata.namespace ?? "") && (metadata.creationTimestamp ?? "") >= since,
  );
  return {
    async stop() {
      const broken = await watch.stop();
      transport.close();
      return broken;
    },
  };
}
