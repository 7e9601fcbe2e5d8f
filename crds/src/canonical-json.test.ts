/** Says how values become canonical JSON. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "./canonical-json.ts";

const cases: Record<string, { readonly value: unknown; readonly text: string }> = {
  "sorts keys by code unit, at every depth": {
    value: { b: { d: 1, c: 2 }, a: [{ z: 0, y: 1 }], B: 3 },
    text: '{"B":3,"a":[{"y":1,"z":0}],"b":{"c":2,"d":1}}',
  },
  "keeps the order of lists": { value: [3, 1, 2], text: "[3,1,2]" },
  "leaves out members that are undefined": { value: { a: undefined, b: null }, text: '{"b":null}' },
  "keeps empty objects and lists": { value: { a: {}, b: [] }, text: '{"a":{},"b":[]}' },
  "escapes as JSON does": { value: { 'a"b': "ä\n\u2028" }, text: '{"a\\"b":"ä\\n\u2028"}' },
  "writes keys that look like numbers in text order": { value: { 10: "a", 9: "b" }, text: '{"10":"a","9":"b"}' },
  "writes minus zero as zero": { value: -0, text: "0" },
};

describe("canonical JSON", () => {
  test.each(Object.entries(cases))("%s", (_sentence, { value, text }) => expect(canonicalJson(value)).toBe(text));

  test.each([
    ["not a number", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["a function", () => 1],
    ["undefined", undefined],
    ["a symbol in a list", [Symbol("x")]],
    ["undefined in a list", [undefined]],
    ["a bigint", 1n],
  ])("refuses %s", (_what, value) => expect(() => canonicalJson(value)).toThrow(TypeError));

  test("reads back as the same value, and does not depend on the order of insertion", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
