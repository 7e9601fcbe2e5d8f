/** Removes ended runs of one Report beyond its retention, and versions that nothing refers to; what was filed stays in the store. */
import { labels } from "@openreg/crds";
import { releasedBecause } from "../archival.ts";
import type { Caches } from "../caches.ts";
import { isConflict, isNotFound } from "../controller/api-error.ts";
import type { EventRecorder } from "../controller/events.ts";
import {
  formatKey,
  type KubernetesObject,
  keyOf,
  type ObjectKey,
  type ReconcileResult,
  type Resource,
} from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import { secondsBetween } from "../instants.ts";
import type { Report, ReportRun, ReportVersion } from "../objects.ts";
import { reportRuns, reports, reportVersions } from "../resources.ts";
import { limitsOf, runsToPrune, unusedSeconds, unusedVersions } from "./decide.ts";

/** What retention needs besides the context. */
export interface RetentionDeps {
  readonly caches: Caches;
  readonly events: Pick<EventRecorder, "record">;
  readonly memory: RetentionMemory;
}

/** What is remembered from one look to the next; an operator that restarts begins anew. */
export interface RetentionMemory {
  /** Since when which version, by UID, has been without use. */
  readonly unusedSince: Map<string, string>;
  /** When the versions of which Report were looked at last. */
  readonly lookedAt: Map<string, string>;
}

/** A memory of nothing. */
export function newRetentionMemory(): RetentionMemory {
  return { unusedSince: new Map(), lookedAt: new Map() };
}

/** Prunes the runs and versions of one Report. Of a Report that does not exist all runs stay. */
export async function reconcileRetention(
  key: ObjectKey,
  context: ReconcileContext,
  deps: RetentionDeps,
): Promise<ReconcileResult> {
  const report = context.store(deps.caches.reports.in(key.namespace)).get(key);
  if (report) await pruneRuns(report, context, deps);
  return pruneVersions(key, context, deps);
}

async function pruneRuns(report: Report, context: ReconcileContext, { caches, events }: RetentionDeps): Promise<void> {
  const { name, namespace } = keyOf(report);
  const settled = context.store(caches.settledRuns.in(namespace)).byIndex("report", formatKey({ namespace, name }));
  if (settled.length <= Math.min(...Object.values(limitsOf(report)))) return;
  const labelSelector = `${labels.settled}=true,${labels.report}=${name}`;
  const live = await context.client.listAll<ReportRun>(reportRuns, { namespace, labelSelector });
  for (const run of runsToPrune(report, live.items)) {
    const why = releasedBecause(run);
    if (why) {
      const message = `run '${run.metadata.name}' is removed though it may not be archived: ${why}`.slice(0, 1024);
      events.record(report, { type: "Warning", reason: "BreakGlass", message });
    }
    await remove(reportRuns, run, context);
  }
}

/** Nothing referred to a version at one look, and hours later nothing does: then it goes. */
async function pruneVersions(
  key: ObjectKey,
  context: ReconcileContext,
  { caches, memory }: RetentionDeps,
): Promise<ReconcileResult> {
  const { namespace, name } = key;
  const now = context.now();
  const versions = context.store(caches.reportVersions.in(namespace)).byIndex("report", formatKey(key));
  const cached = context.store(caches.reports.in(namespace)).get(key);
  const lookedAt = memory.lookedAt.get(formatKey(key));
  const isTooSoon = lookedAt !== undefined && secondsBetween(lookedAt, now) < unusedSeconds;
  if (isTooSoon || unusedVersions(cached, versions, []).length === 0) return {};
  memory.lookedAt.set(formatKey(key), now);
  const labelSelector = `${labels.report}=${name}`;
  const live = await context.client.listAll<ReportRun>(reportRuns, { namespace, labelSelector });
  const active = context.store(caches.activeRuns.in(namespace)).byIndex("report", formatKey(key));
  const report = await context.client.find<Report>(reports, key);
  const unused = unusedVersions(report, versions, [...live.items, ...active]);
  for (const version of versions) await judge(version, { isUnused: unused.includes(version), now, context, memory });
  return unused.length > 0 ? { requeueAfterMilliseconds: unusedSeconds * 1000 } : {};
}

interface Judging {
  readonly isUnused: boolean;
  readonly now: string;
  readonly context: ReconcileContext;
  readonly memory: RetentionMemory;
}

async function judge(version: ReportVersion, { isUnused, now, context, memory }: Judging): Promise<void> {
  const uid = version.metadata.uid ?? "";
  const since = memory.unusedSince.get(uid);
  if (isUnused && since === undefined) memory.unusedSince.set(uid, now);
  if (isUnused && (since === undefined || secondsBetween(since, now) < unusedSeconds)) return;
  memory.unusedSince.delete(uid);
  if (isUnused) await remove(reportVersions, version, context);
}

/** Decided on what was seen: an object that changed since, by a retry for example, stays. */
async function remove(
  resource: Resource,
  object: KubernetesObject,
  { client }: Pick<ReconcileContext, "client">,
): Promise<void> {
  const { uid = "", resourceVersion = "" } = object.metadata;
  try {
    await client.delete(resource, keyOf(object), { uid, resourceVersion });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
