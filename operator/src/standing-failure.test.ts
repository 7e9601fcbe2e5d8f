import { expect, test } from "vitest";
import { checkConditions } from "./controller/conditions.ts";
import { type StandingObject, statusAfterFailure } from "./standing-failure.ts";

const now = "2026-04-01T12:00:00Z";
const failed = { kind: "Transient", reason: "ReconcileFailed", message: "etcdserver: request timed out" } as const;
const condition = (type: string, status: "True" | "False") => ({
  type,
  status,
  reason: "Known",
  message: "",
  lastTransitionTime: now,
});
const objectWith = (status?: StandingObject["status"], change: object = {}): StandingObject => ({
  apiVersion: "openreg.dev/v1alpha1",
  kind: "Report",
  metadata: { name: "trades", generation: 2, ...change },
  ...(status && { status }),
});

const told: Record<string, { given: StandingObject; kind?: "Terminal"; expected: readonly string[] }> = {
  "a new object is not Ready, and is tried again": {
    given: objectWith(),
    expected: ["Ready=False", "Reconciling=True"],
  },
  "a changed object is not Ready, though it was": {
    given: objectWith({ observedGeneration: 1, conditions: [condition("Ready", "True")] }),
    expected: ["Ready=False", "Reconciling=True"],
  },
  "what a person has to mend is Stalled": {
    given: objectWith({
      observedGeneration: 2,
      conditions: [condition("Ready", "False"), condition("Reconciling", "True")],
    }),
    kind: "Terminal",
    expected: ["Ready=False", "Stalled=True"],
  },
  "what was Stalled and is tried again is not Stalled any more": {
    given: objectWith({
      observedGeneration: 2,
      conditions: [condition("Ready", "False"), condition("Stalled", "True")],
    }),
    expected: ["Ready=False", "Reconciling=True"],
  },
};

test.each(Object.entries(told))("C7 %s", (_sentence, { given, kind = failed.kind, expected }) => {
  const status = statusAfterFailure(given, { ...failed, kind }, now);
  expect(status?.conditions?.map((one) => `${one.type}=${one.status}`).toSorted()).toEqual(expected);
  expect(status?.conditions?.[0]).toMatchObject({ reason: "ReconcileFailed", message: failed.message });
  expect(checkConditions({ ...given, ...{ status } })).toEqual([]);
});

test("what works goes on working: a failure of the operator does not make it unready", () => {
  const given = objectWith({ observedGeneration: 2, conditions: [condition("Ready", "True")] });
  expect(statusAfterFailure(given, failed, now)).toBeUndefined();
  expect(statusAfterFailure(objectWith(undefined, { deletionTimestamp: now }), failed, now)).toBeUndefined();
});
