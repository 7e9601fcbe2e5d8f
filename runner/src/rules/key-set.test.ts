/** Says that a set of keys is exact, whatever the keys look like and however many there are. */
import { expect, test } from "vitest";
import { KeySet } from "./key-set.ts";

test("answers the row that brought a key first, and 0 for a new one", () => {
  const set = new KeySet();
  expect(["a", "b", "a", "a", "b", ""].map((key, index) => set.add(key, index + 1))).toEqual([0, 0, 1, 1, 2, 0]);
  expect(set.add("", 9)).toBe(6);
});

test("keeps apart keys that differ only in what is easily lost", () => {
  const keys = [
    "é",
    "e\u0301",
    "\ud83d\ude00",
    "\ud83d",
    "\ufffd",
    "a",
    "a\u0000",
    "\u0161",
    "a".repeat(3_000_000),
    "a".repeat(3_000_001),
  ];
  const set = new KeySet();
  expect(keys.map((key, index) => set.add(key, index + 1))).toEqual(keys.map(() => 0));
  expect(keys.map((key) => set.add(key, 99))).toEqual(keys.map((_, index) => index + 1));
});

test("tells keys of the same hash apart by their texts", () => {
  // found by search: both have the same 32 bits
  const [one, other] = collision();
  const set = new KeySet();
  expect([set.add(one, 1), set.add(other, 2), set.add(one, 3), set.add(other, 4)]).toEqual([0, 0, 1, 2]);
});

test("finds each of many keys again, after it has grown many times", () => {
  const set = new KeySet();
  const count = 200_000;
  for (let row = 1; row <= count; row++) if (set.add(`key ${row}`, row) !== 0) throw new Error(`key ${row} is new`);
  for (let row = 1; row <= count; row++) if (set.add(`key ${row}`, 0) !== row) throw new Error(`key ${row} is known`);
  expect(set.sizeBytes).toBeLessThan(count * 60);
});

test("forgets everything when it is cleared", () => {
  const set = new KeySet();
  for (let row = 1; row <= 10_000; row++) set.add(`key ${row}`, row);
  set.clear();
  expect([set.add("key 5", 7), set.add("key 5", 8)]).toEqual([0, 7]);
});

/** Two texts of one hash: among 200,000 texts there are several pairs, by the birthday paradox. */
function collision(): readonly [string, string] {
  const seen = new Map<number, string>();
  for (let index = 0; ; index++) {
    const key = `k${index}`;
    const before = seen.get(KeySet.hashOf(key));
    if (before !== undefined) return [before, key];
    seen.set(KeySet.hashOf(key), key);
  }
}
