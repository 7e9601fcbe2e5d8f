/** Owns how conditions are set and what must always be true of them. Pure. */
import type { Condition, KubernetesObject } from "./kubernetes.ts";

/** A condition before it has a time. */
export type NewCondition = Omit<Condition, "lastTransitionTime">;

/** Sets one condition in a list; `lastTransitionTime` becomes `now` only when the status changed. Returns a new list, in the old order. */
export function setCondition(conditions: readonly Condition[], next: NewCondition, now: string): readonly Condition[] {
  const current = conditions.find((condition) => condition.type === next.type);
  const kept = current?.status === next.status ? current.lastTransitionTime : now;
  const merged: Condition = { ...next, lastTransitionTime: kept };
  return current
    ? conditions.map((condition) => (condition === current ? merged : condition))
    : [...conditions, merged];
}

/** Sets several conditions, one after the other. */
export function setConditions(
  conditions: readonly Condition[],
  next: readonly NewCondition[],
  now: string,
): readonly Condition[] {
  return next.reduce((merged, condition) => setCondition(merged, condition, now), conditions);
}

/** Takes one condition out of a list. */
export function removeCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}

/** The condition of a type. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether a condition is there and True. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === "True";
}

interface Conditioned extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly Condition[]; readonly observedGeneration?: number };
}

const reasonPattern = /^[A-Z][A-Za-z0-9]*$/;
const timestampPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/** What is wrong with the conditions of an object, in sentences; an empty list means nothing. */
export function checkConditions(object: KubernetesObject): readonly string[] {
  const { status, metadata } = object as Conditioned;
  const conditions = status?.conditions ?? [];
  const generation = metadata.generation ?? Number.POSITIVE_INFINITY;
  return [
    ...conditions.flatMap((condition) => checkOne(condition, generation)),
    ...checkTogether(conditions),
    ...((status?.observedGeneration ?? 0) > generation
      ? [`status.observedGeneration ${status?.observedGeneration} is ahead of generation ${generation}`]
      : []),
  ];
}

function checkOne(condition: Condition, generation: number): readonly string[] {
  const name = `condition ${condition.type}`;
  return [
    ...(["True", "False", "Unknown"].includes(condition.status) ? [] : [`${name} has status '${condition.status}'`]),
    ...(reasonPattern.test(condition.reason)
      ? []
      : [`${name} has reason '${condition.reason}', which is not PascalCase`]),
    ...(/\n\s+at /.test(condition.message) ? [`${name} carries a stack in its message`] : []),
    ...(timestampPattern.test(condition.lastTransitionTime) ? [] : [`${name} has no lastTransitionTime`]),
    ...((condition.observedGeneration ?? 0) > generation
      ? [`${name} observed a generation that does not exist yet`]
      : []),
  ];
}

function checkTogether(conditions: readonly Condition[]): readonly string[] {
  const types = conditions.map((condition) => condition.type);
  const twice = types.filter((type, position) => types.indexOf(type) !== position);
  const both = (first: string, second: string) => isTrue(conditions, first) && isTrue(conditions, second);
  return [
    ...twice.map((type) => `condition ${type} is there twice`),
    ...(both("Reconciling", "Stalled") ? ["Reconciling and Stalled are both True"] : []),
    ...(both("Ready", "Stalled") ? ["Ready and Stalled are both True"] : []),
    ...(both("Ready", "Reconciling") ? ["Ready and Reconciling are both True"] : []),
  ];
}
