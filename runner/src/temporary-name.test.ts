/** Says that temporary names tell runs, attempts and files apart, however long the name of the file is. */
import { expect, test } from "vitest";
import { temporaryNamesOf } from "./temporary-name.ts";

const uid = "11111111-2222-3333-4444-555555555555";

test("a name is the file's, the run's and the attempt's", () => {
  expect(temporaryNamesOf("trades.csv", uid, ".part").ofAttempt(3)).toBe("trades.csv.11111111-3.part");
});

test("names of the run's attempts are its own, names of others are not", () => {
  const { isLeftover } = temporaryNamesOf("trades.csv", uid, ".part");
  const names = ["trades.csv.11111111-1.part", "trades.csv.22222222-1.part", "trades.csv", "trades.csv.11111111-1.tmp"];
  expect(names.map(isLeftover)).toEqual([true, false, false, false]);
});

test.each([
  ["letters", "x".repeat(200)],
  ["letters of three bytes", "€".repeat(85)],
  ["characters of four bytes", "\u{1f4c8}".repeat(63)],
])(
  "a file name of %s at its longest leaves room, and two that differ at their ends are told apart",
  (_sentence, name) => {
    const suffix = `.${"p".repeat(31)}`;
    const names = ["1", "2"].map((end) =>
      temporaryNamesOf(`${name.slice(0, -2)}${end}`, uid, suffix).ofAttempt(99_999),
    );
    for (const one of names) {
      expect(Buffer.byteLength(one)).toBeLessThanOrEqual(255);
      expect(one.isWellFormed()).toBe(true);
      expect(one.endsWith(`.11111111-99999${suffix}`)).toBe(true);
    }
    expect(names[0]).not.toBe(names[1]);
    expect(temporaryNamesOf(`${name.slice(0, -2)}1`, uid, suffix).isLeftover(names[0] ?? "")).toBe(true);
  },
);
