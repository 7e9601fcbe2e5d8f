/** Says of one ArtifactStore whether runs can use it. */
import { apiVersion } from "@openreg/crds";
import type { Caches } from "../caches.ts";
import type { ObjectKey, ReconcileResult } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { ArtifactStore } from "../objects.ts";
import { artifactStores } from "../resources.ts";
import { isSame } from "../same.ts";
import { decide } from "./decide.ts";
import { gather } from "./gather.ts";
import { retainStore, type StoreRetentionDeps } from "./retention.ts";
import { summarize } from "./summarize.ts";

/** Claims are not watched: the operator may read those that are named, nothing else. */
const lookAgainMilliseconds = { notReady: 10_000, ready: 300_000 };

/** Reconciles one ArtifactStore. */
export async function reconcileArtifactStore(
  key: ObjectKey,
  context: ReconcileContext,
  deps: StoreRetentionDeps & { readonly caches: Caches },
): Promise<ReconcileResult> {
  const input = await gather(key, context, deps.caches);
  if (!input) return {};
  const decision = decide(input);
  const judged = summarize(input, decision, context.now());
  // whether runs can use it never waits for retention, which may fail; the change of the status brings the next reconcile
  const isTold = isSame(input.store.status, judged);
  const retention = isTold && decision.ready ? await retainStore(input.store, context, deps) : {};
  const status = summarize(input, decision, context.now(), retention.status);
  if (!isSame(input.store.status, status)) {
    const { name, namespace = "", resourceVersion = "" } = input.store.metadata;
    const next = { apiVersion, kind: "ArtifactStore", metadata: { name, namespace, resourceVersion }, status };
    await context.client.applyStatus<ArtifactStore>(artifactStores, next as unknown as ArtifactStore);
  }
  return { requeueAfterMilliseconds: decision.ready ? lookAgainMilliseconds.ready : lookAgainMilliseconds.notReady };
}
