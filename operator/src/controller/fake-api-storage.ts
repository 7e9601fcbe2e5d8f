/** Owns the objects of the fake API server: versions, generations, finalizers, field managers and history, as the real one keeps them. */
import { ApiError } from "./api-error.ts";
import type { KubernetesObject, ObjectMeta } from "./kubernetes.ts";

/** An object with whatever else it has. */
export type AnyObject = KubernetesObject & { readonly [field: string]: unknown };

/** What happened, for watches to tell. */
export interface HistoryEntry {
  readonly resourceVersion: number;
  /** The collection: path without namespace and name, e.g. `/api/v1/configmaps`. */
  readonly collection: string;
  readonly before: AnyObject | undefined;
  readonly after: AnyObject | undefined;
}

/** Preconditions of a delete. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** One change: what the caller knew, and how the object becomes the next. */
export interface Modification {
  readonly status: boolean;
  readonly resourceVersion?: string | undefined;
  readonly uid?: string | undefined;
  next(current: AnyObject): AnyObject;
}

/** The objects, by collection and `namespace/name`, from version 1000 on. Writes throw ApiError as the real API server answers. */
export class FakeStorage {
  readonly history: HistoryEntry[] = [];
  readonly #now: () => string;
  readonly #objects = new Map<string, Map<string, AnyObject>>();
  readonly #applied = new Map<string, AnyObject>();
  readonly #listeners = new Set<(entry: HistoryEntry) => void>();
  #version = 1000;
  #uids = 0;

  constructor(now: () => string) {
    this.#now = now;
  }

  version(): number {
    return this.#version;
  }

  /** Makes the version jump; backwards it is a restore, which has no history. */
  setVersion(version: number): void {
    if (version < this.#version) this.history.splice(0);
    this.#version = version;
  }

  onChange(listener: (entry: HistoryEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  all(collection: string): readonly AnyObject[] {
    return [...this.#collection(collection).values()];
  }

  get(collection: string, id: string): AnyObject {
    const found = this.#collection(collection).get(id);
    if (!found) throw refusal(404, "NotFound", `${collection} "${id}" not found`);
    return found;
  }

  create(collection: string, id: string, object: AnyObject): AnyObject {
    if (this.#collection(collection).has(id))
      throw refusal(409, "AlreadyExists", `${collection} "${id}" already exists`);
    const { resourceVersion, ...given } = object.metadata;
    if (resourceVersion) throw refusal(400, "BadRequest", "resourceVersion should not be set on objects to be created");
    const uid = `00000000-0000-0000-0000-${String(++this.#uids).padStart(12, "0")}`;
    const { status: _dropped, ...rest } = object;
    const metadata = {
      ...given,
      uid,
      creationTimestamp: this.#now(),
      generation: 1,
      managedFields: [{ manager: "fake" }],
    };
    return this.#record(collection, id, undefined, { ...rest, metadata } as AnyObject) as AnyObject;
  }

  /** Writes what a change makes of the object, or nothing when that is the same. */
  change(collection: string, id: string, { status, resourceVersion, uid, next }: Modification): AnyObject {
    const before = this.get(collection, id);
    if (uid && uid !== before.metadata.uid)
      throw refusal(409, "Conflict", `the UID of ${id} is ${before.metadata.uid}, not ${uid}`);
    if (resourceVersion && resourceVersion !== before.metadata.resourceVersion) {
      throw refusal(
        409,
        "Conflict",
        `the object ${id} has been modified; please apply your changes to the latest version`,
      );
    }
    const wanted = next(before);
    const after = status ? ({ ...before, status: wanted.status } as AnyObject) : keepServerFields(before, wanted);
    if (JSON.stringify(after) === JSON.stringify(before)) return before;
    const isGone = after.metadata.deletionTimestamp && !after.metadata.finalizers?.length;
    return this.#record(collection, id, before, isGone ? undefined : after) ?? after;
  }

  apply(
    collection: string,
    id: string,
    patch: AnyObject,
    how: { readonly manager: string; readonly status: boolean },
  ): AnyObject {
    const { manager, status } = how;
    const memory = `${collection} ${id} ${manager} ${status}`;
    const exists = this.#collection(collection).has(id);
    if (!exists && status) this.get(collection, id);
    const previous = exists ? this.#applied.get(memory) : undefined;
    this.#applied.set(memory, patch);
    if (!exists) return this.create(collection, id, patch);
    const { resourceVersion, uid } = patch.metadata;
    const next = (current: AnyObject) => mergeApplied(current, previous, patch) as AnyObject;
    return this.change(collection, id, { status, resourceVersion, uid, next });
  }

  /** Answers the object when it waits for finalizers, undefined when it is gone. */
  remove(collection: string, id: string, preconditions: Preconditions): AnyObject | undefined {
    const before = this.get(collection, id);
    checkPreconditions(before.metadata, preconditions, id);
    if (!before.metadata.finalizers?.length) {
      this.#record(collection, id, before, undefined);
      return undefined;
    }
    if (before.metadata.deletionTimestamp) return before;
    const generation = (before.metadata.generation ?? 0) + 1;
    return this.#record(collection, id, before, withMeta(before, { deletionTimestamp: this.#now(), generation }));
  }

  #collection(collection: string): Map<string, AnyObject> {
    const found = this.#objects.get(collection) ?? new Map<string, AnyObject>();
    this.#objects.set(collection, found);
    return found;
  }

  #record(
    collection: string,
    id: string,
    before: AnyObject | undefined,
    after: AnyObject | undefined,
  ): AnyObject | undefined {
    this.#version += 1;
    const stored = this.#stamp(after);
    if (stored) this.#collection(collection).set(id, stored);
    else this.#collection(collection).delete(id);
    const entry = {
      resourceVersion: this.#version,
      collection,
      before: stored ? before : this.#stamp(before),
      after: stored,
    };
    this.history.push(entry);
    for (const listener of this.#listeners) listener(entry);
    return stored;
  }

  #stamp(object: AnyObject | undefined): AnyObject | undefined {
    return object && withMeta(object, { resourceVersion: String(this.#version) });
  }
}

/** An answer of the fake API server that is no success. */
export function refusal(status: number, reason: string, message: string, retryAfterSeconds?: number): ApiError {
  return new ApiError(message, { status, reason, retryAfterSeconds });
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const merged: Record<string, unknown> = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

/** Server-side apply with all lists atomic: fields the manager no longer names go away. */
function mergeApplied(target: unknown, previous: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const merged: Record<string, unknown> = isMap(target) ? { ...target } : {};
  const before = isMap(previous) ? previous : {};
  for (const name of Object.keys(before)) if (!(name in patch)) delete merged[name];
  for (const [name, value] of Object.entries(patch)) merged[name] = mergeApplied(merged[name], before[name], value);
  return merged;
}

function checkPreconditions(metadata: ObjectMeta, { uid, resourceVersion }: Preconditions, id: string): void {
  const isOther = (wanted: string | undefined, actual: string | undefined) => wanted !== undefined && wanted !== actual;
  if (isOther(uid, metadata.uid) || isOther(resourceVersion, metadata.resourceVersion)) {
    throw refusal(
      409,
      "Conflict",
      `Precondition failed for ${id}: it is ${metadata.uid} at ${metadata.resourceVersion}`,
    );
  }
}

/** What a client cannot change, and the generation that counts changes outside of metadata and status. */
function keepServerFields(before: AnyObject, wanted: AnyObject): AnyObject {
  const { uid, creationTimestamp, deletionTimestamp, resourceVersion } = before.metadata;
  const body = ({ metadata: _m, status: _s, ...rest }: AnyObject) => JSON.stringify(rest);
  const next = { ...wanted, status: before.status } as AnyObject;
  if (before.status === undefined) delete (next as { status?: unknown }).status;
  const generation = (before.metadata.generation ?? 0) + (body(before) === body(next) ? 0 : 1);
  const fixed = {
    uid,
    creationTimestamp,
    resourceVersion,
    generation,
    ...(deletionTimestamp ? { deletionTimestamp } : {}),
  };
  return withMeta(next, fixed as Partial<ObjectMeta>);
}

function withMeta<T extends AnyObject>(object: T, metadata: Partial<ObjectMeta>): T {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
