/** Decides whether an ArtifactStore can be used. Pure. */
import { storeReasons } from "../errors.ts";
import type { StoreDecision, StoreInput } from "./input.ts";

/** Decides whether an ArtifactStore can be used. A claim that waits for its first Pod is fine. */
export function decide({ store, claim }: StoreInput): StoreDecision {
  const name = store.spec.persistentVolumeClaimRef?.name ?? "";
  if (!claim) {
    const message = `PersistentVolumeClaim '${name}' does not exist: create it in this namespace, or delete this ArtifactStore and apply one that names another`;
    return { ready: false, reason: storeReasons.claimNotFound, message };
  }
  if (claim.status?.phase === "Lost") {
    const message = `the volume of PersistentVolumeClaim '${name}' is gone: restore it from a backup`;
    return { ready: false, reason: storeReasons.claimLost, message };
  }
  return { ready: true, reason: storeReasons.claimFound, message: `bytes are kept on PersistentVolumeClaim '${name}'` };
}
