/** Owns how a settled run comes back: a person asks for a retry, and the run is watched in full again. */
import { isRetryableEnd, labels, retryAnnotation, runFinalizer } from "@openreg/crds";
import type { Caches } from "../caches.ts";
import type { ObjectKey, ReconcileResult } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { ReportRun } from "../objects.ts";
import { reportRuns } from "../resources.ts";

/** Takes the label off a settled run whose retry was requested and not yet acted on; anything else is left alone. */
export async function reopen(key: ObjectKey, context: ReconcileContext, caches: Caches): Promise<ReconcileResult> {
  const settled = context.store(caches.settledRuns.in(key.namespace)).get(key);
  const requestedAt = settled?.metadata.annotations?.[retryAnnotation]?.slice(0, 64);
  if (!requestedAt) return {};
  const run = await context.client.find<ReportRun>(reportRuns, key);
  const { state, lastHandledRetryAt } = run?.status ?? {};
  if (!run || !state || !isRetryableEnd(state) || requestedAt === lastHandledRetryAt) return {};
  const { resourceVersion, finalizers = [] } = run.metadata;
  const withOurs = run.spec.reportVersionRef ? [...new Set([...finalizers, runFinalizer])] : finalizers;
  await context.client.mergePatch(reportRuns, key, {
    metadata: { resourceVersion, labels: { [labels.settled]: null }, finalizers: withOurs },
  });
  return {};
}
