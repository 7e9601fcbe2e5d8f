/** Owns what one reconcile is given: caches that remember what was read, and a client that remembers what was written. */
import type { ApiClient } from "./api-client.ts";
import { isConflict } from "./api-error.ts";
import { type Clock, toTimestamp } from "./clock.ts";
import { formatKey, type KubernetesObject, type ObjectKey, type Resource } from "./kubernetes.ts";
import type { RecentWrites } from "./recent-writes.ts";
import type { Reflector } from "./reflector.ts";
import type { SharedReads } from "./shared-reads.ts";
import type { StoreReader } from "./store.ts";

/** The client of a reconcile: all verbs but `watch`. */
export type ReconcileClient = Omit<ApiClient, "watch">;

/** What a reconcile works with. */
export interface ReconcileContext {
  readonly client: ReconcileClient;
  /** The cache of a reflector; what is read through it decides when a TerminalError is tried again. */
  store<T extends KubernetesObject>(reflector: Reflector<T>): StoreReader<T>;
  /** Aborted at the time limit and at the end of a graceful stop. */
  readonly signal: AbortSignal;
  /** Wall-clock time as RFC 3339 text in whole seconds. */
  now(): string;
}

/** Says whether anything that was read has moved since. */
export interface ReadMemory {
  hasMoved(): boolean;
}

/** A write was refused because this replica does not lead, is stopping, or ran out of time. */
export class WriteRefusedError extends Error {
  override readonly name = "WriteRefusedError";
}

/** What a context is made of. */
export interface ContextOptions {
  readonly key: ObjectKey;
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly writes: RecentWrites;
  readonly reads: SharedReads;
  readonly mayWrite: () => boolean;
  readonly signal: AbortSignal;
}

/** The context of one reconcile, and the memory of what it read. */
export function newReconcileContext(options: ContextOptions): ReconcileContext & ReadMemory {
  const reads = new Map<string, Read>();
  return {
    client: bindClient(options),
    store: (reflector) => rememberReads(reflector, reads),
    signal: options.signal,
    now: () => toTimestamp(options.clock.now()),
    hasMoved: () => [...reads.values()].some(({ seen, again }) => fingerprint(seen) !== fingerprint(again())),
  };
}

interface Read {
  readonly seen: readonly KubernetesObject[];
  again(): readonly KubernetesObject[];
}

function rememberReads<T extends KubernetesObject>(reflector: Reflector<T>, reads: Map<string, Read>): StoreReader<T> {
  const { store, name } = reflector;
  const remember = (what: string, again: () => readonly T[]): readonly T[] => {
    const seen = again();
    const id = `${name} ${what}`;
    if (!reads.has(id)) reads.set(id, { seen, again });
    return seen;
  };
  const one = (object: T | undefined) => (object ? [object] : []);
  return {
    get: (key) => remember(`key ${formatKey(key)}`, () => one(store.get(key)))[0],
    byUid: (uid) => remember(`uid ${uid}`, () => one(store.byUid(uid)))[0],
    byIndex: (index, value) => remember(`index ${index} ${value}`, () => store.byIndex(index, value)),
    list: () => remember("all", () => store.list()),
  };
}

/** What a person changes of an object: not its status, not its labels. */
function fingerprint(objects: readonly KubernetesObject[]): string {
  const parts = objects.map(({ metadata }) => [
    metadata.uid,
    metadata.generation ?? metadata.resourceVersion,
    metadata.deletionTimestamp,
    metadata.annotations,
  ]);
  return JSON.stringify(parts);
}

function bindClient(options: ContextOptions): ReconcileClient {
  const { client, signal, reads } = options;
  const nameOf = (verb: string, { group, plural }: Resource, key: ObjectKey) =>
    `${verb} ${group}/${plural} ${formatKey(key)}`;
  const written = async <T extends KubernetesObject>(
    resource: Resource,
    act: () => Promise<T>,
    basedOn: Partial<KubernetesObject["metadata"]> = {},
  ): Promise<T> => {
    refuseUnlessAllowed(options, resource);
    const object = await act().catch((error: unknown) => {
      const { name, resourceVersion } = basedOn;
      if (name && resourceVersion && isConflict(error))
        options.writes.noteConflict(options.key, resource, { ...basedOn, name });
      throw error;
    });
    options.writes.noteWritten(options.key, resource, object);
    return object;
  };
  return {
    get: (resource, key) => reads(nameOf("get", resource, key), () => client.get(resource, key), signal),
    find: (resource, key) => reads(nameOf("find", resource, key), () => client.find(resource, key), signal),
    list: (resource, page) => client.list(resource, { ...page, signal }),
    listAll: (resource, page) => client.listAll(resource, { ...page, signal }),
    create: (resource, object) => written(resource, () => client.create(resource, object, { signal })),
    replace: (resource, object) =>
      written(resource, () => client.replace(resource, object, { signal }), object.metadata),
    replaceStatus: (resource, object) =>
      written(resource, () => client.replaceStatus(resource, object, { signal }), object.metadata),
    apply: (resource, object, how) =>
      written(resource, () => client.apply(resource, object, { ...how, signal }), object.metadata),
    applyStatus: (resource, object, how) =>
      written(resource, () => client.applyStatus(resource, object, { ...how, signal }), object.metadata),
    mergePatch: (resource, key, patch, how) =>
      written(resource, () => client.mergePatch(resource, key, patch, { ...how, signal }), {
        ...(patch as { readonly metadata?: object }).metadata,
        ...key,
      }),
    async delete(resource, key, how) {
      refuseUnlessAllowed(options, resource);
      const answer = await client.delete(resource, key, { ...how, signal });
      if (answer.kind === "Status") options.writes.noteDeleted(options.key, resource, key, how.uid);
      else options.writes.noteWritten(options.key, resource, answer);
      return answer;
    },
  };
}

function refuseUnlessAllowed({ key, signal, mayWrite }: ContextOptions, resource: Resource): void {
  if (!signal.aborted && mayWrite()) return;
  const why = signal.aborted ? "its time is over" : "this replica does not lead";
  throw new WriteRefusedError(`the reconcile of ${formatKey(key)} may not write ${resource.plural}: ${why}`);
}
