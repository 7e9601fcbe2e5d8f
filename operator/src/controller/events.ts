/** Owns the Events people see in `kubectl describe`: equal ones are counted up, floods are cut; nothing automatic depends on them. */
import type { ApiClient } from "./api-client.ts";
import { isNotFound } from "./api-error.ts";
import { type Clock, toTimestamp } from "./clock.ts";
import type { KubernetesObject, Resource } from "./kubernetes.ts";
import { type Log, messageOf } from "./log.ts";
import type { OtherMetrics } from "./metrics.ts";
import { newTokenBucket, type TokenBucket } from "./token-bucket.ts";

/** What happened to an object; `reason` is PascalCase and equals that of the condition, where there is one. */
export interface NewEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** Records events: never throws, never waits. */
export interface EventRecorder {
  record(object: KubernetesObject, event: NewEvent): void;
  /** Resolves when what was recorded so far has been sent or given up. */
  flush(): Promise<void>;
}

/** What a recorder is made of. */
export interface EventRecorderOptions {
  readonly client: Pick<ApiClient, "create" | "mergePatch">;
  readonly clock: Clock;
  readonly metrics: OtherMetrics;
  readonly log: Log;
  /** Who reports, e.g. `openreg-operator`. */
  readonly component: string;
  /** The name of this replica. */
  readonly identity: string;
  /** Whether events may be written now; the leader's are enough. */
  readonly mayWrite?: () => boolean;
}

const events: Resource = { group: "", version: "v1", kind: "Event", plural: "events", namespaced: true };
const longestMessage = 1024;
const forgetAfterMilliseconds = 600_000;
/** client-go's numbers: so many events of one object at once, then one in five minutes. */
const burstPerObject = 25;
const perSecondAndObject = 1 / 300;
/** After so many different messages of one reason they are one event. */
const mostMessagesPerReason = 10;
const longestQueue = 1_000;

interface EventObject extends KubernetesObject {
  readonly count: number;
  readonly [field: string]: unknown;
}

interface Known {
  readonly namespace: string;
  readonly name: string;
  readonly count: number;
  readonly at: number;
}

/** A recorder of core/v1 Events. */
export function newEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new AggregatingRecorder(options);
}

class AggregatingRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #known = new Map<string, Known>();
  readonly #messages = new Map<string, { readonly since: number; readonly different: Set<string> }>();
  readonly #buckets = new Map<string, TokenBucket>();
  #prunedAt = 0;
  #waiting = 0;
  #sequence = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  record(object: KubernetesObject, event: NewEvent): void {
    const { clock, metrics, mayWrite } = this.#options;
    this.#prune(clock.monotonic());
    if (mayWrite?.() === false || this.#waiting >= longestQueue || !this.#bucketOf(object).tryTake()) {
      metrics.countEvent("dropped");
      return;
    }
    this.#waiting += 1;
    this.#last = this.#last.then(() => this.#send(object, this.#combine(object, event)));
  }

  flush(): Promise<void> {
    return this.#last;
  }

  async #send(object: KubernetesObject, event: NewEvent): Promise<void> {
    const { clock, metrics, log } = this.#options;
    const id = [object.metadata.uid, event.type, event.reason, event.message].join("\n");
    try {
      const known = this.#known.get(id);
      const sent = known ? await this.#countUp(known, object, event) : await this.#create(object, event);
      metrics.countEvent(known ? "aggregated" : "created");
      const { namespace = "", name } = sent.metadata;
      this.#known.set(id, { namespace, name, count: sent.count, at: clock.monotonic() });
    } catch (error) {
      metrics.countEvent("failed");
      log.warn(
        { object: object.metadata.name, reason: event.reason, error: messageOf(error) },
        "an event was not recorded",
      );
    } finally {
      this.#waiting -= 1;
    }
  }

  async #countUp(known: Known, object: KubernetesObject, event: NewEvent): Promise<EventObject> {
    const patch = { count: known.count + 1, lastTimestamp: toTimestamp(this.#options.clock.now()) };
    try {
      return await this.#options.client.mergePatch<EventObject>(events, known, patch);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return this.#create(object, event); // events live an hour
    }
  }

  #create(object: KubernetesObject, event: NewEvent): Promise<EventObject> {
    const { client, clock, component, identity } = this.#options;
    const { name, namespace = "default", uid, resourceVersion } = object.metadata;
    const time = toTimestamp(clock.now());
    this.#sequence += 1;
    const suffix = `${clock.now().toString(16)}${this.#sequence.toString(16).padStart(4, "0")}`;
    return client.create<EventObject>(events, {
      apiVersion: "v1",
      kind: "Event",
      metadata: { namespace, name: `${name.slice(0, 220)}.${suffix}` },
      involvedObject: { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid, resourceVersion },
      ...event,
      message: event.message.slice(0, longestMessage),
      source: { component },
      reportingComponent: component,
      reportingInstance: identity.slice(0, 128),
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    });
  }

  /** Many messages of one reason become one event, so that a changing number in a message makes no flood. */
  #combine(object: KubernetesObject, event: NewEvent): NewEvent {
    const id = [object.metadata.uid, event.type, event.reason].join("\n");
    const seen = this.#messages.get(id) ?? { since: this.#options.clock.monotonic(), different: new Set<string>() };
    this.#messages.set(id, seen);
    if (seen.different.size < mostMessagesPerReason) seen.different.add(event.message);
    return seen.different.has(event.message)
      ? event
      : { ...event, message: `(several like) ${[...seen.different][0]}` };
  }

  #bucketOf(object: KubernetesObject): TokenBucket {
    const id = object.metadata.uid ?? object.metadata.name;
    const bucket = this.#buckets.get(id) ?? newTokenBucket(this.#options.clock, perSecondAndObject, burstPerObject);
    this.#buckets.set(id, bucket);
    return bucket;
  }

  #prune(now: number): void {
    if (now - this.#prunedAt < forgetAfterMilliseconds) return;
    this.#prunedAt = now;
    for (const [id, { at }] of this.#known) if (now - at > forgetAfterMilliseconds) this.#known.delete(id);
    for (const [id, { since }] of this.#messages) if (now - since > forgetAfterMilliseconds) this.#messages.delete(id);
    if (this.#buckets.size > 10_000) this.#buckets.clear();
  }
}
