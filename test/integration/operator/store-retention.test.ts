/** The daily Job of an ArtifactStore on a real API server: a quota, and a Job of somebody else, hold it up and never the store. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { retentionNameOf } from "../../../operator/src/artifact-store/retention-job.ts";
import { findCondition } from "../../../operator/src/controller/conditions.ts";
import type { KubernetesObject } from "../../../operator/src/controller/kubernetes.ts";
import type { ArtifactStore, EventObject, Job } from "../../../operator/src/objects.ts";
import * as resources from "../../../operator/src/resources.ts";
import { resourceQuotas } from "./core-resources.ts";
import { type OperatorCluster, startOperatorCluster } from "./operator-cluster.ts";
import { newObject } from "./trades.ts";

let cluster: OperatorCluster;
beforeAll(async () => {
  cluster = await startOperatorCluster();
});
afterAll(() => cluster.stop());

const key = (namespace: string) => ({ namespace, name: "default" });
const readStore = (namespace: string) => cluster.client.get<ArtifactStore>(resources.artifactStores, key(namespace));
const claim = {
  accessModes: ["ReadWriteMany"],
  resources: { requests: { storage: "1Gi" } },
};

async function applyStore(namespace: string): Promise<ArtifactStore> {
  const { client } = cluster;
  await client.create(resources.persistentVolumeClaims, {
    ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { namespace, name: "artifacts" } },
    spec: claim,
  } as KubernetesObject);
  const spec = { persistentVolumeClaimRef: { name: "artifacts" }, retention: { days: 30 } };
  return (await client.create(
    resources.artifactStores,
    newObject(resources.artifactStores, namespace, "default", spec),
  )) as ArtifactStore;
}

async function jobsIn(namespace: string): Promise<readonly Job[]> {
  return (await cluster.client.list<Job>(resources.jobs, { namespace })).items;
}

/** Resolves with the store when it is Ready and an Event of it says so. */
function readyAndTold(namespace: string, message: RegExp): Promise<ArtifactStore> {
  return cluster.eventually(`an Event of the store says ${message}`, async () => {
    const { items } = await cluster.client.list<EventObject>(resources.events, { namespace });
    const store = await readStore(namespace);
    const isReady = findCondition(store.status?.conditions, "Ready")?.status === "True";
    return isReady && items.some((event) => message.test(event.message ?? "")) ? store : undefined;
  });
}

const startsJob = (namespace: string) =>
  cluster.eventually("the store notes its Job", async () => {
    const { retention } = (await readStore(namespace)).status ?? {};
    return retention?.startedAt;
  });

test("a quota that allows no Job leaves the store Ready, and its Job comes when there is room", async () => {
  const namespace = "no-jobs";
  await cluster.newTenant(namespace);
  const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { namespace, name: "few-jobs" } };
  await cluster.client.create(resourceQuotas, {
    ...quota,
    spec: { hard: { "count/jobs.batch": "0" } },
  } as KubernetesObject);
  await cluster.eventually("the quota is counted", async () => {
    const live = await cluster.client.get<KubernetesObject & { status?: { used?: object } }>(resourceQuotas, {
      ...{ namespace, name: "few-jobs" },
    });
    return live.status?.used;
  });
  await applyStore(namespace);
  const operator = cluster.startOperator();
  const store = await readyAndTold(namespace, /exceeded quota/);
  expect(store.status?.retention).toBeUndefined();
  const { name } = quota.metadata;
  await cluster.client.mergePatch(resourceQuotas, { namespace, name }, { spec: { hard: { "count/jobs.batch": "5" } } });
  await startsJob(namespace);
  expect(await jobsIn(namespace)).toHaveLength(1);
  await operator.stop();
});

test("O5 a foreign Job of the day's name stays as it is and is not taken for the day's", async () => {
  const namespace = "taken";
  await cluster.newTenant(namespace);
  const store = await applyStore(namespace);
  const name = retentionNameOf(store, new Date().toISOString().slice(0, 10));
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "localhost/none:x" }] } };
  const job = { apiVersion: "batch/v1", kind: "Job", metadata: { namespace, name }, spec: { suspend: true, template } };
  const theirs = await cluster.client.create(resources.jobs, job as unknown as Job);
  const operator = cluster.startOperator();
  const seen = await readyAndTold(namespace, /exists and does not belong to this ArtifactStore: remove it/);
  expect(seen.status?.retention).toBeUndefined();
  expect((await jobsIn(namespace)).map(({ metadata }) => metadata.uid)).toEqual([theirs.metadata.uid]);
  const { uid = "" } = theirs.metadata;
  await cluster.client.delete(resources.jobs, { namespace, name }, { uid, propagationPolicy: "Background" });
  await startsJob(namespace);
  expect((await jobsIn(namespace)).map(({ metadata }) => metadata.ownerReferences?.[0]?.uid)).toEqual([
    store.metadata.uid,
  ]);
  await operator.stop();
});
