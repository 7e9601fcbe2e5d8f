/** Owns the metrics of the runtime, under the names of client-go and controller-runtime where they exist. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What the API client counts. */
export interface ClientMetrics {
  observeCall(verb: string, resource: string, code: string, seconds: number): void;
}

/** What a reflector counts. */
export interface ReflectorMetrics {
  countList(resource: string): void;
  countWatch(resource: string): void;
  /** `reason` is why the cache was listed again: `Expired`, `ErrorEvent`, `Undecodable`, `Mute`, `Failed`. */
  countRelist(resource: string, reason: string): void;
  countListenerError(resource: string): void;
  setObjects(resource: string, count: number): void;
}

/** What a work queue counts. */
export interface QueueMetrics {
  countAdd(name: string): void;
  countRetry(name: string): void;
  setDepth(name: string, depth: number): void;
  observeWait(name: string, seconds: number): void;
  observeWork(name: string, seconds: number): void;
}

/** What a controller counts; `result` is `success`, `requeue_after`, `error`, `conflict`, `terminal` or `hot_loop`. */
export interface ControllerMetrics {
  countReconcile(controller: string, result: string, seconds: number): void;
  setActiveWorkers(controller: string, count: number): void;
  setOpenBreakers(controller: string, count: number): void;
}

/** What the event recorder and the leader election count. */
export interface OtherMetrics {
  countEvent(outcome: "created" | "aggregated" | "dropped" | "failed"): void;
  setLeader(lease: string, leading: boolean): void;
}

/** All metrics of the runtime. */
export type Metrics = ClientMetrics & ReflectorMetrics & QueueMetrics & ControllerMetrics & OtherMetrics;

const seconds = [0.001, 0.005, 0.02, 0.1, 0.5, 1, 5, 15, 30, 60];

/** Registers all metrics of the runtime; once per registry. */
export function newMetrics(registry: Registry): Metrics {
  return {
    ...clientMetrics(registry),
    ...reflectorMetrics(registry),
    ...queueMetrics(registry),
    ...controllerMetrics(registry),
    ...otherMetrics(registry),
  };
}

function clientMetrics(registry: Registry): ClientMetrics {
  const requests = counter(registry, "rest_client_requests_total", "Calls to the API server.", [
    "verb",
    "resource",
    "code",
  ]);
  const duration = histogram(registry, "rest_client_request_duration_seconds", "Time to the answer.", ["verb"]);
  return {
    observeCall(verb, resource, code, time) {
      requests.inc({ verb, resource, code });
      duration.observe({ verb }, time);
    },
  };
}

function reflectorMetrics(registry: Registry): ReflectorMetrics {
  const lists = counter(registry, "reflector_lists_total", "Full lists of a resource.", ["name"]);
  const watches = counter(registry, "reflector_watches_total", "Watches opened.", ["name"]);
  const relists = counter(registry, "openreg_reflector_relists_total", "Why a cache was listed again.", [
    "name",
    "reason",
  ]);
  const faults = counter(registry, "openreg_reflector_listener_errors_total", "Throws of listeners.", ["name"]);
  const objects = gauge(registry, "openreg_reflector_objects", "Objects in the cache.", ["name"]);
  return {
    countList: (name) => lists.inc({ name }),
    countWatch: (name) => watches.inc({ name }),
    countRelist: (name, reason) => relists.inc({ name, reason }),
    countListenerError: (name) => faults.inc({ name }),
    setObjects: (name, count) => objects.set({ name }, count),
  };
}

function queueMetrics(registry: Registry): QueueMetrics {
  const adds = counter(registry, "workqueue_adds_total", "Keys added.", ["name"]);
  const retries = counter(registry, "workqueue_retries_total", "Keys added again after a failure.", ["name"]);
  const depth = gauge(registry, "workqueue_depth", "Keys that wait for a worker.", ["name"]);
  const wait = histogram(registry, "workqueue_queue_duration_seconds", "Time a key waits for a worker.", ["name"]);
  const work = histogram(registry, "workqueue_work_duration_seconds", "Time a key is worked on.", ["name"]);
  return {
    countAdd: (name) => adds.inc({ name }),
    countRetry: (name) => retries.inc({ name }),
    setDepth: (name, count) => depth.set({ name }, count),
    observeWait: (name, time) => wait.observe({ name }, time),
    observeWork: (name, time) => work.observe({ name }, time),
  };
}

function controllerMetrics(registry: Registry): ControllerMetrics {
  const total = counter(registry, "controller_runtime_reconcile_total", "Reconciles by result.", [
    "controller",
    "result",
  ]);
  const errors = counter(registry, "controller_runtime_reconcile_errors_total", "Reconciles that threw.", [
    "controller",
  ]);
  const time = histogram(registry, "controller_runtime_reconcile_time_seconds", "Time of a reconcile.", ["controller"]);
  const active = gauge(registry, "controller_runtime_active_workers", "Workers that are busy.", ["controller"]);
  const open = gauge(
    registry,
    "openreg_hot_loop_breakers_open",
    "Objects held back because they were reconciled without end.",
    ["controller"],
  );
  return {
    countReconcile(controller, result, duration) {
      total.inc({ controller, result });
      if (result === "error" || result === "terminal") errors.inc({ controller });
      time.observe({ controller }, duration);
    },
    setActiveWorkers: (controller, count) => active.set({ controller }, count),
    setOpenBreakers: (controller, count) => open.set({ controller }, count),
  };
}

function otherMetrics(registry: Registry): OtherMetrics {
  const events = counter(registry, "openreg_events_total", "Events recorded, by what became of them.", ["outcome"]);
  const leader = gauge(registry, "leader_election_master_status", "1 while this replica leads.", ["name"]);
  return {
    countEvent: (outcome) => events.inc({ outcome }),
    setLeader: (name, leading) => leader.set({ name }, leading ? 1 : 0),
  };
}

function counter<L extends string>(registry: Registry, name: string, help: string, labelNames: L[]): Counter<L> {
  return new Counter({ name, help, labelNames, registers: [registry] });
}

function gauge<L extends string>(registry: Registry, name: string, help: string, labelNames: L[]): Gauge<L> {
  return new Gauge({ name, help, labelNames, registers: [registry] });
}

function histogram<L extends string>(registry: Registry, name: string, help: string, labelNames: L[]): Histogram<L> {
  return new Histogram({ name, help, labelNames, buckets: seconds, registers: [registry] });
}
