/** Removes ended runs of one Report beyond its retention; what they filed stays in the store. */
import { labels } from "@openreg/crds";
import type { Caches } from "../caches.ts";
import { isConflict, isNotFound } from "../controller/api-error.ts";
import { formatKey, keyOf, type ObjectKey, type ReconcileResult } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { ReportRun } from "../objects.ts";
import { reportRuns } from "../resources.ts";
import { limitsOf, runsToPrune } from "./decide.ts";

/** Prunes the runs of one Report. Of a Report that does not exist all runs stay. */
export async function reconcileRetention(
  key: ObjectKey,
  context: ReconcileContext,
  caches: Caches,
): Promise<ReconcileResult> {
  const report = context.store(caches.reports.in(key.namespace)).get(key);
  if (!report) return {};
  const settled = context.store(caches.settledRuns.in(key.namespace)).byIndex("report", formatKey(key));
  if (settled.length <= Math.min(...Object.values(limitsOf(report)))) return {};
  const labelSelector = `${labels.settled}=true,${labels.report}=${key.name}`;
  const live = await context.client.listAll<ReportRun>(reportRuns, { namespace: key.namespace, labelSelector });
  for (const run of runsToPrune(report, live.items)) await remove(run, context);
  return {};
}

/** Decided on what was listed: a run that changed since, by a retry for example, stays. */
async function remove(run: ReportRun, { client }: ReconcileContext): Promise<void> {
  const { uid = "", resourceVersion = "" } = run.metadata;
  try {
    await client.delete(reportRuns, keyOf(run), { uid, resourceVersion });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
