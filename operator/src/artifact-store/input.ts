/** Owns what one reconcile of an ArtifactStore looks at. Types only. */
import type { ArtifactStore, PersistentVolumeClaim } from "../objects.ts";

/** What one reconcile looks at. */
export interface StoreInput {
  readonly store: ArtifactStore;
  /** The volume claim, read live; absent when it does not exist. */
  readonly claim?: PersistentVolumeClaim;
}

/** Whether the store can be used, and why. */
export interface StoreDecision {
  readonly ready: boolean;
  readonly reason: string;
  readonly message: string;
}
