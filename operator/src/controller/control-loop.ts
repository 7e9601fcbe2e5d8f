/** Owns the life of the operator: fill the caches, wait to lead, work, stop within the grace period. */
import { type Clock, pause } from "./clock.ts";
import type { Controller } from "./controller.ts";
import type { EventRecorder } from "./events.ts";
import type { KubernetesObject } from "./kubernetes.ts";
import type { LeaderElection } from "./leader-election.ts";
import { type Log, messageOf } from "./log.ts";
import type { Check } from "./probes.ts";
import type { Reflector } from "./reflector.ts";

/** What is run together. */
export interface ControlLoopOptions {
  readonly reflectors: readonly Reflector<KubernetesObject>[];
  readonly controllers: readonly Controller[];
  readonly election: LeaderElection;
  readonly events?: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
  /** How long reconciles that have begun may take to finish after the stop; 25 s of the Pod's 30 by default. */
  readonly graceMilliseconds?: number;
}

/** How it ended: as asked, without the lease, or because workers died; after all but the first the process must exit at once and be started anew. */
export type ControlLoopEnd = "Stopped" | "LeadershipLost" | "WorkersDied";

/** Runs the operator until `stop` is aborted or the lease is lost. */
export async function runControllers(options: ControlLoopOptions, stop: AbortSignal): Promise<ControlLoopEnd> {
  const { reflectors, election, log } = options;
  const stopReflectors = new AbortController();
  const watching = reflectors.map((reflector) => reflector.run(stopReflectors.signal));
  try {
    await untilSynced(reflectors, stop);
    if (stop.aborted) return "Stopped";
    log.info({ reflectors: reflectors.length }, "the caches are filled");
    if (!(await election.acquire(stop))) return "Stopped";
    return await lead(options, stop);
  } finally {
    stopReflectors.abort();
    await Promise.all(watching);
  }
}

/** Works while the lease is held. It is released last, when nothing writes any more. */
async function lead(options: ControlLoopOptions, stop: AbortSignal): Promise<ControlLoopEnd> {
  const { controllers, election, events, clock, log, graceMilliseconds = 25_000 } = options;
  const stopWork = new AbortController();
  const abandonWork = new AbortController();
  const stopHolding = new AbortController();
  const works = controllers.map((controller) => workOf(controller, { stopWork, abandonWork, log }));
  const work = Promise.all(works);
  const held = election.hold(stopHolding.signal);

  const first = await Promise.race([held, whenAborted(stop), ...works]);
  stopWork.abort();
  if (first === "Lost") {
    abandonWork.abort();
    return "LeadershipLost";
  }
  await Promise.race([work, held, pause(clock, graceMilliseconds)]);
  abandonWork.abort();
  await Promise.race([Promise.all([work, events?.flush()]), pause(clock, 1_000)]);
  stopHolding.abort();
  await held;
  await election.release();
  return first === "Ended" ? "WorkersDied" : "Stopped";
}

interface Working {
  readonly stopWork: AbortController;
  readonly abandonWork: AbortController;
  readonly log: Log;
}

/** A controller ends only when it is told to; one that ends by itself takes the program with it, or its kind would lie still. */
async function workOf(controller: Controller, { stopWork, abandonWork, log }: Working): Promise<"Ended"> {
  const why = await controller.run(stopWork.signal, abandonWork.signal).then(() => undefined, messageOf);
  if (!stopWork.signal.aborted) log.error({ controller: controller.name, error: why }, "the workers died");
  return "Ended";
}

/** Checks for /livez: the loop is not stuck. */
export function liveChecks(options: Pick<ControlLoopOptions, "controllers">): Record<string, Check> {
  const stuck = (controller: Controller) => (controller.isStuck() ? "keys wait and no worker takes one" : undefined);
  return Object.fromEntries(options.controllers.map((controller) => [controller.name, () => stuck(controller)]));
}

/** Checks for /readyz: every cache is filled and hears from the API server. */
export function readyChecks(options: Pick<ControlLoopOptions, "reflectors">): Record<string, Check> {
  const behind = (reflector: Reflector<KubernetesObject>) => {
    if (!reflector.hasSynced()) return "not listed yet";
    return reflector.isLive() ? undefined : "not heard from the API server for a minute";
  };
  return Object.fromEntries(options.reflectors.map((reflector) => [reflector.name, () => behind(reflector)]));
}

function untilSynced(reflectors: readonly Reflector<KubernetesObject>[], stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!stop.aborted && !reflectors.every((reflector) => reflector.hasSynced())) return;
      for (const end of ends) end();
      stop.removeEventListener("abort", look);
      resolve();
    };
    const ends = reflectors.map((reflector) => reflector.onProgress(look));
    stop.addEventListener("abort", look);
    look();
  });
}

function whenAborted(signal: AbortSignal): Promise<"Asked"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("Asked");
    signal.addEventListener("abort", () => resolve("Asked"), { once: true });
  });
}
