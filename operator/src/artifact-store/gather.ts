/** Owns what one reconcile of an ArtifactStore reads. */
import type { Caches } from "../caches.ts";
import type { ObjectKey } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { PersistentVolumeClaim } from "../objects.ts";
import { persistentVolumeClaims } from "../resources.ts";
import type { StoreInput } from "./input.ts";

/** Reads what a reconcile needs; undefined when the ArtifactStore does not exist. */
export async function gather(
  key: ObjectKey,
  context: ReconcileContext,
  caches: Caches,
): Promise<StoreInput | undefined> {
  const store = context.store(caches.artifactStores.in(key.namespace)).get(key);
  if (!store || store.metadata.deletionTimestamp) return undefined;
  const name = store.spec.persistentVolumeClaimRef?.name;
  if (!name) return { store };
  const claim = await context.client.find<PersistentVolumeClaim>(persistentVolumeClaims, {
    namespace: key.namespace,
    name,
  });
  return { store, ...(claim && { claim }) };
}
