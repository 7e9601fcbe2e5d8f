/** Proves which names sheets may have, and how continued ones are called. */
import { expect, test } from "vitest";
import { sheetNames, sheetNamesProblem } from "./sheet-name.ts";

const allowed = ["A", "x".repeat(31), "It's", "a (2) b", "(2)", "Ünïcode 株式会社 😀", "__proto__", "Histories"];
test.each(allowed)("allows %j", (name) => expect(sheetNamesProblem([name])).toBeUndefined());

const refused: Record<string, string> = {
  "": "it is empty",
  "  ": "it is empty",
  ["x".repeat(32)]: "31 is the most",
  "a:b": "one of [ ] * ? : / \\",
  "a[1]": "one of",
  "a\\b": "one of",
  "what?": "one of",
  "all*": "one of",
  "'a": "apostrophe",
  "a'": "apostrophe",
  "a\tb": "control character",
  history: "keep it for themselves",
  "Trades (2)": "kept for sheets that continue another",
};
test.each(Object.entries(refused))("refuses %j: %s", (name, reason) =>
  expect(sheetNamesProblem([name])).toContain(reason),
);

const long = "x".repeat(31);
const continued: Record<string, { names: string[]; counts: number[]; expected: string[][] }> = {
  "numbers from two": { names: ["A", "B"], counts: [3, 1], expected: [["A", "A (2)", "A (3)"], ["B"]] },
  "shortens a long name": { names: [long], counts: [2], expected: [[long, `${"x".repeat(27)} (2)`]] },
  "keeps shortened names apart": {
    names: [`${long.slice(1)}1`, `${long.slice(1)}2`],
    counts: [2, 2],
    expected: [
      [`${long.slice(1)}1`, `${"x".repeat(27)} (2)`],
      [`${long.slice(1)}2`, `${"x".repeat(26)} (2)`],
    ],
  },
  "does not cut a pair in two": {
    names: ["😀".repeat(15)],
    counts: [2],
    expected: [["😀".repeat(15), `${"😀".repeat(13)} (2)`]],
  },
};
test.each(Object.entries(continued))("%s", (_sentence, { names, counts, expected }) => {
  expect(sheetNames(names, counts)).toEqual(expected);
});
