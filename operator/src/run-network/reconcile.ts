/** Keeps the NetworkPolicies of runs: what somebody removed or changed comes back while a run needs it, and goes when none does. */
import { isEndState } from "@openreg/crds";
import type { Definition } from "@openreg/crds/types";
import type { Caches } from "../caches.ts";
import type { RunNetworkSettings } from "../config.ts";
import { isConflict, isNotFound } from "../controller/api-error.ts";
import type { EventRecorder } from "../controller/events.ts";
import type { ObjectKey, ReconcileResult } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import { definitionOf } from "../definition-of.ts";
import { ensureRunNetwork, isOurPolicy } from "../ensure-run-network.ts";
import { secondsBetween } from "../instants.ts";
import type { NetworkPolicy, ReportRun, ReportVersion } from "../objects.ts";
import { networkPolicies } from "../resources.ts";
import { makesPolicies, newRunPolicy, peersLabelOf, policyNameOf } from "../run-network.ts";

/** What keeping policies needs besides the context. */
export interface RunNetworkDeps {
  readonly caches: Caches;
  readonly network: RunNetworkSettings | undefined;
  readonly events: Pick<EventRecorder, "record">;
  /** Since when which policy, by UID, has been without a run. */
  readonly unusedSince: Map<string, string>;
}

/** For how long no run may have needed a policy before it goes, in seconds: one may be about to. */
const unusedSeconds = 600;

/** Reconciles one policy by its name. */
export async function reconcileRunNetwork(
  key: ObjectKey,
  context: ReconcileContext,
  deps: RunNetworkDeps,
): Promise<ReconcileResult> {
  const { caches, events, unusedSince } = deps;
  const existing = context.store(caches.networkPolicies.in(key.namespace)).get(key);
  const wanted = wantedBy(key, context, deps);
  if (wanted === "Unknown") unusedSince.delete(existing?.metadata.uid ?? "");
  else if (wanted) {
    unusedSince.delete(existing?.metadata.uid ?? "");
    const outcome = await ensureRunNetwork(wanted.policy, context);
    if (outcome === "Made" || outcome === "Restored") {
      const message = `NetworkPolicy '${key.name}' had been removed or changed while this run needs it: it is as it should be again`;
      events.record(wanted.run, { type: "Warning", reason: "NetworkRestored", message });
    }
  } else if (existing && isOurPolicy(existing)) await removeWhenUnused(existing, context, unusedSince);
  return existing ? { requeueAfterMilliseconds: unusedSeconds * 1000 } : {};
}

/** The policy of that name, when a run that has not ended needs it; `Unknown` when only one that cannot be read may. */
function wantedBy(
  { namespace, name }: ObjectKey,
  context: ReconcileContext,
  { caches, network }: RunNetworkDeps,
): { readonly policy: NetworkPolicy; readonly run: ReportRun } | "Unknown" | undefined {
  if (!makesPolicies(network, namespace)) return undefined;
  let hasUnread = false;
  const versions = context.store(caches.reportVersions.in(namespace));
  for (const run of context.store(caches.activeRuns.in(namespace)).byIndex("namespace", namespace)) {
    const version = versions.get({ namespace, name: run.spec.reportVersionRef?.name ?? "" });
    if (!version || (run.status?.state && isEndState(run.status.state))) continue;
    const { mode } = run.spec;
    const definition = readDefinition(version);
    hasUnread ||= !definition;
    if (!definition) continue;
    if (policyNameOf(peersLabelOf(definition, mode)) !== name) continue;
    return { policy: newRunPolicy(definition, { namespace, mode, network }), run };
  }
  return hasUnread ? "Unknown" : undefined;
}

/** A version of a newer release, kept over a step back, must not keep the policies of others from being put right. */
function readDefinition(version: ReportVersion): Definition | undefined {
  try {
    return definitionOf(version);
  } catch {
    return undefined; // the reconcile of the run tells it
  }
}

async function removeWhenUnused(
  { metadata }: NetworkPolicy,
  context: ReconcileContext,
  unusedSince: Map<string, string>,
): Promise<void> {
  const { uid = "", resourceVersion = "", name, namespace = "" } = metadata;
  const now = context.now();
  const since = unusedSince.get(uid);
  if (since === undefined) unusedSince.set(uid, now);
  if (since === undefined || secondsBetween(since, now) < unusedSeconds) return;
  unusedSince.delete(uid);
  try {
    await context.client.delete(networkPolicies, { namespace, name }, { uid, resourceVersion });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
