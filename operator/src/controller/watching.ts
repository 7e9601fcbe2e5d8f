/** Owns which keys a change wakes. */
import type { KubernetesObject, ObjectKey } from "./kubernetes.ts";
import type { Reflector } from "./reflector.ts";

/** Whose changes wake which keys. Build it with `watching`. */
export interface Watch<T extends KubernetesObject = KubernetesObject> {
  readonly reflector: Reflector<T>;
  toKeys(object: T): readonly ObjectKey[];
  /** Whether an update matters; additions and deletions always do. */
  matters?(before: T, after: T): boolean;
  /** A key that this watch has just woken is woken again only after so long: what comes meanwhile is seen together. */
  readonly throttleMilliseconds?: number;
}

/** A watch whose types fit together. */
export function watching<T extends KubernetesObject>(
  reflector: Reflector<T>,
  toKeys: (object: T) => readonly ObjectKey[],
  how: ((before: T, after: T) => boolean) | Pick<Watch<T>, "matters" | "throttleMilliseconds"> = {},
): Watch {
  const watch: Watch<T> = { reflector, toKeys, ...(typeof how === "function" ? { matters: how } : how) };
  return watch as unknown as Watch; // sound: the reflector only ever hands its own objects to the two functions
}
