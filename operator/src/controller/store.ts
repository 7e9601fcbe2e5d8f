/** Owns the cached objects of one resource: by key, by UID and by declared indexes; nothing in it is ever mutated. */
import { formatKey, type KubernetesObject, keyOf, type ObjectKey } from "./kubernetes.ts";

/** What readers see of a store. Objects are deeply frozen. */
export interface StoreReader<T extends KubernetesObject> {
  get(key: ObjectKey): T | undefined;
  byUid(uid: string): T | undefined;
  /** The objects under one value of an index. Throws when no such index was declared. */
  byIndex(index: string, value: string): readonly T[];
  list(): readonly T[];
}

/** Which values an object is found under, for each index by name. */
export type Indexes<T extends KubernetesObject> = Readonly<Record<string, (object: T) => readonly string[]>>;

/** One difference that the store has seen; `before` absent = added, `after` absent = deleted. */
export interface Change<T extends KubernetesObject> {
  readonly before?: T;
  readonly after?: T;
}

/** The writing side of a store; each write answers with the changes it made, in order. */
export interface Store<T extends KubernetesObject> extends StoreReader<T> {
  /** Puts an object; one with another UID under the same key is a deletion and an addition. What is older than the store's is ignored. */
  put(object: T): readonly Change<T>[];
  /** Removes the object under a key, unless `uid` is given and is another's. */
  remove(key: ObjectKey, uid?: string): readonly Change<T>[];
  /** Makes the store hold exactly these objects. */
  replaceAll(objects: readonly T[]): readonly Change<T>[];
  size(): number;
}

/** An empty store. */
export function newStore<T extends KubernetesObject>(indexes: Indexes<T> = {}): Store<T> {
  const byKey = new Map<string, T>();
  const byUid = new Map<string, T>();
  const index = newIndex(indexes);

  const insert = (object: T) => {
    byKey.set(formatKey(keyOf(object)), object);
    byUid.set(object.metadata.uid ?? "", object);
    index.add(object);
  };
  const drop = (object: T) => {
    byKey.delete(formatKey(keyOf(object)));
    byUid.delete(object.metadata.uid ?? "");
    index.remove(object);
  };
  const put = (object: T): readonly Change<T>[] => {
    const before = byKey.get(formatKey(keyOf(object)));
    if (before && !isNewer(object, before)) return [];
    const sameUid = before?.metadata.uid === object.metadata.uid;
    const after = deepFreeze(object);
    if (before) drop(before);
    insert(after);
    if (!before) return [{ after }];
    return sameUid ? [{ before, after }] : [{ before }, { after }];
  };
  const remove = (key: ObjectKey, uid?: string): readonly Change<T>[] => {
    const before = byKey.get(formatKey(key));
    if (!before || (uid !== undefined && before.metadata.uid !== uid)) return [];
    drop(before);
    return [{ before }];
  };

  return {
    get: (key) => byKey.get(formatKey(key)),
    byUid: (uid) => byUid.get(uid),
    byIndex: (name, value) => index.get(name, value),
    list: () => [...byKey.values()],
    size: () => byKey.size,
    put,
    remove,
    replaceAll(objects) {
      const listed = new Set(objects.map((object) => formatKey(keyOf(object))));
      const gone = [...byKey.values()].filter((object) => !listed.has(formatKey(keyOf(object))));
      const removed = gone.flatMap((object) => remove(keyOf(object)));
      return [
        ...removed,
        ...objects.flatMap((object) => replaceOne(byKey.get(formatKey(keyOf(object))), object, { put, drop })),
      ];
    },
  };
}

/** A list is the truth even where it is older than the cache: after a restore from backup, resourceVersions go back. */
function replaceOne<T extends KubernetesObject>(
  before: T | undefined,
  listed: T,
  { put, drop }: { readonly put: (object: T) => readonly Change<T>[]; readonly drop: (object: T) => void },
): readonly Change<T>[] {
  if (!before) return put(listed);
  const sameUid = before.metadata.uid === listed.metadata.uid;
  if (sameUid && before.metadata.resourceVersion === listed.metadata.resourceVersion) return [];
  drop(before);
  const added = put(listed);
  return sameUid ? added.map(({ after }) => ({ before, ...(after ? { after } : {}) })) : [{ before }, ...added];
}

function isNewer(object: KubernetesObject, than: KubernetesObject): boolean {
  return compareResourceVersions(object.metadata.resourceVersion, than.metadata.resourceVersion) > 0;
}

/** Compares two resourceVersions as the numbers they are: below 0, 0 or above 0; absent counts as 0. */
export function compareResourceVersions(first: string | undefined, second: string | undefined): number {
  const difference = BigInt(first || 0) - BigInt(second || 0);
  return difference < 0n ? -1 : Number(difference > 0n);
}

function newIndex<T extends KubernetesObject>(indexes: Indexes<T>) {
  const names = Object.entries(indexes).map(([name, valuesOf]) => ({
    name,
    valuesOf: lenient(valuesOf),
    byValue: new Map<string, Set<T>>(),
  }));
  return {
    add(object: T) {
      for (const { valuesOf, byValue } of names) {
        for (const value of valuesOf(object)) {
          const found = byValue.get(value);
          if (found) found.add(object);
          else byValue.set(value, new Set([object]));
        }
      }
    },
    remove(object: T) {
      for (const { valuesOf, byValue } of names) {
        for (const value of valuesOf(object)) {
          const found = byValue.get(value);
          found?.delete(object);
          if (found?.size === 0) byValue.delete(value);
        }
      }
    },
    get(name: string, value: string): readonly T[] {
      const index = names.find((candidate) => candidate.name === name);
      if (!index)
        throw new Error(
          `no index '${name}' was declared on this reflector; declared: ${Object.keys(indexes).join(", ")}`,
        );
      return [...(index.byValue.get(value) ?? [])];
    },
  };
}

/** One malformed object must not keep the others out of the cache: it is found by key only. */
function lenient<T>(valuesOf: (object: T) => readonly string[]): (object: T) => readonly string[] {
  return (object) => {
    try {
      return valuesOf(object);
    } catch {
      return [];
    }
  };
}

function deepFreeze<V>(value: V): V {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
