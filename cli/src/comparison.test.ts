import { expect, test } from "vitest";
import { wideDefinition, wideSpec } from "../../language/src/wide-report.fixture.ts";
import { changesText, compareSections } from "./comparison.ts";
import { definitionSections } from "./definition-sections.ts";

const before = definitionSections(wideDefinition());
const after = (change: Parameters<typeof wideDefinition>[0]) => definitionSections(wideDefinition(change));
const textOf = (change: Parameters<typeof wideDefinition>[0]) => changesText(compareSections(before, after(change)));

test("a definition and itself are the same", () => {
  expect(compareSections(before, after({}))).toEqual([]);
});

test("a definition is different in what was added, removed and changed", () => {
  const rules = wideSpec.validation?.rules ?? [];
  const [first, ...others] = rules;
  const changed = [...others, { id: "new", severity: "Warning", assert: "true" } as const];
  expect(textOf({ timeZone: "UTC", validation: { ...wideSpec.validation, rules: changed } })).toBe(
    `SETTINGS
  ~ timeZone
      "${wideSpec.timeZone}" -> "UTC"

RULES
  - ${first?.id}
  + new`,
  );
});

test("items of a list are told apart by their names", () => {
  const [input, ...others] = wideSpec.inputs;
  const columns = (input?.columns ?? []).filter(({ name }) => name !== "mic");
  const inputs = [{ ...input, columns }, ...others] as typeof wideSpec.inputs;
  const details = compareSections(before, after({ inputs })).flatMap(({ changes }) => changes[0]?.details ?? []);
  expect(details.map(({ path }) => path)).toEqual(["columns[mic]"]);
  expect(details[0]).not.toHaveProperty("after");
});

test("another order is said", () => {
  const rules = (wideSpec.validation?.rules ?? []).toReversed();
  expect(textOf({ validation: { ...wideSpec.validation, rules } })).toBe("RULES\n  the order is another one");
});
