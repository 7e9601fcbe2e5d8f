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
  "a time of a day that does not exist": { type: "Timestamp(0)", value: "2026-02-30T10:00:00Z", right: false },
  "an hour that does not exist": { type: "Timestamp(0)", value: "2026-02-03T24:00:00Z", right: false },
  "a minute that does not exist": { type: "Timestamp(0)", value: "2026-02-03T10:60:00Z", right: false },
  "a second that no clock here counts": { type: "Timestamp(0)", value: "2026-12-31T23:59:60Z", right: false },
  "the last moment of a leap day": { type: "Timestamp(3)", value: "2028-02-29T23:59:59.999Z", right: true },
  "a finer fraction than declared": { type: "Timestamp(3)", value: "2026-02-03T10:00:00.1234Z", right: false },
  "closing zeros beyond what is declared": { type: "Timestamp(0)", value: "2026-02-03T10:00:00.000Z", right: true },
  "an exponent": { type: "Decimal(10,2)", value: "1e3", right: false },
  "too many digits": { type: "Decimal(4,2)", value: "123.00", right: false },
  "a word as Boolean": { type: "Boolean", value: "yes", right: false },
};

test.each(Object.entries(values))("judges %s", (_sentence, { type, value, right }) => {
  expect(valueProblem(type, value) === undefined).toBe(right);
});

const canonical: Record<string, { type: string; texts: string[]; value: string }> = {
  "a whole number": { type: "Integer", texts: ["1", "01", "0001"], value: "1" },
  "a number below zero": { type: "Integer", texts: ["-7", "-007"], value: "-7" },
  "a large number": { type: "Integer", texts: ["009007199254740993"], value: "9007199254740993" },
  zero: { type: "Integer", texts: ["0", "-0", "000"], value: "0" },
  "a decimal": { type: "Decimal(10,2)", texts: ["1", "1.0", "1.00", "01.0"], value: "1.00" },
  "a decimal below zero": { type: "Decimal(10,2)", texts: ["-0.5", "-00.50"], value: "-0.50" },
  "a decimal zero": { type: "Decimal(10,2)", texts: ["0", "-0.0", "-0"], value: "0.00" },
  "a decimal without fraction": { type: "Decimal(10,0)", texts: ["10", "010"], value: "10" },
  "a time": {
    type: "Timestamp(6)",
    texts: ["2026-04-01T18:00:00Z", "2026-04-01T18:00:00.000Z"],
    value: "2026-04-01T18:00:00Z",
  },
  "a time with fraction": {
    type: "Timestamp(6)",
    texts: ["2026-04-01T18:00:00.5Z", "2026-04-01T18:00:00.500Z"],
    value: "2026-04-01T18:00:00.5Z",
  },
  "a text": { type: "String", texts: ["01"], value: "01" },
};

test.each(Object.entries(canonical))("has one text for %s, named or default", (_sentence, { type, texts, value }) => {
  for (const text of texts) {
    const wanted = { kind: "Values", values: { one: value } };
    expect(resolveParameters([{ name: "one", type }], { one: text })).toEqual(wanted);
    expect(resolveParameters([{ name: "one", type, default: text }], {})).toEqual(wanted);
  }
});
