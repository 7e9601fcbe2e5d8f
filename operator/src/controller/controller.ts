/** Owns the loop: takes keys, calls the reconcile of a kind, and turns what it throws into a retry, an event and a condition. */
import type { ApiClient } from "./api-client.ts";
import { isConflict, leastWaitMilliseconds } from "./api-error.ts";
import { type Clock, fromTimestamp, type Random } from "./clock.ts";
import type { EventRecorder } from "./events.ts";
import { type Failure, toFailure } from "./failure.ts";
import { type HotLoopLimits, newHotLoopBreaker } from "./hot-loop-breaker.ts";
import {
  formatKey,
  isSameResource,
  type KubernetesObject,
  type ObjectKey,
  parseKey,
  type ReconcileResult,
} from "./kubernetes.ts";
import { type Log, messageOf } from "./log.ts";
import type { ControllerMetrics, QueueMetrics } from "./metrics.ts";
import { newParking } from "./parking.ts";
import { newRecentWrites } from "./recent-writes.ts";
import { newReconcileContext, type ReadMemory, type ReconcileContext, WriteRefusedError } from "./reconcile-context.ts";
import { newSharedReads } from "./shared-reads.ts";
import type { Change } from "./store.ts";
import { TerminalError } from "./terminal-error.ts";
import { newThrottle } from "./throttle.ts";
import { newTimeLimit } from "./time-limit.ts";
import type { Watch } from "./watching.ts";
import { newWorkQueue, type WorkQueue } from "./work-queue.ts";

/** What a controller is made of. The first watch, and all of the same resource, are of the kind itself: its objects are resynced and carry the events of failures. */
export interface ControllerOptions {
  readonly name: string;
  readonly watches: readonly Watch[];
  reconcile(key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult>;
  /** Writes the condition of a failure. Called for terminal ones at once, for transient ones from the third in a row on. */
  onFailure?(failure: Failure, context: ReconcileContext): Promise<void>;
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: ControllerMetrics & QueueMetrics;
  readonly events?: EventRecorder;
  /** Whether this replica leads; asked before each write. */
  readonly mayWrite: () => boolean;
  readonly workers?: number;
  readonly timeLimitMilliseconds?: number;
  readonly resyncMilliseconds?: number;
  readonly hotLoop?: HotLoopLimits;
}

/** A loop that can be run once. */
export interface Controller {
  readonly name: string;
  /** Works until `stop`, then finishes what it has begun, or abandons it at `abandon`; resolves when no worker is busy. */
  run(stop: AbortSignal, abandon: AbortSignal): Promise<void>;
  /** Wakes a key from outside of the watches. */
  enqueue(key: ObjectKey): void;
  /** Keys wait, and none has been taken for minutes. */
  isStuck(): boolean;
}

/** A controller; it does nothing until `run`. */
export function newController(options: ControllerOptions): Controller {
  return new Loop(options);
}

const firstReportedAttempt = 3;
const conflictMilliseconds = 250;
const stuckMilliseconds = 300_000;

class Loop implements Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #queue: WorkQueue;
  readonly #breaker;
  readonly #memory;
  readonly #parking;
  /** Keys that wait for a person, with what their reconcile had read. */
  readonly #blocked = new Map<string, ReadMemory>();
  #active = 0;

  constructor(options: ControllerOptions) {
    const { name, clock, metrics, watches } = options;
    this.name = name;
    this.#options = options;
    this.#queue = newWorkQueue({ name, clock, metrics });
    this.#breaker = newHotLoopBreaker(clock, options.hotLoop);
    const writes = newRecentWrites([...new Set(watches.map((watch) => watch.reflector))], clock);
    this.#memory = { writes, reads: newSharedReads(clock) };
    this.#parking = newParking(writes, this.#queue, options.log);
  }

  enqueue(key: ObjectKey): void {
    this.#queue.add(formatKey(key));
  }

  isStuck(): boolean {
    const { timeLimitMilliseconds = 60_000 } = this.#options;
    return this.#queue.backlog().oldestMilliseconds > stuckMilliseconds + timeLimitMilliseconds;
  }

  async run(stop: AbortSignal, abandon: AbortSignal): Promise<void> {
    const ends = this.#options.watches.map((watch) => this.#follow(watch));
    const resync = this.#resyncNowAndThen();
    const end = () => {
      for (const unsubscribe of ends) unsubscribe();
      resync.cancel();
      this.#queue.shutDown();
    };
    if (stop.aborted) end();
    stop.addEventListener("abort", end);
    const workers = Array.from({ length: this.#options.workers ?? 4 }, () => this.#work(abandon));
    await Promise.all(workers);
  }

  /** From here on changes wake keys; what is in the cache already does so now. */
  #follow({ reflector, toKeys, matters, throttleMilliseconds }: Watch): () => void {
    const { clock } = this.#options;
    const throttle = throttleMilliseconds ? newThrottle(clock, throttleMilliseconds) : undefined;
    // Each key once: a second add would find the key with a worker already, and count as news.
    const wake = (...objects: readonly (KubernetesObject | undefined)[]) => {
      const keys = objects.flatMap((object) => (object ? toKeys(object) : []));
      for (const key of new Set(keys.map(formatKey))) this.#queue.addAfter(key, throttle?.(key) ?? 0);
    };
    const stop = reflector.subscribe(({ before, after }: Change<KubernetesObject>) => {
      if (before && after && matters?.(before, after) === false) return;
      wake(before, after);
    });
    for (const object of reflector.store.list()) this.#safely(() => wake(object));
    return stop;
  }

  /** The watches of the kind itself; there is more than one where it is watched by namespace or by label. */
  #own(): readonly Watch[] {
    const [first, ...others] = this.#options.watches;
    if (!first) return [];
    return [first, ...others.filter(({ reflector }) => isSameResource(reflector.resource, first.reflector.resource))];
  }

  /** A net under the watches: every object is looked at again, spread over a tenth of the time. */
  #resyncNowAndThen(): { cancel(): void } {
    const { clock, random, resyncMilliseconds = 600_000 } = this.#options;
    const resync = () => {
      this.#breaker.prune();
      for (const { reflector, toKeys } of this.#own().filter((watch) => !watch.reflector.selection.metadataOnly)) {
        for (const object of reflector.store.list()) {
          this.#safely(() => {
            for (const key of toKeys(object))
              this.#queue.addAfter(formatKey(key), random() * (resyncMilliseconds / 10));
          });
        }
      }
      timer = clock.setTimer(resyncMilliseconds, resync);
    };
    let timer = clock.setTimer(resyncMilliseconds, resync);
    return { cancel: () => timer.cancel() };
  }

  #safely(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#options.log.error(
        { controller: this.name, error: messageOf(error) },
        "an object could not be turned into keys",
      );
    }
  }

  async #work(abandon: AbortSignal): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined) return;
      this.#countActive(1);
      try {
        await this.#handle(key, abandon);
      } catch (error) {
        this.#options.log.error({ controller: this.name, key, error: messageOf(error) }, "the loop itself failed");
        this.#queue.addAfterFailure(key);
      } finally {
        this.#countActive(-1);
        this.#queue.done(key);
      }
    }
  }

  #countActive(by: number): void {
    this.#active += by;
    this.#options.metrics.setActiveWorkers(this.name, this.#active);
  }

  async #handle(key: string, abandon: AbortSignal): Promise<void> {
    const blocked = this.#blocked.get(key);
    if (blocked && !blocked.hasMoved()) return;
    this.#blocked.delete(key);
    if (this.#parking.holds(key, abandon)) return;
    const { waitMilliseconds, justOpened } = this.#breaker.admit(key);
    this.#options.metrics.setOpenBreakers(this.name, this.#breaker.openCount());
    if (waitMilliseconds > 0) {
      this.#queue.addAfter(key, waitMilliseconds);
      if (justOpened) await this.#reportHotLoop(key, waitMilliseconds, abandon);
      return;
    }
    await this.#reconcile(key, abandon);
  }

  async #reconcile(key: string, abandon: AbortSignal): Promise<void> {
    const { clock, metrics } = this.#options;
    const startedAt = clock.monotonic();
    const limit = this.#limitTime(abandon);
    const context = this.#contextOf(key, limit.signal);
    let outcome: string;
    try {
      outcome = this.#succeed(key, await limit.race(this.#options.reconcile(parseKey(key), context)));
    } catch (error) {
      outcome = await this.#fail(key, error, context, abandon);
    } finally {
      limit.end();
    }
    metrics.countReconcile(this.name, outcome, (clock.monotonic() - startedAt) / 1000);
  }

  #contextOf(key: string, signal: AbortSignal) {
    const { client, clock, mayWrite } = this.#options;
    return newReconcileContext({ key: parseKey(key), client, clock, mayWrite, signal, ...this.#memory });
  }

  #succeed(key: string, { requeueAt, requeueAfterMilliseconds }: ReconcileResult): string {
    this.#queue.forget(key);
    if (requeueAt !== undefined) this.#queue.addAt(key, fromTimestamp(requeueAt));
    if (requeueAfterMilliseconds !== undefined) this.#queue.addAfter(key, requeueAfterMilliseconds);
    return requeueAt === undefined && requeueAfterMilliseconds === undefined ? "success" : "requeue_after";
  }

  async #fail(key: string, error: unknown, reads: ReadMemory, abandon: AbortSignal): Promise<string> {
    if (abandon.aborted) return "error";
    const isTerminal = error instanceof TerminalError;
    const attempts = this.#queue.failures(key) + 1;
    if (isTerminal) {
      this.#blocked.set(key, reads);
      this.#queue.forget(key);
    }
    const expected = error instanceof WriteRefusedError || (isConflict(error) && attempts <= 5);
    const wait = isTerminal ? undefined : this.#tryLater(key, expected, leastWaitMilliseconds(error));
    const failure = toFailure(parseKey(key), error, attempts, wait);
    if (!expected)
      this.#options.log.warn({ controller: this.name, ...failure, error: undefined, key }, "a reconcile failed");
    if (isTerminal || (!expected && attempts >= firstReportedAttempt)) await this.#report(failure, abandon);
    return isTerminal ? "terminal" : expected ? "conflict" : "error";
  }

  /** The change that was in the way wakes the key when the cache has it; before that every attempt would meet it again. */
  #tryLater(key: string, isExpected: boolean, asked: number): number {
    return isExpected
      ? this.#queue.addAfterConflict(key, conflictMilliseconds)
      : this.#queue.addAfterFailure(key, asked);
  }

  async #reportHotLoop(key: string, waitMilliseconds: number, abandon: AbortSignal): Promise<void> {
    this.#options.metrics.countReconcile(this.name, "hot_loop", 0);
    await this.#report(
      {
        key: parseKey(key),
        kind: "HotLoop",
        reason: "HotLoop",
        message: `reconciled so often that it is held back for ${waitMilliseconds / 1000} s: something changes it without end`,
        attempts: 1,
        retryAfterMilliseconds: waitMilliseconds,
      },
      abandon,
    );
  }

  /** The event of a failure, and whatever the kind writes; what goes wrong here is only logged. */
  async #report(failure: Failure, abandon: AbortSignal): Promise<void> {
    const { events, onFailure, log } = this.#options;
    const object = this.#own().flatMap(({ reflector }) => reflector.store.get(failure.key) ?? [])[0];
    const isNew =
      failure.kind === "Terminal" || failure.kind === "HotLoop" || failure.attempts === firstReportedAttempt;
    if (object && isNew) events?.record(object, { type: "Warning", reason: failure.reason, message: failure.message });
    if (!onFailure) return;
    const limit = this.#limitTime(abandon);
    try {
      await limit.race(onFailure.call(this.#options, failure, this.#contextOf(formatKey(failure.key), limit.signal)));
    } catch (error) {
      log.warn(
        { controller: this.name, key: formatKey(failure.key), error: messageOf(error) },
        "a failure could not be reported",
      );
    } finally {
      limit.end();
    }
  }

  #limitTime(abandon: AbortSignal) {
    const { clock, timeLimitMilliseconds = 60_000 } = this.#options;
    return newTimeLimit(clock, timeLimitMilliseconds, abandon);
  }
}
