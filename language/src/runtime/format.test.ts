/** Proves that a decimal is written in its one form, whichever way its source wrote it. */
import { expect, test } from "vitest";
import { decodeDecimal } from "./decimal.ts";
import { decimalText, decimalTextOf } from "./format.ts";

// [text, scale, default form]
const cases: readonly (readonly [string, number, string])[] = [
  ["12.50", 2, "12.50"],
  ["12.5", 2, "12.50"],
  ["12", 2, "12.00"],
  ["0.05", 2, "0.05"],
  ["00.05", 2, "0.05"],
  ["007.25", 2, "7.25"],
  ["-007.25", 2, "-7.25"],
  ["-0.05", 2, "-0.05"],
  ["0.00", 2, "0.00"],
  ["-0.00", 2, "0.00"],
  ["-0", 0, "0"],
  ["0", 0, "0"],
  ["00", 0, "0"],
  ["010", 0, "10"],
  ["-10", 0, "-10"],
  ["1234567890123456789012345678.9012345678", 10, "1234567890123456789012345678.9012345678"],
  ["-01234567890123456789012345678.9012345678", 10, "-1234567890123456789012345678.9012345678"],
  ["-0.0000000000000000000000000001", 30, "-0.000000000000000000000000000100"],
  ["-0.0000000000000000000000000000", 28, "0.0000000000000000000000000000"],
];
test.each(cases)("%s at scale %i is written %s", (text, scale, form) => {
  const value = decodeDecimal(text, scale, 38) ?? Number.NaN;
  expect([decimalTextOf(text, value, scale), decimalText(value, scale)]).toEqual([form, form]);
});

test.each([
  ["as many as fit", "99999999999999999999", 20, true],
  ["as many digits and zeros before them", "00099999999999999999999", 20, true],
  ["a digit more", "100000000000000000000", 20, false],
  ["a digit more and zeros before it", "00100000000000000000000", 20, false],
])("digits before the point: %s", (_what, text, digits, fits) => {
  expect(decodeDecimal(text, 0, digits) !== undefined).toBe(fits);
  expect(decodeDecimal(`-${text}.5`, 3, digits) !== undefined).toBe(fits);
});
