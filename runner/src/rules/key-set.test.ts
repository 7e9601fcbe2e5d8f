/** Says that a set of keys is exact, whatever the keys look like and however many there are. */
import { expect, test } from "vitest";
import { KeySet, type Spill } from "./key-set.ts";

/** Keeps what is spilled in one buffer, and counts how often it is asked. */
function spillInMemory(): Spill & { readonly reads: () => number; readonly bytes: () => number } {
  let kept = Buffer.alloc(0);
  let reads = 0;
  return {
    append: (bytes) => {
      kept = Buffer.concat([kept, bytes]);
      return kept.length - bytes.length;
    },
    read: (at, into) => {
      reads += 1;
      kept.copy(into, 0, at);
    },
    clear: () => {
      kept = Buffer.alloc(0);
    },
    reads: () => reads,
    bytes: () => kept.length,
  };
}

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

test("finds keys again whose texts were spilled, and the first row of each", () => {
  const spill = spillInMemory();
  const set = new KeySet(spill);
  const count = 100_000;
  const keyOf = (row: number) => `${"š".repeat(row % 3)}key of row ${row}`;
  for (let row = 1; row <= count; row++) {
    if (set.add(keyOf(row), row) !== 0) throw new Error(`key ${row} is new`);
    if (row % 1000 === 0) set.spillTo(1 << 20);
  }
  expect(set.textBytes).toBeLessThanOrEqual(1 << 20);
  expect(spill.bytes()).toBeGreaterThanOrEqual(3 << 20);
  expect(spill.reads()).toBeLessThan(10); // only keys of one hash are read while all are new
  for (let row = 1; row <= count; row++) if (set.add(keyOf(row), 0) !== row) throw new Error(`key ${row} is known`);
});

test("tells spilled keys of the same hash apart, also when one is the beginning of the other", () => {
  const [one, other] = collision();
  const set = new KeySet(spillInMemory());
  const long = "x".repeat(2_000_000);
  expect([set.add(one, 1), set.add(other, 2), set.add(long, 3), set.add("behind", 4)]).toEqual([0, 0, 0, 0]);
  set.spillTo(0);
  expect([one, other, long, "behind", long.slice(1)].map((key) => set.add(key, 9))).toEqual([1, 2, 3, 4, 0]);
});

test("tells a spilled text of wide characters from a narrow one of its hash, whatever was read before", () => {
  // found by computing the hash backwards; what is behind the half that a narrow text takes comes from the read before
  const [narrow, wide, before] = ["abcdef", "abc\u04d6\u0444\u0df7", "\u0161bcdef"];
  expect(KeySet.hashOf(wide)).toBe(KeySet.hashOf(narrow));
  const set = new KeySet(spillInMemory());
  expect([wide, before, "x".repeat(1 << 20)].map((key, index) => set.add(key, index + 1))).toEqual([0, 0, 0]);
  set.spillTo(0);
  expect([before, narrow, wide].map((key) => set.add(key, 9))).toEqual([2, 0, 1]);
});

test("takes at most 23 bytes a row in memory when texts are spilled", () => {
  const set = new KeySet(spillInMemory());
  const count = 380_000; // just above where the table grew last: the worst case
  for (let row = 1; row <= count; row++) set.add(`a key of some length ${row}`, row);
  set.spillTo(0);
  expect(set.sizeBytes - (1 << 20)).toBeLessThanOrEqual(23 * count);
});

test("is as good as new when it is cleared after it was spilled", () => {
  const spill = spillInMemory();
  const set = new KeySet(spill);
  for (let row = 1; row <= 60_000; row++) set.add(`key number ${row}`, row);
  set.spillTo(0);
  set.clear();
  expect([set.add("key number 5", 7), set.add("key number 5", 8), set.textBytes]).toEqual([0, 7, 1 << 20]);
  expect(spill.bytes()).toBe(0);
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
