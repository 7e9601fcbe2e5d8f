/** Owns what a standing object says while the operator itself cannot go on with it: the API server refuses, a quota is used up. */
import { isTrue, removeCondition, setConditions } from "./controller/conditions.ts";
import type { Failure } from "./controller/failure.ts";
import type { Condition, KubernetesObject, Resource } from "./controller/kubernetes.ts";
import type { ReconcileContext } from "./controller/reconcile-context.ts";
import type { Reflector } from "./controller/reflector.ts";

/** An object with the status that every standing kind has. */
export interface StandingObject extends KubernetesObject {
  readonly status?: {
    readonly observedGeneration?: number | undefined;
    readonly conditions?: readonly Condition[] | undefined;
  };
}

/** Tells failed reconciles in the conditions of their objects. What is Ready for its spec as it is stays so: it works, and an Event tells of the failure. */
export function tellFailures<T extends StandingObject>(
  resource: Resource,
  cache: { in(namespace: string): Reflector<T> },
): (failure: Failure, context: ReconcileContext) => Promise<void> {
  return async (failure, context) => {
    const { key } = failure;
    const object = context.store(cache.in(key.namespace)).get(key);
    const status = object && statusAfterFailure(object, failure, context.now());
    if (!object || !status) return;
    const { apiVersion, kind } = object;
    const { name, namespace = "", resourceVersion = "" } = object.metadata;
    const told = { apiVersion, kind, metadata: { name, namespace, resourceVersion }, status };
    await context.client.applyStatus(resource, told as unknown as KubernetesObject);
  };
}

/** The status that tells of a failure, or undefined when there is nothing to tell. Pure. */
export function statusAfterFailure(
  { metadata, status }: StandingObject,
  { kind, reason, message }: Pick<Failure, "kind" | "reason" | "message">,
  now: string,
): StandingObject["status"] | undefined {
  const before = status?.conditions ?? [];
  if (metadata.deletionTimestamp) return undefined;
  if (status?.observedGeneration === metadata.generation && isTrue(before, "Ready")) return undefined;
  const observedGeneration = metadata.generation ?? 0;
  const observed = { reason, message: message.slice(0, 1024), observedGeneration };
  const also = kind === "Terminal" ? "Stalled" : "Reconciling";
  const others = removeCondition(before, also === "Stalled" ? "Reconciling" : "Stalled");
  const next = [
    { type: "Ready", status: "False" as const, ...observed },
    { type: also, status: "True" as const, ...observed },
  ];
  return { ...status, observedGeneration, conditions: setConditions(others, next, now) };
}
