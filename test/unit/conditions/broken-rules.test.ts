/** The checker that looks at every object of every test with operators finds what it is there for. */
import { expect, test } from "vitest";
import { brokenRules, type Conditioned } from "../../integration/operator/condition-watch.ts";

type Status = NonNullable<Conditioned["status"]>;

const at = (minute: number) => `2026-04-01T12:0${minute}:00Z`;
const condition = (type: string, status: "True" | "False" | "Unknown", minute = 0) => ({
  ...{ type, status, reason: "Reason", message: "", lastTransitionTime: at(minute) },
});
const object = (kind: string, status: Status): Conditioned => ({
  ...{ apiVersion: "openreg.dev/v1alpha1", kind },
  metadata: { name: "x", namespace: "bank-a", uid: "u", generation: 1 },
  status: { observedGeneration: 1, ...status },
});
const report = (status: Status) => object("Report", status);
const run = (status: Status) => object("ReportRun", { attempt: 1, ...status });
const active = run({ state: "FetchingData", conditions: [condition("Succeeded", "Unknown")] });
const failed = run({ state: "Failed", conditions: [condition("Succeeded", "False", 1)] });

const wrong: Record<string, { before?: Conditioned; after: Conditioned; says: string }> = {
  "a Report that was looked at without Ready": { after: report({ conditions: [] }), says: "no condition Ready" },
  "a Report whose conditions speak of no generation": {
    after: report({ observedGeneration: 0, conditions: [condition("Ready", "True")] }),
    says: "observedGeneration is not there",
  },
  "Reconciling and Stalled together": {
    after: report({
      conditions: [condition("Ready", "False"), condition("Reconciling", "True"), condition("Stalled", "True")],
    }),
    says: "Reconciling and Stalled are both True",
  },
  "a run without Succeeded": { after: run({ state: "Pending", conditions: [] }), says: "no condition Succeeded" },
  "an active run that has failed already": {
    after: run({ state: "Delivering", conditions: [condition("Succeeded", "False")] }),
    says: "a run in Delivering has Succeeded False",
  },
  "an ended run that is still open": {
    after: run({ state: "Completed", conditions: [condition("Succeeded", "Unknown")] }),
    says: "a run in Completed has Succeeded Unknown",
  },
  "a run that changes its mind": {
    before: failed,
    after: run({ state: "Completed", conditions: [condition("Succeeded", "True", 2)] }),
    says: "Succeeded went from False to True",
  },
  "a time that moves without its status": {
    before: active,
    after: run({ state: "Delivering", conditions: [condition("Succeeded", "Unknown", 3)] }),
    says: "new lastTransitionTime",
  },
};

test.each(Object.entries(wrong))("C19: finds %s", (_sentence, { before, after, says }) => {
  expect(brokenRules(before, after).join("\n")).toContain(says);
});

test("C19: finds nothing wrong with a run that fails and is tried again", () => {
  expect(brokenRules(undefined, active)).toEqual([]);
  expect(brokenRules(active, failed)).toEqual([]);
  const again = run({ state: "Pending", attempt: 2, conditions: [condition("Succeeded", "Unknown", 2)] });
  expect(brokenRules(failed, again)).toEqual([]);
});
