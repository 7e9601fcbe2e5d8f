/** Owns the Lease: who works, who stands by; it saves double work, it is no fence (preconditions on writes are). */
import type { ApiClient } from "./api-client.ts";
import { isConflict } from "./api-error.ts";
import { type Clock, pause, type Random, type Timer, toMicroTime } from "./clock.ts";
import type { KubernetesObject, ObjectKey, Resource } from "./kubernetes.ts";
import { type Log, messageOf } from "./log.ts";
import type { OtherMetrics } from "./metrics.ts";

/** The resource of leases. */
export const leases: Resource = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
};

/** What an election is made of; durations are in milliseconds, by default 10, 7 and 2 seconds. */
export interface LeaderElectionOptions {
  readonly client: Pick<ApiClient, "find" | "create" | "replace">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: OtherMetrics;
  readonly lease: ObjectKey;
  /** Unique per process, also across restarts of one Pod. */
  readonly identity: string;
  readonly leaseMilliseconds?: number;
  readonly renewDeadlineMilliseconds?: number;
  readonly retryMilliseconds?: number;
}

/** One candidate. */
export interface LeaderElection {
  /** Stands for election until leading; resolves false when the signal was aborted first. */
  acquire(signal: AbortSignal): Promise<boolean>;
  /** Renews until the signal is aborted ("Stopped"), or the renew deadline has passed ("Lost"): then the process must end. */
  hold(signal: AbortSignal): Promise<"Stopped" | "Lost">;
  /** Gives the lease up, if held, so that the next one need not wait. */
  release(): Promise<void>;
  /** Whether writes are allowed at this very moment, by the monotonic clock: also right for a process that was paused. */
  mayWrite(): boolean;
}

interface Lease extends KubernetesObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** A candidate that holds nothing yet. */
export function newLeaderElection(options: LeaderElectionOptions): LeaderElection {
  return new LeaseCandidate(options);
}

class LeaseCandidate implements LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #leaseMilliseconds: number;
  readonly #deadlineMilliseconds: number;
  readonly #retryMilliseconds: number;
  /** The lease as last seen, and when it was seen to change, on our own clock: the holder's is not believed. */
  #seen: Lease | undefined;
  #seenAt = 0;
  /** When the last successful renewal was begun; undefined while not leading. */
  #renewedAt: number | undefined;
  /** What was seen last may be out of date. */
  #mustRead = true;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#leaseMilliseconds = options.leaseMilliseconds ?? 10_000;
    this.#deadlineMilliseconds = options.renewDeadlineMilliseconds ?? 7_000;
    this.#retryMilliseconds = options.retryMilliseconds ?? 2_000;
  }

  mayWrite(): boolean {
    return this.#renewedAt !== undefined && this.#sinceRenewal() < this.#deadlineMilliseconds;
  }

  async acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, random, log, lease, identity } = this.#options;
    this.#setLeading(false);
    while (!signal.aborted) {
      if (await this.#try(signal)) {
        this.#setLeading(true);
        log.info({ lease: lease.name, identity }, "leading");
        return true;
      }
      await pause(clock, this.#retryMilliseconds * (1 + random() / 5), signal);
    }
    return false;
  }

  async hold(signal: AbortSignal): Promise<"Stopped" | "Lost"> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const left = this.#deadlineMilliseconds - this.#sinceRenewal();
      if (left <= 0) return this.#lose();
      const wait = this.#mustRead ? this.#retryMilliseconds / 8 : this.#retryMilliseconds; // sooner after a failure
      await pause(clock, Math.min(wait, left), signal);
      if (signal.aborted) break;
      // A process that was paused finds its deadline passed here and must not renew as if nothing had been.
      if (!this.mayWrite()) return this.#lose();
      await this.#try(signal);
      if (this.#renewedAt === undefined) return this.#lose();
    }
    return "Stopped";
  }

  async release(): Promise<void> {
    const { log, lease, clock } = this.#options;
    const held = this.#seen;
    if (!this.mayWrite() || !held) return;
    this.#renewedAt = undefined;
    this.#setLeading(false);
    const spec = { ...held.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: toMicroTime(clock.now()) };
    try {
      await this.#within(undefined, (call) => this.#options.client.replace<Lease>(leases, { ...held, spec }, call));
      log.info({ lease: lease.name }, "released the lease");
    } catch (error) {
      log.warn({ lease: lease.name, error: messageOf(error) }, "the lease was not released and will expire");
    }
  }

  /** One attempt to take or renew the lease. */
  async #try(signal: AbortSignal): Promise<boolean> {
    const { clock, log, lease } = this.#options;
    const begunAt = clock.monotonic();
    try {
      const held = await this.#within(signal, (call) => this.#takeOrRenew(call));
      if (held) this.#renewedAt = begunAt;
      return held;
    } catch (error) {
      this.#mustRead = true;
      if (!isConflict(error))
        log.warn({ lease: lease.name, error: messageOf(error) }, "the lease could not be taken or renewed");
      return false;
    }
  }

  async #takeOrRenew(call: { readonly signal: AbortSignal }): Promise<boolean> {
    const { client, lease, identity } = this.#options;
    if (this.#mustRead || !this.#holds()) {
      const found = await client.find<Lease>(leases, lease, call);
      // A Lease that somebody deleted is still its holder's until it would have expired.
      if (!found && this.#seen && !this.#holds() && !this.#isFree()) return false;
      this.#see(found);
    }
    if (!this.#seen) {
      this.#see(await client.create<Lease>(leases, this.#next(undefined), call));
      this.#mustRead = false;
      return true;
    }
    if (!this.#holds() && !this.#isFree()) {
      if (this.#renewedAt !== undefined) {
        this.#options.log.error(
          { lease: lease.name, holder: this.#seen.spec?.holderIdentity, identity },
          "another one leads",
        );
        this.#renewedAt = undefined;
      }
      return false;
    }
    this.#see(await client.replace<Lease>(leases, this.#next(this.#seen), call));
    this.#mustRead = false;
    return true;
  }

  #holds(): boolean {
    return this.#seen?.spec?.holderIdentity === this.#options.identity;
  }

  /** Free: given up, or unchanged for as long as its holder promised to renew it within. */
  #isFree(): boolean {
    const { holderIdentity, leaseDurationSeconds } = this.#seen?.spec ?? {};
    if (!holderIdentity) return true;
    const duration = leaseDurationSeconds ? leaseDurationSeconds * 1000 : this.#leaseMilliseconds;
    return this.#options.clock.monotonic() - this.#seenAt >= duration;
  }

  #see(lease: Lease | undefined): void {
    const same = lease?.metadata.uid === this.#seen?.metadata.uid;
    if (!same || lease?.metadata.resourceVersion !== this.#seen?.metadata.resourceVersion) {
      this.#seenAt = this.#options.clock.monotonic();
    }
    this.#seen = lease;
  }

  #next(current: Lease | undefined): Lease {
    const { clock, lease, identity } = this.#options;
    const time = toMicroTime(clock.now());
    const isRenewal = current?.spec?.holderIdentity === identity;
    const transitions = current?.spec?.leaseTransitions ?? 0;
    return {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: current?.metadata ?? lease,
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.round(this.#leaseMilliseconds / 1000),
        acquireTime: (isRenewal && current?.spec?.acquireTime) || time,
        renewTime: time,
        leaseTransitions: isRenewal || !current ? transitions : transitions + 1,
      },
    };
  }

  #sinceRenewal(): number {
    return this.#options.clock.monotonic() - (this.#renewedAt ?? Number.NEGATIVE_INFINITY);
  }

  #lose(): "Lost" {
    this.#renewedAt = undefined;
    this.#setLeading(false);
    this.#options.log.error(
      { lease: this.#options.lease.name },
      "the lease was not renewed in time: no write is allowed any more",
    );
    return "Lost";
  }

  #setLeading(leading: boolean): void {
    this.#options.metrics.setLeader(this.#options.lease.name, leading);
  }

  /** A call that hangs must not use up the deadline, nor outlive it. */
  async #within<A>(
    signal: AbortSignal | undefined,
    act: (call: { readonly signal: AbortSignal }) => Promise<A>,
  ): Promise<A> {
    const abort = new AbortController();
    const end = () => abort.abort();
    const left =
      this.#renewedAt === undefined ? this.#deadlineMilliseconds : this.#deadlineMilliseconds - this.#sinceRenewal();
    const timer: Timer = this.#options.clock.setTimer(Math.min(this.#retryMilliseconds, left), end);
    signal?.addEventListener("abort", end);
    try {
      return await act({ signal: abort.signal });
    } finally {
      timer.cancel();
      signal?.removeEventListener("abort", end);
    }
  }
}
