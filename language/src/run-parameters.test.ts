import { expect, test } from "vitest";
import { resolveParameters, valueProblem } from "./run-parameters.ts";

const declared = [
  { name: "lei", type: "String", default: "9999OPENREG000000168" },
  { name: "limit", type: "Decimal(10,2)", required: true },
];

test("takes what the run names and the default of the rest", () => {
  expect(resolveParameters(declared, { limit: "10.50" })).toEqual({
    kind: "Values",
    values: { lei: "9999OPENREG000000168", limit: "10.50" },
  });
});

const problems: Record<string, { given: Record<string, string>; says: string }> = {
  "a required parameter is missing": { given: {}, says: "spec.parameters.limit" },
  "a parameter is unknown": { given: { limit: "1", lie: "x" }, says: "'lie' is not declared" },
  "a value is not of its type": { given: { limit: "1.234" }, says: "more than 2 fraction digits" },
  "a name is one of JavaScript's own": {
    given: { limit: "1", constructor: "x" },
    says: "'constructor' is not declared",
  },
};

test.each(Object.entries(problems))("says that %s", (_sentence, { given, says }) => {
  const resolved = resolveParameters(declared, given);
  expect(resolved).toMatchObject({ kind: "Problem", message: expect.stringContaining(says) });
});

const values: Record<string, { type: string; value: string; right: boolean }> = {
  "a whole number": { type: "Integer", value: "-42", right: true },
  "a number with a point as Integer": { type: "Integer", value: "4.0", right: false },
  "a date that does not exist": { type: "Date", value: "2026-02-30", right: false },
  "a time without zone": { type: "Timestamp(0)", value: "2026-02-03T10:00:00", right: false },
  "an exponent": { type: "Decimal(10,2)", value: "1e3", right: false },
  "too many digits": { type: "Decimal(4,2)", value: "123.00", right: false },
  "a word as Boolean": { type: "Boolean", value: "yes", right: false },
};

test.each(Object.entries(values))("judges %s", (_sentence, { type, value, right }) => {
  expect(valueProblem(type, value) === undefined).toBe(right);
});
