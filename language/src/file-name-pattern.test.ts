import { expect, test } from "vitest";
import { compileFileNamePattern } from "./file-name-pattern.ts";

const good: Record<string, { pattern: string; fits: string[]; not: string[] }> = {
  "a plain pattern": { pattern: "[A-Z]+_[0-9]{8}\\.csv", fits: ["MIFIR_20260401.csv"], not: ["x_20260401.csv"] },
  "the whole name only": { pattern: "[a-z]+", fits: ["abc"], not: ["abc.csv", "1abc"] },
  "a choice as a whole": { pattern: "a|b", fits: ["a", "b"], not: ["ax", "xb"] },
  "a pattern that is anchored already": { pattern: "^T_.*$", fits: ["T_1.csv"], not: ["XT_1.csv"] },
  anything: { pattern: ".*", fits: ["x.csv"], not: [] },
  "two repeats that cannot be mixed up": { pattern: "[A-Z]+_[0-9]+", fits: ["AB_12"], not: ["AB_12.csv"] },
};

test.each(Object.entries(good))("compiles %s", (_sentence, { pattern, fits, not }) => {
  const compiled = compileFileNamePattern(pattern);
  if ("problem" in compiled) throw new Error(compiled.problem);
  expect(fits.map((name) => compiled.regExp.test(name))).toEqual(fits.map(() => true));
  expect(not.map((name) => compiled.regExp.test(name))).toEqual(not.map(() => false));
});

const bad: Record<string, { pattern: string; code: string }> = {
  "a class that is not closed": { pattern: "[a-z", code: "BadPattern" },
  "parentheses that only fit in a group": { pattern: "a)|(b", code: "BadPattern" },
  "one that may take without end": { pattern: "(a+)+b", code: "NotAvailableYet" },
};

test.each(Object.entries(bad))("refuses %s", (_sentence, { pattern, code }) => {
  expect(compileFileNamePattern(pattern)).toMatchObject({ code });
});
