import { expect, test } from "vitest";
import { firstOverlap, isEmptyWindow, overlap } from "./check-window.ts";

const [january, february] = [
  { from: "2026-01-01", until: "2026-02-01" },
  { from: "2026-02-01", until: "2026-03-01" },
];

test("until is the first day on which it no longer holds", () => {
  expect(overlap(january, february)).toBe(false);
  expect(overlap({ ...january, until: "2026-02-02" }, february)).toBe(true);
  expect(isEmptyWindow({ from: "2026-01-01", until: "2026-01-01" })).toBe(true);
  expect(isEmptyWindow({ from: "2026-01-01", until: "2026-01-02" })).toBe(false);
});

test("what is left out is unbounded", () => {
  expect(overlap({}, january)).toBe(true);
  expect(overlap({ until: "2026-01-01" }, january)).toBe(false);
  expect(overlap({ from: "2026-02-01" }, january)).toBe(false);
  expect(isEmptyWindow({})).toBe(false);
});

test.each([
  ["none", [january, february], undefined],
  ["the first two in the order of the list", [february, january, { from: "2026-01-31" }], [1, 2]],
  ["one that holds always", [january, {}], [0, 1]],
])("finds %s", (_what, windows, found) => expect(firstOverlap(windows)).toEqual(found));
