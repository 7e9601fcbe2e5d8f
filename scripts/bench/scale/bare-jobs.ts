/** The reference of the scale bench: Jobs of the same shape, made by a plain loop on the same cluster, followed until their Pods succeeded. */
import type { KubernetesObject } from "../../../operator/src/controller/kubernetes.ts";
import { jobs } from "../../../operator/src/resources.ts";
import { until } from "../../../test/cluster/until.ts";
import { countObjects } from "./drain.ts";
import { inParallel, type ScaleScene, scaleNamespace } from "./scale-scene.ts";

/** What the loop came to. */
export interface BareJobs {
  /** Until the API server had the last Job. */
  readonly createdSeconds: number;
  /** Until the last Pod had been made. */
  readonly podsSeconds: number;
}

const pods = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };

/** Creates so many Jobs, 32 at a time, and deletes them again. */
export async function createBareJobs(scene: ScaleScene, count: number): Promise<BareJobs> {
  const { client } = scene.cluster;
  const names = Array.from({ length: count }, (_, index) => `bare-${index}`);
  const seen = countObjects(scene, pods, "bench=bare");
  await seen.untilSynced();
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  await inParallel(names, 32, (name) => client.create(jobs, newBareJob(name)));
  const createdSeconds = seconds();
  await until({ what: `${count} Pods`, seconds: 400, everyMs: 50 }, () => seen.names().size >= count);
  const podsSeconds = seconds();
  await seen.stop();
  await inParallel(names, 32, async (name) => {
    const { uid = "" } = (await client.get(jobs, { namespace: scaleNamespace, name })).metadata;
    await client.delete(jobs, { namespace: scaleNamespace, name }, { uid, propagationPolicy: "Background" });
  });
  return { createdSeconds, podsSeconds };
}

function newBareJob(name: string): KubernetesObject {
  const containers = [{ name: "bare", image: "localhost/openreg:dev" }];
  const template = {
    metadata: { labels: { bench: "bare" } },
    spec: { restartPolicy: "Never", automountServiceAccountToken: false, containers },
  };
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: scaleNamespace },
    spec: { backoffLimit: 0, template },
  };
  return job;
}
