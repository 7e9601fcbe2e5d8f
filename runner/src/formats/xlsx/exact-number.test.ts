/** Proves which numbers a cell keeps: each must come back from a double with all its digits. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { exactNumber } from "./exact-number.ts";

const kept: Record<string, string> = {
  "0": "0",
  "-1.50": "-1.50",
  "999999999999999": "999999999999999",
  "9999999999999.79": "9999999999999.79",
  "-999999999999999": "-999999999999999",
  "0.00000000000000000001": "0.00000000000000000001",
  "12.5000000000000000000": "12.5",
  "120.0000000000000000000": "120",
  "1000000000000000000": "1000000000000000000",
  "0.00000000000000000000": "0",
};
test.each(Object.entries(kept))("keeps %s as %s", (text, expected) => expect(exactNumber(text)).toBe(expected));

const lost = ["9007199254740993", "1234567890.123456", "-0.1234567890123456", "1000000000000000.1", "9999999999999.98"];
test.each(lost)("does not keep %s", (text) => expect(exactNumber(text)).toBeUndefined());

test("whatever is kept comes back from a double", () => {
  const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
  fc.assert(
    fc.property(fc.boolean(), digits(20), digits(20), (minus, whole, fraction) => {
      const text = `${minus ? "-" : ""}${whole.replace(/^0+(?=.)/, "")}.${fraction}`;
      const held = exactNumber(text);
      if (held === undefined) return;
      expect(Number(held).toPrecision(15)).toBe(Number(text).toPrecision(15));
      expect(canonical(Number(held).toPrecision(15))).toBe(canonical(text));
    }),
    { seed: 20260131, numRuns: 2000 },
  );
});

/** Digits and power of ten without zeros around. */
function canonical(text: string): string {
  const [mantissa = "", exponent = "0"] = text.split("e");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const all = whole + fraction;
  const digits = all.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  return significant === "" ? "0" : `${mantissa.startsWith("-") ? "-" : ""}${significant}e${power}`;
}
