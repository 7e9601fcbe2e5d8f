/** Says that percents go up with the steps and within them, and are left out where nobody knows. */
import { orderedStates, stepStates } from "@openreg/crds";
import { expect, test } from "vitest";
import { percentOf } from "./percent.ts";

test("goes up from step to step, and within each from its beginning to that of the next", () => {
  const percents = stepStates.flatMap((step) => [0, 1, 2, 3, 4].map((done) => percentOf(step, done, 4) ?? -1));
  expect(percents).toEqual(percents.toSorted((one, other) => one - other));
  expect(percents[0]).toBe(Math.floor((orderedStates.indexOf(stepStates[0]) * 100) / orderedStates.length));
  expect(percents.at(-1)).toBeLessThan(100);
});

test("more than all is all", () => {
  expect(percentOf("Delivering", 9, 4)).toBe(percentOf("Delivering", 4, 4));
});

test("is not known where there is nothing to do", () => {
  expect(percentOf("Delivering", 0, 0)).toBeUndefined();
});
