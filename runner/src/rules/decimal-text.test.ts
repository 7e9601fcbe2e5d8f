/** Says that totals and tolerances are compared exactly. */
import { expect, test } from "vitest";
import { decimalOf, decimalTextOf, difference, isFurtherThan } from "./decimal-text.ts";

const texts = [
  "0",
  "-1",
  "0.01",
  "-0.01",
  "99999999999999999999999999999999999999",
  "0.00000000000000000000000000000000000001",
];
test.each(texts)("%s is written as it was read", (text) => {
  expect(decimalTextOf(decimalOf(text))).toBe(text);
});

test.each(["", "1.", ".5", "1e3", "NaN", "+1", "1,5"])("%j is no number", (text) => {
  expect(() => decimalOf(text)).toThrow(RangeError);
});

const apart: { left: string; right: string; tolerance: string; expected: [difference: string, isFurther: boolean] }[] =
  [
    { left: "0.3", right: "0.1", tolerance: "0.2", expected: ["0.2", false] },
    { left: "0.1", right: "0.3", tolerance: "0.19999999999999999999", expected: ["-0.2", true] },
    { left: "12345678901234567890.12", right: "12345678901234567890", tolerance: "0.12", expected: ["0.12", false] },
    { left: "5", right: "5.000", tolerance: "0", expected: ["0.000", false] },
  ];
test.each(apart)("$left and $right against the tolerance $tolerance", ({ left, right, tolerance, expected }) => {
  const found = difference(decimalOf(left), decimalOf(right));
  expect([decimalTextOf(found), isFurtherThan(found, decimalOf(tolerance))]).toEqual(expected);
});
