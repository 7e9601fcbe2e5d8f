/** Says which rules hold on which day, and how severe they are then. */
import type { Definition } from "@openreg/crds";
import { expect, test } from "vitest";
import { effectiveRules, isWithin, ruleDaysOf } from "./effective-rules.ts";

const days = { businessDate: "2026-04-01", submissionDate: "2026-04-02" };

function definitionOf(parts: Partial<Definition>): Definition {
  return { timeZone: "Europe/Berlin", rules: [], fields: [], ...parts } as unknown as Definition;
}

const windows: [from: string | undefined, until: string | undefined, holds: boolean][] = [
  [undefined, undefined, true],
  ["2026-04-01", undefined, true],
  ["2026-04-02", undefined, false],
  [undefined, "2026-04-01", false],
  [undefined, "2026-04-02", true],
  ["2026-04-01", "2026-04-02", true],
];
test.each(windows)("a window from %s until %s holds on 2026-04-01: %s", (from, until, holds) => {
  expect(isWithin("2026-04-01", { from, until })).toBe(holds);
});

test.each([
  ["2026-04-01T21:59:59Z", "2026-04-01"],
  ["2026-04-01T22:00:00Z", "2026-04-02"],
])("a run of %s is submitted on %s in Berlin", (createdAt, day) => {
  expect(ruleDaysOf(definitionOf({}), { businessDate: "2026-04-01", createdAt }).submissionDate).toBe(day);
});

test("the finding of a lookup is weighed like a rule; a disabled one leaves its values null", () => {
  const finding = { id: "known", severity: "Blocking", message: "m" } as const;
  const lookup = { input: "venues", keys: [], onMissing: "Finding", finding } as const;
  const fields = [{ name: "venue", lookup }] as unknown as Definition["fields"];
  const override = { rule: "known", effectiveUntil: "2026-04-02", reason: "agreed" };
  const weighed = (severity: "Warning" | "Disabled", effectiveUntil = override.effectiveUntil) =>
    effectiveRules(definitionOf({ fields, overrides: [{ ...override, severity, effectiveUntil }] }), days).definition
      .fields[0]?.lookup;
  expect(weighed("Warning")).toMatchObject({ onMissing: "Finding", finding: { severity: "Warning" } });
  expect(weighed("Disabled")).toEqual({ input: "venues", keys: [], onMissing: "SetNull" });
  expect(weighed("Disabled", "2026-04-01")).toEqual(lookup);
});
