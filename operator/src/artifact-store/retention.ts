/** Owns the daily removal of old bytes of one ArtifactStore: starts its Job, says in the status what came of it, and takes it away. */
import { managedLabels, planKey } from "@openreg/crds";
import type { Instant } from "@openreg/crds/types";
import type { Caches } from "../caches.ts";
import type { RunSettings } from "../config.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../controller/api-error.ts";
import { keyOf } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import { plusSeconds, secondsBetween } from "../instants.ts";
import type { ArtifactStore, ConfigMap, Job, Pod, StoreStatus } from "../objects.ts";
import { configMaps, jobs } from "../resources.ts";
import { newRetentionObjects, newRetentionPlan, retentionComponent, retentionNameOf } from "./retention-job.ts";

/** What retention needs besides the context. */
export interface StoreRetentionDeps {
  readonly caches: Pick<Caches, "jobs" | "pods" | "activeRuns" | "settledRuns">;
  readonly settings: Pick<RunSettings, "image" | "imagePullPolicy">;
}

/** What the status says, and when to look again. */
export interface StoreRetention {
  readonly status?: NonNullable<StoreStatus["retention"]>;
  readonly lookAt?: Instant;
}

const daySeconds = 86_400;

/** Does what is due. A store without `retention` keeps everything. */
export async function retainStore(
  store: ArtifactStore,
  context: ReconcileContext,
  deps: StoreRetentionDeps,
): Promise<StoreRetention> {
  const before = store.status?.retention;
  const kept = before && { status: before };
  const now = context.now();
  const own = jobsOf(store, context, deps);
  const ended = own.find((job) => endOf(job));
  if (ended) {
    const status = {
      ...(before ?? { startedAt: now }),
      endedAt: now,
      message: messageOf(ended, podsOf(ended, context, deps)),
    };
    await takeAway(ended, context);
    return { status, lookAt: plusSeconds(status.startedAt, daySeconds) };
  }
  if (own.length > 0) return { ...kept };
  const days = store.spec.retention?.days;
  if (days === undefined) return { ...kept };
  if (before && secondsBetween(before.startedAt, now) < daySeconds)
    return { ...kept, lookAt: plusSeconds(before.startedAt, daySeconds) };
  await start(store, days, { context, deps });
  return { status: { startedAt: now } };
}

interface Starting {
  readonly context: ReconcileContext;
  readonly deps: StoreRetentionDeps;
}

/** The name is that of the day, so an operator that dies in between, or a second one, makes no second Job. */
async function start(store: ArtifactStore, days: number, { context, deps }: Starting): Promise<void> {
  const now = context.now();
  const { namespace = "" } = store.metadata;
  const runs = [deps.caches.activeRuns, deps.caches.settledRuns].flatMap((cache) =>
    context.store(cache.in(namespace)).list(),
  );
  const keep = runs
    .filter(({ metadata }) => metadata.namespace === namespace)
    .map(({ metadata }) => metadata.uid ?? "");
  const name = retentionNameOf(store, now.slice(0, 10));
  const plan = JSON.stringify(newRetentionPlan(days, keep, now));
  const { configMap } = newRetentionObjects(store, plan, { name, settings: deps.settings });
  const stored = await createOrRead(configMap, context);
  const { job } = newRetentionObjects(store, stored, { name, settings: deps.settings });
  await createOrAdopt(job, store, context);
}

/** Exists and is ours: made by an operator that could not say so. Exists and is not ours: never touched, and the day's Job is still to be made. */
async function createOrAdopt(job: Job, store: ArtifactStore, { client }: ReconcileContext): Promise<void> {
  try {
    await client.create(jobs, job);
  } catch (error) {
    unlessThere(error);
    const existing = await client.get<Job>(jobs, keyOf(job));
    if (isOurs(existing, store)) return;
    throw new Error(`Job '${job.metadata.name}' exists and does not belong to this ArtifactStore: remove it`, {
      cause: error,
    });
  }
}

/** The plan as it is stored: one that an operator left which died is as good, for what it does not know of is young. */
async function createOrRead(configMap: ConfigMap, { client }: ReconcileContext): Promise<string> {
  const uidOf = ({ metadata }: ConfigMap) => metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
  try {
    await client.create(configMaps, configMap);
    return configMap.data?.[planKey] ?? "";
  } catch (error) {
    unlessThere(error);
    const existing = await client.get<ConfigMap>(configMaps, keyOf(configMap));
    if (uidOf(existing) === uidOf(configMap)) return existing.data?.[planKey] ?? "";
    throw new Error(
      `ConfigMap '${configMap.metadata.name}' exists and does not belong to this ArtifactStore: remove it`,
      { cause: error },
    );
  }
}

function unlessThere(error: unknown): void {
  if (!isAlreadyExists(error)) throw error;
}

function jobsOf(store: ArtifactStore, context: ReconcileContext, { caches }: StoreRetentionDeps): readonly Job[] {
  return context
    .store(caches.jobs.in(store.metadata.namespace ?? ""))
    .byIndex("owner", store.metadata.uid ?? "")
    .filter((job) => isOurs(job, store) && !job.metadata.deletionTimestamp);
}

/** Ours is what carries the label that only the operator may set, and names this very store as its controlling owner. */
function isOurs({ metadata }: Job, store: ArtifactStore): boolean {
  const managedBy = "app.kubernetes.io/managed-by";
  const isOwned = metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === store.metadata.uid);
  return (isOwned ?? false) && metadata.labels?.[managedBy] === managedLabels[managedBy];
}

function podsOf(job: Job, context: ReconcileContext, { caches }: StoreRetentionDeps): readonly Pod[] {
  return context.store(caches.pods.in(job.metadata.namespace ?? "")).byIndex("owner", job.metadata.uid ?? "");
}

function endOf(job: Job) {
  return job.status?.conditions?.find(
    ({ type, status }) => status === "True" && (type === "Complete" || type === "Failed"),
  );
}

/** The last words of the Pod, else what the Job knows. */
function messageOf(job: Job, pods: readonly Pod[]): string {
  const end = endOf(job);
  for (const pod of pods) {
    const container = pod.status?.containerStatuses?.find(({ name }) => name === retentionComponent);
    try {
      const words = JSON.parse(container?.state?.terminated?.message ?? "") as { code?: string; message?: string };
      return `${words.code}: ${words.message}`.slice(0, 1024);
    } catch {
      // killed before it could say anything
    }
  }
  return end?.type === "Complete"
    ? "it ended"
    : `${end?.reason}: ${end?.message ?? "no message"}; it is tried again tomorrow`.slice(0, 1024);
}

async function takeAway(job: Job, { client }: ReconcileContext): Promise<void> {
  const unlessGone = (error: unknown): void => {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  };
  const plan = await client.find(configMaps, keyOf(job));
  const isPlan = plan?.metadata.ownerReferences?.[0]?.uid === job.metadata.ownerReferences?.[0]?.uid;
  if (plan && isPlan) await client.delete(configMaps, keyOf(job), { uid: plan.metadata.uid ?? "" }).catch(unlessGone);
  await client
    .delete(jobs, keyOf(job), { uid: job.metadata.uid ?? "", propagationPolicy: "Background" })
    .catch(unlessGone);
}
