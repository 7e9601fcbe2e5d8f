import { expect, test } from "vitest";
import { compileFileNamePattern } from "./file-name-pattern.ts";

const good: Record<string, { pattern: string; fits: string[]; not: string[] }> = {
  "a plain pattern": { pattern: "[A-Z]+_[0-9]{8}\\.csv", fits: ["MIFIR_20260401.csv"], not: ["x_20260401.csv"] },
  "the whole name only": { pattern: "[a-z]+", fits: ["abc"], not: ["abc.csv", "1abc"] },
  "a choice as a whole": { pattern: "a|b", fits: ["a", "b"], not: ["ax", "xb"] },
  "a pattern that is anchored already": { pattern: "^T_.*$", fits: ["T_1.csv"], not: ["XT_1.csv"] },
  anything: { pattern: ".*", fits: ["x.csv"], not: [] },
  "one that a RegExp may take without end for": { pattern: "(a+)+b", fits: ["aab"], not: ["aabb", "a".repeat(64)] },
  "flags for the pattern only": { pattern: "(?im)^t_1$", fits: ["T_1"], not: ["T_1\nx"] },
  "two repeats that cannot be mixed up": { pattern: "[A-Z]+_[0-9]+", fits: ["AB_12"], not: ["AB_12.csv"] },
};

test.each(Object.entries(good))("compiles %s", (_sentence, { pattern, fits, not }) => {
  const compiled = compileFileNamePattern(pattern);
  if ("problem" in compiled) throw new Error(compiled.problem);
  expect(fits.map((name) => compiled.matcher.test(name))).toEqual(fits.map(() => true));
  expect(not.map((name) => compiled.matcher.test(name))).toEqual(not.map(() => false));
});

const bad: Record<string, string> = {
  "a class that is not closed": "[a-z",
  "parentheses that only fit in a group": "a)|(b",
  "one that is too large": "(\\d{1,30}){1,30}",
};

test.each(Object.entries(bad))("refuses %s", (_sentence, pattern) => {
  expect(compileFileNamePattern(pattern)).toMatchObject({ problem: expect.any(String) });
});
