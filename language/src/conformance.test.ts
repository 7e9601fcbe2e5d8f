/** The conformance tests of CEL: each passes, or is on the list of those refused or different on purpose, with the reason. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { conformanceOutcomes, type Outcome } from "./conformance.fixture.ts";

interface Group {
  readonly because: string;
  readonly tests: readonly string[];
}

const LIST: {
  readonly refused: readonly (Group & { readonly code: string })[];
  readonly different: readonly Group[];
} = JSON.parse(readFileSync(new URL("testdata/conformance.json", import.meta.url), "utf8"));

const outcomes = conformanceOutcomes();

function namesOf(outcome: Outcome["outcome"]): string[] {
  return outcomes
    .filter((one) => one.outcome === outcome)
    .map(({ name, because }) => `${name}: ${because.split(" ")[0]}`);
}

test("the suite is there, and most of what is about our types passes", () => {
  expect(outcomes.length).toBeGreaterThan(1200);
  expect(namesOf("passed").length).toBeGreaterThan(560);
});

test("what is refused is on the list, and what is on the list is refused", () => {
  const listed = LIST.refused.flatMap(({ code, tests }) => tests.map((name) => `${name}: ${code}`));
  expect(namesOf("refused").sort()).toEqual(listed.sort());
});

test("what gives another value is on the list, and what is on the list still does", () => {
  const listed = LIST.different.flatMap(({ tests }) => tests);
  const wrong = outcomes.filter(({ outcome }) => outcome === "wrong");
  const unlisted = wrong
    .filter(({ name }) => !listed.includes(name))
    .map(({ name, expr, because }) => [name, expr, because]);
  expect(unlisted).toEqual([]);
  expect(wrong.map(({ name }) => name).sort()).toEqual([...listed].sort());
});

test("every group has a reason", () => {
  for (const { because, tests } of [...LIST.refused, ...LIST.different]) {
    expect(because.length).toBeGreaterThan(15);
    expect(tests.length).toBeGreaterThan(0);
  }
});
