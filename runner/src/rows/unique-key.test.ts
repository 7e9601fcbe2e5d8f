/** Says that different values give different keys. */
import { expect, test } from "vitest";
import { joinedKey } from "./unique-key.ts";

const different: (readonly (string | null)[])[] = [
  ["a", "b"],
  ["ab", ""],
  ["", "ab"],
  ["a", null],
  [null, "a"],
  ["-", "a"],
  ["a", "-"],
  ["1:a", "b"],
  ["a1:", "b"],
  ["", ""],
];

test("values that differ have keys that differ, null among them", () => {
  expect(new Set(different.map(joinedKey)).size).toBe(different.length);
});

test("a row in which all values are null has no key", () => {
  expect([joinedKey([null]), joinedKey([null, null]), joinedKey([""])]).toEqual([null, null, ""]);
});
