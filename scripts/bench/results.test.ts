import { expect, test } from "vitest";
import { newMeasure } from "./measure.ts";
import { jsonOf, pageWith, type Results, type Section, warningsOf } from "./results.ts";

const steady = newMeasure({ name: "steady", unit: "s", reference: [1, 1], candidate: [2, 2], information: "" });
const noisy = newMeasure({ name: "noisy", unit: "s", reference: [1, 1], candidate: [2, 3], information: "" });
const section: Section = {
  ...{ name: "data-path", title: "Data path", absences: "Absent: TLS.", facts: { PostgreSQL: "15.18" } },
  measures: [steady, noisy],
};
const results: Results = { facts: { Node: "v26" }, sections: [section] };

test("a measure whose rounds lie far apart is warned of", () => {
  expect(warningsOf(section)).toEqual([expect.stringMatching(/^noisy: the rounds spread by 40 %/)]);
});

test("JSON holds one line per measure, and the facts", () => {
  const text = jsonOf(results);
  expect(JSON.parse(text).facts).toEqual({ Node: "v26", PostgreSQL: "15.18" });
  const lines = text.split("\n").filter((line) => line.includes('"ratio"'));
  expect(lines.map((line) => JSON.parse(line.replace(/,$/, "")).name)).toEqual(["steady", "noisy"]);
});

test("the page gets new numbers in place of the old ones and keeps everything else", () => {
  const page = "above\n<!-- data-path:begin -->\nold\n<!-- data-path:end -->\nbelow\n";
  const text = pageWith(page, results);
  expect(text).toContain("| steady | 2.00x | 0 % |");
  expect(text).toContain("Node v26 · PostgreSQL 15.18");
  expect(text).not.toContain("old");
  expect(text.startsWith("above\n")).toBe(true);
  expect(text.endsWith("below\n")).toBe(true);
  expect(pageWith(text, results)).toBe(text);
});

test("a page without a place for the section is refused", () => {
  expect(() => pageWith("nothing", results)).toThrow("no place for data-path");
});
