/** Column types: the forms there are, and what is said about others. */
import { expect, test } from "vitest";
import { isColumnType, parseColumnType } from "./column-type.ts";

const types: Record<string, object> = {
  String: { kind: "String", list: false },
  Integer: { kind: "Integer", list: false },
  Boolean: { kind: "Boolean", list: false },
  Date: { kind: "Date", list: false },
  "Decimal(18,5)": { kind: "Decimal", precision: 18, scale: 5, list: false },
  "Decimal(18, 5)": { kind: "Decimal", precision: 18, scale: 5, list: false },
  "Decimal(76,76)": { kind: "Decimal", precision: 76, scale: 76, list: false },
  "Decimal(1,0)": { kind: "Decimal", precision: 1, scale: 0, list: false },
  "Timestamp(0)": { kind: "Timestamp", digits: 0, list: false },
  "Timestamp(9)": { kind: "Timestamp", digits: 9, list: false },
  Timestamp: { kind: "Timestamp", digits: 6, list: false },
  "String[]": { kind: "String", list: true },
  "Decimal(18,5)[]": { kind: "Decimal", precision: 18, scale: 5, list: true },
};

test.each(Object.entries(types))("%s", (text, expected) => {
  expect(parseColumnType(text)).toEqual(expected);
  expect(isColumnType(text)).toBe(true);
});

const refused: Record<string, string> = {
  Decimal: "'Decimal' is not a column type: a decimal declares its digits and its fraction digits, as in Decimal(18,5)",
  "Decimal(18)":
    "'Decimal(18)' is not a column type: a decimal declares its digits and its fraction digits, as in Decimal(18,5)",
  "Decimal(77,0)": "'Decimal(77,0)' is not a column type: the digits go from 1 to 76",
  "Decimal(0,0)": "'Decimal(0,0)' is not a column type: the digits go from 1 to 76",
  "Decimal(5,6)": "'Decimal(5,6)' is not a column type: there cannot be more fraction digits than digits",
  "Timestamp(10)": "'Timestamp(10)' is not a column type: a timestamp has at most 9 fraction digits",
  "String(5)": "'String(5)' is not a column type: write String without parentheses",
  "Timestamp(1,2)": "'Timestamp(1,2)' is not a column type: Timestamp does not take two numbers",
};
const FORMS = "use String, Integer, Decimal(p,s), Boolean, Date or Timestamp(0..9), with [] for a list";

test.each(Object.entries(refused))("%s is refused", (text, message) => {
  expect(() => parseColumnType(text)).toThrow(message);
  expect(isColumnType(text)).toBe(false);
});

test.each([
  "",
  "string",
  "Text",
  "Decimal(18,5",
  "Decimal(-1,0)",
  "Decimal(1e1,0)",
  " String",
  "String ",
  "String[][]",
  "Decimal(018,5)0",
  "constructor",
  "__proto__",
])("%j is no type", (text) => {
  expect(() => parseColumnType(text)).toThrow(FORMS);
});
