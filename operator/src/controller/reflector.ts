/** Owns the cache of one resource: lists it, watches it, and never gives up. */

import type { ApiClient, Selection } from "./api-client.ts";
import { ApiError, isExpired } from "./api-error.ts";
import { backOffMilliseconds } from "./back-off.ts";
import { type Clock, pause, type Random } from "./clock.ts";
import { apiVersionOf, type KubernetesObject, keyOf, type ObjectKey, type Resource } from "./kubernetes.ts";
import { type Log, messageOf } from "./log.ts";
import type { ReflectorMetrics } from "./metrics.ts";
import { MuteError, RelistError, relistReason } from "./relist.ts";
import { type Change, compareResourceVersions, type Indexes, newStore, type StoreReader } from "./store.ts";
import { readWatchEvents, type WatchEvent } from "./watch-stream.ts";

/** What a reflector is made of. */
export interface ReflectorOptions<T extends KubernetesObject> extends Selection {
  readonly client: Pick<ApiClient, "list" | "watch">;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: ReflectorMetrics;
  readonly log: Log;
  readonly resource: Resource;
  /** Tells reflectors of one resource apart in metrics and logs; the plural by default. */
  readonly name?: string;
  readonly indexes?: Indexes<T>;
}

/** The cache of one resource and its changes. */
export interface Reflector<T extends KubernetesObject> {
  readonly name: string;
  readonly resource: Resource;
  readonly selection: Selection;
  readonly store: StoreReader<T>;
  /** Lists and watches until the signal is aborted; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether the first list is in the cache. */
  hasSynced(): boolean;
  /** Whether the cache has heard from the API server within the last minute. */
  isLive(): boolean;
  /** Calls back with each change from now on; a throw is counted and goes no further. Answers how to stop. */
  subscribe(listener: (change: Change<T>) => void): () => void;
  /** Whether everything up to a resourceVersion is in the cache. */
  hasReached(resourceVersion: string): boolean;
  /** Calls back whenever the cache may have come further, also without a change. Answers how to stop. */
  onProgress(listener: () => void): () => void;
  /** Reads one object live into the cache. */
  refresh(key: ObjectKey): Promise<void>;
}

const pageSize = 500;
const backOff = { firstMilliseconds: 800, longestMilliseconds: 30_000 };
/** After so long without trouble the next trouble starts at the first wait again. */
const healthyMilliseconds = 120_000;
/** The API server sends a bookmark every one or two minutes; after this a connection counts as dead. */
const muteMilliseconds = 90_000;
const liveMilliseconds = 60_000;
/** A watch that ends sooner was no watch. */
const shortWatchMilliseconds = 1_000;

/** A reflector of one resource; it does nothing until `run`. */
export function newReflector<T extends KubernetesObject>(options: ReflectorOptions<T>): Reflector<T> {
  return new ListWatchReflector(options);
}

class ListWatchReflector<T extends KubernetesObject> implements Reflector<T> {
  readonly name: string;
  readonly resource: Resource;
  readonly selection: Selection;
  readonly #options: ReflectorOptions<T>;
  readonly #store;
  readonly #listeners = new Set<(change: Change<T>) => void>();
  readonly #progressListeners = new Set<() => void>();
  #synced = false;
  #watching = false;
  #heardAt: number;
  #resourceVersion = "0";
  #mustList = true;
  #failures = 0;
  #mutes = 0;

  constructor(options: ReflectorOptions<T>) {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = options;
    this.#options = options;
    this.name = options.name ?? options.resource.plural;
    this.resource = options.resource;
    this.selection = { namespace, labelSelector, fieldSelector, metadataOnly };
    this.#store = newStore<T>(options.indexes);
    this.#heardAt = options.clock.monotonic();
  }

  get store(): StoreReader<T> {
    return this.#store;
  }

  hasSynced(): boolean {
    return this.#synced;
  }

  isLive(): boolean {
    const silence = this.#options.clock.monotonic() - this.#heardAt;
    return this.#synced && silence < (this.#watching ? muteMilliseconds : liveMilliseconds);
  }

  subscribe(listener: (change: Change<T>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  hasReached(resourceVersion: string): boolean {
    return this.#synced && compareResourceVersions(this.#resourceVersion, resourceVersion) >= 0;
  }

  onProgress(listener: () => void): () => void {
    this.#progressListeners.add(listener);
    return () => this.#progressListeners.delete(listener);
  }

  async refresh(key: ObjectKey): Promise<void> {
    const { client, resource } = this.#options;
    const byName = [this.selection.fieldSelector, `metadata.name=${key.name}`].filter(Boolean).join(",");
    const namespace = resource.namespaced ? key.namespace : undefined;
    const page = await client.list<T>(resource, { ...this.selection, namespace, fieldSelector: byName });
    const live = page.items[0];
    this.#emit(live ? this.#store.put(this.#clean(live)) : this.#store.remove(key));
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedAt = this.#options.clock.monotonic();
      const wait = await this.#once(signal).then(
        () => this.#waitAfterEnd(startedAt),
        (error: unknown) => this.#waitAfterFailure(error, startedAt, signal),
      );
      if (wait > 0) await pause(this.#options.clock, wait, signal);
    }
  }

  async #once(signal: AbortSignal): Promise<void> {
    if (this.#mustList) await this.#listAll(signal);
    await this.#watch(signal);
  }

  async #listAll(signal: AbortSignal): Promise<void> {
    const { client, resource, metrics } = this.#options;
    metrics.countList(this.name);
    const options = { ...this.selection, signal };
    const pages = async (limit: number | undefined) => {
      const items: T[] = [];
      let token: string | undefined;
      for (;;) {
        const more = { ...(limit ? { limit } : {}), ...(token ? { continue: token } : {}) };
        const page = await client.list<T>(resource, { ...options, ...more });
        this.#hear();
        for (const item of page.items) items.push(this.#clean(item));
        token = page.metadata.continue;
        if (!token) return { items, resourceVersion: page.metadata.resourceVersion };
      }
    };
    // A token that expires between pages means that paging is slower than compaction: then all of it in one answer.
    const { items, resourceVersion } = await pages(pageSize).catch((error: unknown) => {
      if (!isExpired(error)) throw error;
      metrics.countRelist(this.name, "ExpiredPage");
      return pages(undefined);
    });
    this.#resourceVersion = resourceVersion;
    this.#mustList = false;
    const changes = this.#store.replaceAll(items);
    this.#synced = true;
    this.#emit(changes);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, clock, random, resource, metrics } = this.#options;
    metrics.countWatch(this.name);
    const timeoutSeconds = Math.round(300 + 300 * random());
    const stream = await client.watch(resource, {
      ...this.selection,
      signal,
      timeoutSeconds,
      resourceVersion: this.#resourceVersion,
    });
    this.#watching = true;
    this.#hear();
    const watchdog = this.#guardSilence(clock, () => stream.destroy(this.#muteError()));
    try {
      for await (const event of readWatchEvents(stream)) this.#take(event);
    } finally {
      watchdog.cancel();
      stream.destroy();
      this.#watching = false;
      this.#hear();
    }
  }

  /** One timer for the whole watch, moved on by what was heard meanwhile. */
  #guardSilence(clock: Clock, onMute: () => void): { cancel(): void } {
    const look = () => {
      const left = muteMilliseconds - (clock.monotonic() - this.#heardAt);
      if (left <= 0) onMute();
      else timer = clock.setTimer(left, look);
    };
    let timer = clock.setTimer(muteMilliseconds, look);
    return { cancel: () => timer.cancel() };
  }

  /** A quiet kind may have no bookmark for two minutes, so the first time only the connection is doubted, then the cache. */
  #muteError(): Error {
    const message = `no event and no bookmark for ${muteMilliseconds / 1000} s`;
    this.#mutes += 1;
    return this.#mutes < 2 ? new MuteError(message) : new RelistError("Mute", message);
  }

  #take(event: WatchEvent): void {
    this.#hear();
    this.#mutes = 0;
    if (event.type === "ERROR") {
      const { code, message, details } = event.object;
      const reason = code === 410 ? "Expired" : "ErrorEvent";
      throw new RelistError(reason, `the watch ended with ${code}: ${message}`, details?.retryAfterSeconds);
    }
    this.#resourceVersion = event.object.metadata.resourceVersion ?? this.#resourceVersion;
    if (event.type === "BOOKMARK") this.#emit([]);
    else if (event.type === "DELETED") this.#emit(this.#store.remove(keyOf(event.object), event.object.metadata.uid));
    else this.#emit(this.#store.put(this.#clean(event.object as T)));
  }

  #hear(): void {
    this.#heardAt = this.#options.clock.monotonic();
  }

  /** Items of a list carry no kind; no reader needs the bookkeeping of field managers. */
  #clean(object: T): T {
    const { managedFields, ...metadata } = object.metadata as T["metadata"] & { managedFields?: unknown };
    const annotations = metadata.annotations as Record<string, string> | undefined;
    if (annotations) delete annotations["kubectl.kubernetes.io/last-applied-configuration"];
    return { ...object, apiVersion: apiVersionOf(this.resource), kind: this.resource.kind, metadata };
  }

  #emit(changes: readonly Change<T>[]): void {
    const { metrics, log } = this.#options;
    for (const change of changes) {
      for (const listener of this.#listeners) {
        try {
          listener(change);
        } catch (error) {
          metrics.countListenerError(this.name);
          log.error({ reflector: this.name, error: messageOf(error) }, "a listener of the cache threw");
        }
      }
    }
    if (changes.length > 0) metrics.setObjects(this.name, this.#store.size());
    for (const listener of this.#progressListeners) listener();
  }

  #waitAfterEnd(startedAt: number): number {
    const lasted = this.#options.clock.monotonic() - startedAt;
    if (lasted >= shortWatchMilliseconds) {
      if (lasted >= healthyMilliseconds) this.#failures = 0;
      return 0;
    }
    return backOffMilliseconds(this.#failures++, backOff, this.#options.random);
  }

  #waitAfterFailure(error: unknown, startedAt: number, signal: AbortSignal): number {
    if (signal.aborted || error instanceof MuteError) return 0;
    const { clock, random, metrics, log } = this.#options;
    if (clock.monotonic() - startedAt >= healthyMilliseconds) this.#failures = 0;
    const reason = relistReason(error);
    if (reason) {
      this.#mustList = true;
      metrics.countRelist(this.name, reason);
    }
    log.warn({ reflector: this.name, relist: reason, error: messageOf(error) }, "watching was interrupted");
    const asked = error instanceof ApiError || error instanceof RelistError ? (error.retryAfterSeconds ?? 0) : 0;
    return Math.max(asked * 1000, backOffMilliseconds(this.#failures++, backOff, random));
  }
}
