import { expect, test } from "vitest";
import { median, newMeasure, spreadOf } from "./measure.ts";

const medians: Record<string, readonly [readonly number[], number]> = {
  "the middle one, whatever the order": [[9, 1, 10], 9],
  "the mean of the middle two": [[4, 1, 2, 3], 2.5],
  "the only one": [[7], 7],
};

test.each(Object.entries(medians))("a median is %s", (_sentence, [values, expected]) => {
  expect(median(values)).toBe(expected);
});

test("a spread is the range as a share of the median", () => {
  expect(spreadOf([8, 10, 13])).toBe(0.5);
  expect(spreadOf([3])).toBe(0);
});

test("a measure is the ratio of medians with the wider spread of its sides", () => {
  const of = (reference: readonly number[], candidate: readonly number[]) =>
    newMeasure({ name: "x", unit: "s", information: "", reference, candidate });
  expect(of([2, 2, 2], [5, 6, 9])).toMatchObject({ ratio: 3, spread: 4 / 6 });
  expect(of([1, 2, 3], [6, 6, 6])).toMatchObject({ ratio: 3, spread: 1 });
});
