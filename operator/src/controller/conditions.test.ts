/** Proves when a condition changes its time, and what is called wrong. */
import { expect, test } from "vitest";
import { checkConditions, findCondition, isTrue, removeCondition, setCondition, setConditions } from "./conditions.ts";
import type { Condition, KubernetesObject } from "./kubernetes.ts";

const noon = "2026-04-01T12:00:00Z";
const later = "2026-04-01T13:00:00Z";
const ready: Condition = { type: "Ready", status: "True", reason: "Resolved", message: "", lastTransitionTime: noon };

test("a new status has a new time, a new reason keeps it", () => {
  const { lastTransitionTime: _time, ...same } = ready;
  expect(setCondition([ready], { ...same, reason: "Other" }, later)).toEqual([{ ...ready, reason: "Other" }]);
  expect(setCondition([ready], { ...same, status: "False" }, later)[0]?.lastTransitionTime).toBe(later);
});

test("conditions keep their order, new ones come last", () => {
  const set = setConditions(
    [ready],
    [
      { type: "Reachable", status: "Unknown", reason: "NotTried", message: "" },
      { type: "Ready", status: "False", reason: "Broken", message: "" },
    ],
    later,
  );
  expect(set.map(({ type }) => type)).toEqual(["Ready", "Reachable"]);
  expect(isTrue(set, "Ready")).toBe(false);
  expect(findCondition(removeCondition(set, "Ready"), "Ready")).toBeUndefined();
});

const condition = (fields: Partial<Condition>): Condition => ({ ...ready, ...fields });
const wrong: Record<string, { readonly conditions: readonly Condition[]; readonly says: string }> = {
  "Reconciling and Stalled together": {
    conditions: [condition({ type: "Reconciling" }), condition({ type: "Stalled" })],
    says: "Reconciling and Stalled are both True",
  },
  "Ready and Stalled together": { conditions: [ready, condition({ type: "Stalled" })], says: "Ready and Stalled" },
  "Ready and Reconciling together": {
    conditions: [ready, condition({ type: "Reconciling" })],
    says: "Ready and Reconciling",
  },
  "a type twice": { conditions: [ready, ready], says: "there twice" },
  "a reason that is not PascalCase": { conditions: [condition({ reason: "not found" })], says: "not PascalCase" },
  "a stack in the message": {
    conditions: [condition({ message: "Error\n    at file.ts:1" })],
    says: "carries a stack",
  },
  "no time": { conditions: [condition({ lastTransitionTime: "" })], says: "no lastTransitionTime" },
  "a generation from the future": { conditions: [condition({ observedGeneration: 3 })], says: "does not exist yet" },
};

const objectWith = (conditions: readonly Condition[]) =>
  ({
    apiVersion: "v1",
    kind: "Report",
    metadata: { name: "r", generation: 2 },
    status: { conditions },
  }) as KubernetesObject;

test.each(Object.entries(wrong))("C19: the checker finds %s", (_sentence, { conditions, says }) => {
  expect(checkConditions(objectWith(conditions)).join("; ")).toContain(says);
});

test("the checker finds nothing wrong with what is right", () => {
  const stalled = condition({ type: "Stalled", observedGeneration: 2 });
  expect(checkConditions(objectWith([condition({ status: "False" }), stalled]))).toEqual([]);
  expect(checkConditions({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } })).toEqual([]);
});
