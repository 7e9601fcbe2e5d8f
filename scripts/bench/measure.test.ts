import { expect, test } from "vitest";
import { type Gate, median, newMeasure, spreadOf, type Verdict, verdictOf } from "./measure.ts";

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
  expect(spreadOf([0, 0])).toBe(0);
});

const of = (reference: readonly number[], candidate: readonly number[], gate?: Gate, isSpeed = false) =>
  newMeasure({ name: "x", unit: "s", information: "", reference, candidate, isSpeed, ...(gate && { gate }) });

test("a measure is the ratio of medians with the wider spread of its sides", () => {
  expect(of([2, 2, 2], [5, 6, 9])).toMatchObject({ ratio: 3, spread: 4 / 6 });
  expect(of([1, 2, 3], [6, 6, 6])).toMatchObject({ ratio: 3, spread: 1 });
});

test("a speed is the reference's time over the candidate's", () => {
  expect(of([6, 6, 6], [2, 2, 2], undefined, true).ratio).toBe(3);
});

const verdicts: Record<string, { gate?: Gate; candidate: readonly number[]; expected: Verdict }> = {
  "passes at its least": { gate: { limit: 3, side: "AtLeast" }, candidate: [3], expected: "Pass" },
  "fails below its least": { gate: { limit: 3, side: "AtLeast" }, candidate: [2.99], expected: "Fail" },
  "passes at its most": { gate: { limit: 3, side: "AtMost" }, candidate: [3], expected: "Pass" },
  "fails above its most": { gate: { limit: 3, side: "AtMost" }, candidate: [3.01], expected: "Fail" },
  "fails at what it must stay below": { gate: { limit: 3, side: "Below" }, candidate: [3], expected: "Fail" },
  "passes with rounds 30 % apart": { gate: { limit: 3, side: "AtMost" }, candidate: [0.85, 1, 1.15], expected: "Pass" },
  "is repeated with rounds further apart, however good it is": {
    ...{ gate: { limit: 3, side: "AtMost" }, candidate: [0.84, 1, 1.15], expected: "Repeat" },
  },
  "is repeated with rounds further apart, however bad it is": {
    ...{ gate: { limit: 3, side: "AtLeast" }, candidate: [0.84, 1, 1.15], expected: "Repeat" },
  },
  "has no verdict without a gate": { candidate: [1, 9], expected: "None" },
  "fails when there is no number": { gate: { limit: 3, side: "AtMost" }, candidate: [Number.NaN], expected: "Fail" },
};

test.each(Object.entries(verdicts))("a measure %s", (_sentence, { gate, candidate, expected }) => {
  expect(verdictOf(of([1], candidate, gate))).toBe(expected);
});
