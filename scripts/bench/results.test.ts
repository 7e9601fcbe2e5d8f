import { expect, test } from "vitest";
import { newMeasure } from "./measure.ts";
import { jsonOf, merged, type PartMeasure, type Results, remarksOf, resultsOf, type Section } from "./results.ts";
import { pageWith, tableOf } from "./show-results.ts";

const measure = (part: string, name: string, candidate: readonly number[], limit?: number): PartMeasure => ({
  ...newMeasure({
    ...{ name, unit: "s", reference: [1, 1], candidate, information: "" },
    ...(limit !== undefined && { gate: { limit, side: "AtMost" as const } }),
  }),
  part,
});
const steady = measure("a", "steady", [2, 2]);
const good = measure("b", "good", [2, 2], 2.6);
const bad = measure("b", "bad", [3, 3], 2.6);
const noisy = measure("c", "noisy", [2, 3], 2.6);
const section = (measures: readonly PartMeasure[], facts = { PostgreSQL: "15.18" }): Section => ({
  ...{ name: "data-path", measures, facts },
});
const results = (...measures: readonly PartMeasure[]): Results => ({
  facts: { Node: "v26" },
  sections: [section(measures)],
});

test("what is not met and what cannot be told are remarks, and nothing else is", () => {
  expect(remarksOf(section([steady, good, bad, noisy]))).toEqual([
    "b: bad: is not what it must be",
    expect.stringMatching(/^c: noisy: its rounds lie too far apart/),
  ]);
});

test("JSON holds one line per measure with its verdict, and comes back as it was", () => {
  const all = results(steady, good, bad, noisy);
  const text = jsonOf(all);
  const lines = text.split("\n").filter((line) => line.includes('"ratio"'));
  const verdicts = lines.map((line) => JSON.parse(line.replace(/,$/, "")).verdict);
  expect(verdicts).toEqual(["None", "Pass", "Fail", "Repeat"]);
  expect(resultsOf(text)).toEqual(all);
});

test("a later run of a part replaces that part, and facts that differ are all kept", () => {
  const later: Results = {
    facts: { Node: "v27" },
    sections: [section([measure("b", "new", [1, 1])], { PostgreSQL: "16" })],
  };
  const both = merged(results(steady, good, bad, noisy), later, ["a", "b", "c"]);
  expect(both.facts).toEqual({ Node: "v26; v27" });
  expect(both.sections[0]?.facts).toEqual({ PostgreSQL: "15.18; 16" });
  expect(both.sections[0]?.measures.map(({ name }) => name)).toEqual(["steady", "new", "noisy"]);
  expect(merged(both, later, ["a", "b", "c"])).toEqual(both);
});

test("the table and the page say what a ratio must be and whether it is", () => {
  expect(tableOf(section([bad]))).toMatch(/bad +3\.00x +≤ 2\.6 +spread +0 % +FAIL/);
  expect(pageWith("<!-- data-path:begin --><!-- data-path:end -->", results(measure("d", "a | b", [1])))).toContain(
    "| a \\| b | 1.00x |",
  );
  const page = "above\n<!-- data-path:begin -->\nold\n<!-- data-path:end -->\nbelow\n";
  const text = pageWith(page, results(steady, good));
  expect(text).toContain("| steady | 2.00x |  | 0 % |  |\n| good | 2.00x | ≤ 2.6 | 0 % | pass |");
  expect(text).toContain("Node v26 · PostgreSQL 15.18");
  expect(text).not.toContain("old");
  expect(text.startsWith("above\n")).toBe(true);
  expect(text.endsWith("below\n")).toBe(true);
  expect(pageWith(text, results(steady, good))).toBe(text);
});

test("a page without a place for the section is refused", () => {
  expect(() => pageWith("nothing", results(steady))).toThrow("no place for data-path");
});
