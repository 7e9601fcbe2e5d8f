/** Owns the keys that wait for a worker: each once, never two workers on one, retries later and later. */
import { type Clock, setTimerAt, type Timer } from "./clock.ts";
import type { QueueMetrics } from "./metrics.ts";
import { newTokenBucket } from "./token-bucket.ts";

/** A queue of keys, as client-go's. A key added while a worker has it is given out again after `done`. */
export interface WorkQueue {
  add(key: string): void;
  /** Adds after a time; an earlier wish for the same key stands. */
  addAfter(key: string, milliseconds: number): void;
  /** Adds when the wall clock gets there; an earlier wish for the same key stands. */
  addAt(key: string, epochMilliseconds: number): void;
  /** Adds after the back-off of this key, but not before `atLeastMilliseconds`; answers the wait. */
  addAfterFailure(key: string, atLeastMilliseconds?: number): number;
  /** The same for a failure that is part of the game, as a conflict is: it takes nothing from the retries of all keys together. */
  addAfterConflict(key: string, atLeastMilliseconds: number): number;
  /** Ends the back-off of a key. */
  forget(key: string): void;
  /** How often a key has failed since it was last forgotten. */
  failures(key: string): number;
  /** The next key, when there is one; undefined once the queue is shut down. */
  take(): Promise<string | undefined>;
  /** The worker has finished with a key it took. */
  done(key: string): void;
  /** Gives out nothing more. */
  shutDown(): void;
  /** Keys that wait for a worker, and milliseconds since the oldest of them could have been taken. */
  backlog(): { readonly depth: number; readonly oldestMilliseconds: number };
}

/** What a queue is made of; the defaults of the back-off are client-go's. */
export interface WorkQueueOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly metrics: QueueMetrics;
  readonly firstBackOffMilliseconds?: number;
  readonly longestBackOffMilliseconds?: number;
  /** All retries of the queue together: so many per second after `retryBurst`. */
  readonly retriesPerSecond?: number;
  readonly retryBurst?: number;
}

/** An empty queue. */
export function newWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new KeyedQueue(options);
}

interface Wish {
  readonly due: number;
  readonly timer: Timer;
}

class KeyedQueue implements WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #ready = new Map<string, number>(); // key → since when, in order
  readonly #working = new Map<string, number>();
  readonly #dirty = new Set<string>(); //         added again while a worker has them
  readonly #later = new Map<string, Wish>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #retries;
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#retries = newTokenBucket(options.clock, options.retriesPerSecond ?? 10, options.retryBurst ?? 100);
  }

  add(key: string): void {
    if (this.#closed || this.#dirty.has(key) || this.#ready.has(key)) return;
    this.#options.metrics.countAdd(this.#options.name);
    if (this.#working.has(key)) {
      this.#dirty.add(key);
      return;
    }
    this.#ready.set(key, this.#options.clock.monotonic());
    this.#giveOut();
  }

  addAfter(key: string, milliseconds: number): void {
    if (milliseconds <= 0) this.add(key);
    else
      this.#wish(key, this.#options.clock.monotonic() + milliseconds, (fire) =>
        this.#options.clock.setTimer(milliseconds, fire),
      );
  }

  addAt(key: string, epochMilliseconds: number): void {
    const { clock } = this.#options;
    const wait = epochMilliseconds - clock.now();
    if (wait <= 0) this.add(key);
    else this.#wish(key, clock.monotonic() + wait, (fire) => setTimerAt(clock, epochMilliseconds, fire));
  }

  addAfterFailure(key: string, atLeastMilliseconds = 0): number {
    return this.#retry(key, Math.max(this.#retries.reserve(), atLeastMilliseconds));
  }

  addAfterConflict(key: string, atLeastMilliseconds: number): number {
    return this.#retry(key, atLeastMilliseconds);
  }

  #retry(key: string, atLeastMilliseconds: number): number {
    const { name, metrics, firstBackOffMilliseconds = 5, longestBackOffMilliseconds = 1_000_000 } = this.#options;
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    metrics.countRetry(name);
    const own = Math.min(longestBackOffMilliseconds, firstBackOffMilliseconds * 2 ** Math.min(failures, 50));
    const wait = Math.max(own, atLeastMilliseconds);
    this.addAfter(key, wait);
    return wait;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  take(): Promise<string | undefined> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve(undefined);
      this.#takers.push(resolve);
      this.#giveOut();
    });
  }

  done(key: string): void {
    const { name, clock, metrics } = this.#options;
    const since = this.#working.get(key);
    if (since === undefined) return;
    this.#working.delete(key);
    metrics.observeWork(name, (clock.monotonic() - since) / 1000);
    if (!this.#dirty.delete(key) || this.#closed) return;
    this.#ready.set(key, clock.monotonic());
    this.#giveOut();
  }

  shutDown(): void {
    this.#closed = true;
    for (const wish of this.#later.values()) wish.timer.cancel();
    this.#later.clear();
    this.#ready.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  backlog(): { readonly depth: number; readonly oldestMilliseconds: number } {
    const [oldest] = this.#ready.values();
    const now = this.#options.clock.monotonic();
    return { depth: this.#ready.size, oldestMilliseconds: oldest === undefined ? 0 : now - oldest };
  }

  #wish(key: string, due: number, set: (fire: () => void) => Timer): void {
    if (this.#closed) return;
    const current = this.#later.get(key);
    if (current && current.due <= due) return;
    current?.timer.cancel();
    const fire = () => {
      this.#later.delete(key);
      this.add(key);
    };
    this.#later.set(key, { due, timer: set(fire) });
  }

  #giveOut(): void {
    const { name, clock, metrics } = this.#options;
    for (const [key, since] of this.#ready) {
      const taker = this.#takers.shift();
      if (!taker) break;
      this.#ready.delete(key);
      this.#working.set(key, clock.monotonic());
      metrics.observeWait(name, (clock.monotonic() - since) / 1000);
      taker(key);
    }
    metrics.setDepth(name, this.#ready.size);
  }
}
