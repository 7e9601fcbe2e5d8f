/** Owns which writes of a key its caches have not shown yet, so that a reconcile never decides on a state before its own last write. */
import { type Clock, pause } from "./clock.ts";
import {
  formatKey,
  isSameResource,
  type KubernetesObject,
  keyOf,
  type ObjectKey,
  type Resource,
} from "./kubernetes.ts";
import type { Reflector } from "./reflector.ts";
import { compareResourceVersions } from "./store.ts";

/** Remembers writes by the key whose reconcile made them. */
export interface RecentWrites {
  /** A create or change that the API server answered with this object. */
  noteWritten(key: ObjectKey, resource: Resource, written: KubernetesObject): void;
  /** A delete that left nothing behind. */
  noteDeleted(key: ObjectKey, resource: Resource, gone: ObjectKey, uid: string): void;
  /** A write that was refused because it was decided on this version: there is a newer one, or the object is gone. */
  noteConflict(key: ObjectKey, resource: Resource, stale: KubernetesObject["metadata"]): void;
  /** Whether the caches show all of it. */
  isSettled(key: ObjectKey): boolean;
  /** Resolves when the caches show all of it; after a bounded wait it reads the rest live into them. */
  settle(key: ObjectKey, signal: AbortSignal): Promise<void>;
}

interface Write {
  readonly object: ObjectKey;
  /** After this the watch is late, or does not select what was written: it is read live. */
  readonly waitMilliseconds: number;
  readonly reflectors: readonly Reflector<KubernetesObject>[];
  isVisible(): boolean;
}

/** An event takes milliseconds. Who writes had an answer, and can wait longer than who was refused and has written nothing. */
const writtenMilliseconds = 5_000;
const conflictMilliseconds = 1_000;

/** An empty memory over the reflectors of one controller. */
export function newRecentWrites(reflectors: readonly Reflector<KubernetesObject>[], clock: Clock): RecentWrites {
  const writes = new Map<string, Write[]>();
  const note = (key: ObjectKey, write: Write) => {
    if (write.reflectors.length === 0) return;
    const name = formatKey(key);
    writes.set(name, [...(writes.get(name) ?? []), write]);
  };
  const watching = (resource: Resource, object: ObjectKey) =>
    reflectors.filter((reflector) => isSameResource(reflector.resource, resource) && covers(reflector, object));

  return {
    noteWritten(key, resource, written) {
      const object = keyOf(written);
      const candidates = watching(resource, object);
      const { uid, resourceVersion } = written.metadata;
      if (resourceVersion === undefined) return;
      const age = (reflector: Reflector<KubernetesObject>) => {
        const cached = reflector.store.get(object)?.metadata;
        return cached?.uid === uid ? compareResourceVersions(cached?.resourceVersion, resourceVersion) : undefined;
      };
      // A write may move an object from one watch to another: one must show it, and none what was before.
      const isVisible = () => {
        const ages = candidates.map(age).filter((one) => one !== undefined);
        if (ages.length > 0) return ages.every((one) => one >= 0);
        return candidates.every((reflector) => reflector.hasReached(resourceVersion));
      };
      note(key, { object, waitMilliseconds: writtenMilliseconds, reflectors: candidates, isVisible });
    },
    noteDeleted(key, resource, object, uid) {
      const candidates = watching(resource, object);
      const isVisible = () => candidates.every((reflector) => reflector.store.get(object)?.metadata.uid !== uid);
      note(key, { object, waitMilliseconds: writtenMilliseconds, reflectors: candidates, isVisible });
    },
    noteConflict(key, resource, { namespace = "", name, resourceVersion }) {
      const object = { namespace, name };
      const candidates = watching(resource, object);
      const isVisible = () =>
        candidates.every((reflector) => reflector.store.get(object)?.metadata.resourceVersion !== resourceVersion);
      note(key, { object, waitMilliseconds: conflictMilliseconds, reflectors: candidates, isVisible });
    },
    isSettled(key) {
      const name = formatKey(key);
      const isSettled = (writes.get(name) ?? []).every((write) => write.isVisible());
      if (isSettled) writes.delete(name);
      return isSettled;
    },
    async settle(key, signal) {
      const name = formatKey(key);
      const hidden = () => (writes.get(name) ?? []).filter((write) => !write.isVisible());
      const most = Math.max(0, ...hidden().map(({ waitMilliseconds }) => waitMilliseconds));
      if (most > 0) await waitForProgress(() => hidden().length === 0, { reflectors, clock, signal, most });
      const refreshed = hidden().flatMap(({ reflectors, object }) =>
        reflectors.map((reflector) => reflector.refresh(object)),
      );
      await Promise.all(refreshed);
      writes.delete(name);
    },
  };
}

interface Wait {
  readonly reflectors: readonly Reflector<KubernetesObject>[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly most: number;
}

async function waitForProgress(holds: () => boolean, { reflectors, clock, signal, most }: Wait): Promise<void> {
  const enough = new AbortController();
  const stop = () => enough.abort();
  signal.addEventListener("abort", stop);
  const look = () => {
    if (holds()) stop();
  };
  const unsubscribe = reflectors.map((reflector) => reflector.onProgress(look));
  await pause(clock, most, enough.signal);
  for (const end of unsubscribe) end();
  signal.removeEventListener("abort", stop);
}

function covers({ selection }: Reflector<KubernetesObject>, object: ObjectKey): boolean {
  return selection.namespace === undefined || selection.namespace === object.namespace;
}
