/** Owns how a settled run comes back: a person asks for a retry, and the run is watched in full again. */
import { isRetryableEnd, labels, retryAnnotation, runFinalizer } from "@openreg/crds";
import type { Caches } from "../caches.ts";
import type { ObjectKey, ReconcileResult } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { ReportRun } from "../objects.ts";
import { reportRuns } from "../resources.ts";

/** Takes the label off a settled run whose retry was requested and not yet acted on, or that somebody else labelled; anything else is left alone. */
export async function reopen(key: ObjectKey, context: ReconcileContext, caches: Caches): Promise<ReconcileResult> {
  const settled = context.store(caches.settledRuns.in(key.namespace)).get(key);
  if (!settled) return {};
  // Label and finalizer change in one write of ours: with both, the run was labelled by hand and nobody would end it.
  const isForeign = settled.metadata.finalizers?.includes(runFinalizer) ?? false;
  const requestedAt = settled.metadata.annotations?.[retryAnnotation]?.slice(0, 64);
  if (!isForeign && !requestedAt) return {};
  const run = await context.client.find<ReportRun>(reportRuns, key);
  if (!run || !(isForeign || mayRetry(run, requestedAt))) return {};
  const { resourceVersion, finalizers = [] } = run.metadata;
  const withOurs = run.spec.reportVersionRef ? [...new Set([...finalizers, runFinalizer])] : finalizers;
  await context.client.mergePatch(reportRuns, key, {
    metadata: { resourceVersion, labels: { [labels.settled]: null }, finalizers: withOurs },
  });
  return {};
}

function mayRetry({ status }: ReportRun, requestedAt: string | undefined): boolean {
  const { state, lastHandledRetryAt } = status ?? {};
  return state !== undefined && isRetryableEnd(state) && requestedAt !== lastHandledRetryAt;
}
