/** Looks at every version of every object with conditions that an API server ever shows, and says which rule one broke. */
import { isEndState } from "@openreg/crds";
import { Registry } from "prom-client";
import type { ApiClient } from "../../../operator/src/controller/api-client.ts";
import { systemClock } from "../../../operator/src/controller/clock.ts";
import { checkConditions, findCondition } from "../../../operator/src/controller/conditions.ts";
import type { Condition, KubernetesObject, Resource } from "../../../operator/src/controller/kubernetes.ts";
import { silentLog } from "../../../operator/src/controller/log.ts";
import { newMetrics } from "../../../operator/src/controller/metrics.ts";
import { newReflector } from "../../../operator/src/controller/reflector.ts";
import { artifactStores, reportRuns, reports, ruleSets } from "../../../operator/src/resources.ts";

/** An object of ours, as far as its conditions go. */
export interface Conditioned extends KubernetesObject {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly observedGeneration?: number;
    readonly state?: string;
    readonly attempt?: number;
  };
}

/** The kinds that have conditions. */
export const conditionedKinds: readonly Resource[] = [reports, ruleSets, artifactStores, reportRuns];

/** What is wrong with one version of an object, given the one before; in sentences. */
export function brokenRules(before: Conditioned | undefined, after: Conditioned): readonly string[] {
  const known = before?.metadata.uid === after.metadata.uid ? before : undefined;
  return [
    ...checkConditions(after),
    ...(after.kind === "ReportRun" ? runRules(known, after) : standingRules(after)),
    ...transitionRules(known, after),
  ];
}

function standingRules({ status }: Conditioned): readonly string[] {
  if (!status?.observedGeneration) return status?.conditions?.length ? ["status.observedGeneration is not there"] : [];
  return findCondition(status.conditions, "Ready") ? [] : ["it was looked at and has no condition Ready"];
}

function runRules(before: Conditioned | undefined, { status }: Conditioned): readonly string[] {
  if (!status?.state) return [];
  const succeeded = findCondition(status.conditions, "Succeeded");
  const isOver = isEndState(status.state as Parameters<typeof isEndState>[0]);
  const last = findCondition(before?.status?.conditions, "Succeeded");
  const wasOver = last !== undefined && last.status !== "Unknown";
  const isNewAttempt = (status.attempt ?? 0) > (before?.status?.attempt ?? 0);
  return [
    ...(succeeded ? [] : ["a run with a state has no condition Succeeded"]),
    ...(succeeded && isOver === (succeeded.status === "Unknown")
      ? [`a run in ${status.state} has Succeeded ${succeeded.status}`]
      : []),
    ...(succeeded && wasOver && succeeded.status !== last.status && !isNewAttempt
      ? [`Succeeded went from ${last.status} to ${succeeded.status} without another attempt`]
      : []),
    ...(status.observedGeneration === undefined ? ["status.observedGeneration is not there"] : []),
  ];
}

/** The time of a condition says when its status changed, and nothing else. */
function transitionRules(before: Conditioned | undefined, after: Conditioned): readonly string[] {
  return (after.status?.conditions ?? []).flatMap((condition) => {
    const last = findCondition(before?.status?.conditions, condition.type);
    if (!last || last.status !== condition.status || last.lastTransitionTime === condition.lastTransitionTime)
      return [];
    return [`${condition.type} has a new lastTransitionTime, and the status it had`];
  });
}

/** A watch over the whole cluster. */
export interface ConditionWatch {
  /** Each broken rule once, with the object that broke it first. */
  stop(): Promise<readonly string[]>;
}

/** Watches all namespaces until it is stopped; the API server must serve the kinds already. What does not concern it is passed over. */
export function watchConditions(
  client: ApiClient,
  concerns: (object: Conditioned) => boolean = () => true,
): ConditionWatch {
  const stop = new AbortController();
  const broken = new Map<string, string>();
  const deps = { client, clock: systemClock, random: Math.random, metrics: newMetrics(new Registry()), log: silentLog };
  const running = conditionedKinds.map((resource) => {
    const reflector = newReflector<Conditioned>({ ...deps, resource });
    reflector.subscribe(({ before, after }) => {
      if (!after || !concerns(after)) return;
      for (const rule of brokenRules(before, after)) {
        const { namespace, name } = after.metadata;
        const where = `${after.kind} ${namespace}/${name}`;
        if (!broken.has(rule)) broken.set(rule, `${where}: ${rule}\n${JSON.stringify(after.status?.conditions)}`);
      }
    });
    return reflector.run(stop.signal);
  });
  return {
    async stop() {
      stop.abort();
      await Promise.all(running);
      return [...broken.values()];
    },
  };
}
