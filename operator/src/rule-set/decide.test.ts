import { checkRuleSet } from "@openreg/language";
import { expect, test } from "vitest";
import { checkConditions } from "../controller/conditions.ts";
import type { RuleSet } from "../objects.ts";
import { decide } from "./decide.ts";
import { summarize } from "./summarize.ts";

type Rules = RuleSet["spec"]["rules"];

function newRuleSet(rules: Rules, status?: RuleSet["status"]): RuleSet {
  return {
    apiVersion: "openreg.dev/v1alpha1",
    kind: "RuleSet",
    metadata: { name: "shared", namespace: "bank-a", generation: 3 },
    spec: { columns: [{ name: "lei", type: "String", required: true }], rules },
    ...(status && { status }),
  };
}

const right: Rules = [{ id: "R-1", severity: "Warning", assert: "isLEI(row.lei)" }];

const cases: Record<string, { rules: Rules; expected: object }> = {
  "is Ready with right rules": { rules: right, expected: { ready: true, message: "its rule can be used" } },
  "is not Ready with an unknown column, and says where": {
    rules: [{ id: "R-1", severity: "Warning", assert: "isLEI(row.lie)" }],
    expected: {
      ready: false,
      reason: "DefinitionInvalid",
      message: "spec.rules[0].assert 1:11: rule 'R-1': unknown column 'lie' (did you mean 'lei'?)",
    },
  },
  "is not Ready with an id that occurs twice": {
    rules: [...right, ...right],
    expected: { ready: false, message: expect.stringContaining("spec.rules[1].id") },
  },
  "is not Ready with a column in a finding that it does not have": {
    rules: [{ id: "R-1", severity: "Warning", assert: "true", columns: ["isin"] }],
    expected: { ready: false, message: expect.stringContaining("spec.rules[0].columns[0]") },
  },
};

test.each(Object.entries(cases))("%s", (_sentence, { rules, expected }) => {
  const ruleSet = newRuleSet(rules);
  const input = { ruleSet, remarks: checkRuleSet(ruleSet.spec) };
  const decision = decide(input);
  expect(decision).toMatchObject(expected);
  const status = summarize(input, decision, "2026-04-01T12:00:00Z");
  expect(checkConditions({ ...ruleSet, ...{ status } })).toEqual([]);
  expect(status.conditions?.some(({ type }) => type === "Stalled")).toBe(!decision.ready);
});

test("is no longer Stalled when it is repaired", () => {
  const broken = newRuleSet([{ id: "R-1", severity: "Warning", assert: "row.x" }]);
  const remarks = checkRuleSet(broken.spec);
  const stalled = summarize({ ruleSet: broken, remarks }, decide({ ruleSet: broken, remarks }), "2026-04-01T12:00:00Z");
  const repaired = { ruleSet: newRuleSet(right, stalled), remarks: [] };
  const status = summarize(repaired, decide(repaired), "2026-04-01T12:01:00Z");
  expect(status.conditions?.map(({ type, status: value }) => `${type}=${value}`)).toEqual(["Ready=True"]);
});
