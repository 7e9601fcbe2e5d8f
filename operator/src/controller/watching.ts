/** Owns which keys a change wakes. */
import type { KubernetesObject, ObjectKey } from "./kubernetes.ts";
import type { Reflector } from "./reflector.ts";

/** Whose changes wake which keys. Build it with `watching`. */
export interface Watch<T extends KubernetesObject = KubernetesObject> {
  readonly reflector: Reflector<T>;
  toKeys(object: T): readonly ObjectKey[];
  /** Whether an update matters; additions and deletions always do. */
  matters?(before: T, after: T): boolean;
}

/** A watch whose types fit together. */
export function watching<T extends KubernetesObject>(
  reflector: Reflector<T>,
  toKeys: (object: T) => readonly ObjectKey[],
  matters?: (before: T, after: T) => boolean,
): Watch {
  const watch: Watch<T> = { reflector, toKeys, ...(matters ? { matters } : {}) };
  return watch as unknown as Watch; // sound: the reflector only ever hands its own objects to the two functions
}
