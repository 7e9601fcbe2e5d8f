import { expect, test } from "vitest";
import { readText } from "./wide-files.fixture.ts";
import { fieldPath, placeOf } from "./yaml-place.ts";

const text = `# a comment
kind: Report
spec:
  plain: row.a > 1
  quoted: "row.b > 1"
  escaped: "row.\\"c\\" > 1"
  literal: |
    SELECT a,
           b
    FROM t
  folded: >
    one
    two
  list: [{ id: x }, { id: y, "x:y": 1, "x:y.z": row.q }]
`;

const cases: Record<string, { path: string; source: string; at?: [number, number]; place: [number, number] }> = {
  "a plain text": { path: "spec.plain", source: "row.a > 1", at: [1, 5], place: [4, 14] },
  "a quoted text, after its quote": { path: "spec.quoted", source: "row.b > 1", at: [1, 5], place: [5, 16] },
  "a text with escapes, at its begin": { path: "spec.escaped", source: 'row."c" > 1', at: [1, 5], place: [6, 12] },
  "a line of a literal block": {
    path: "spec.literal",
    source: "SELECT a,\n       b\nFROM t\n",
    at: [2, 8],
    place: [9, 12],
  },
  "a folded block, at its begin": { path: "spec.folded", source: "one two\n", at: [1, 5], place: [11, 11] },
  "a text that was made of another, at its begin": { path: "spec.plain", source: "other", at: [1, 3], place: [4, 10] },
  "an item of a list": { path: "spec.list[1].id", source: "y", place: [14, 27] },
  "a key with a colon and a dot": { path: "spec.list[1].x:y.z", source: "row.q", at: [1, 5], place: [14, 53] },
  "a member that is missing, at the key of what lacks it": { path: "spec.quoted.more", source: "", place: [5, 3] },
  "an item that is missing, at the key of the list": { path: "spec.list[7].id", source: "", place: [14, 3] },
  "a hostile name, at what lacks it": { path: "spec.__proto__.constructor", source: "", place: [3, 1] },
  "the object as a whole": { path: "", source: "", place: [2, 1] },
};

test.each(Object.entries(cases))("finds %s", (_sentence, { path, source, at: [line, column] = [1, 1], place }) => {
  const [placed] = readText(text).placed;
  if (!placed) throw new Error("the text holds no object");
  const found = placeOf(placed, { path, source, line, column });
  expect([found.line, found.column]).toEqual(place);
});

test("writes a path as remarks do", () => {
  expect(fieldPath(["spec", "outputs", 2, "csv", "columns", 0, "header"])).toBe(
    "spec.outputs[2].csv.columns[0].header",
  );
});
