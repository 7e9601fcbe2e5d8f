import { expect, test } from "vitest";
import { checkPathOrder } from "./check-xml-paths.ts";

/** Paths as a list; `?` before one says that it has a condition. */
const paths = (...list: string[]) =>
  list.map((text, index) => ({ at: text.replace("?", ""), path: `[${index}]`, isOptional: text.startsWith("?") }));

const fine: Record<string, string[]> = {
  "elements side by side": ["A", "B", "C"],
  "elements with shared parents": ["A/X", "A/Y", "A/Z/P", "A/Z/Q", "B"],
  "alternatives at one place": ["?A/X", "?A/X", "A/Y"],
  "a name that begins like another": ["A/X", "AB/X", "AB/Y"],
  "the same name below different parents": ["A/Id", "B/Id"],
};
test.each(Object.entries(fine))("accepts %s", (_sentence, list) => expect(checkPathOrder(paths(...list))).toEqual([]));

const wrong: Record<string, { list: string[]; at: string; says: string }> = {
  "a parent that is opened again": { list: ["A/X", "B", "A/Y"], at: "[2]", says: "'A' was closed" },
  "an inner parent that is opened again": { list: ["A/B/X", "A/C", "A/B/Y"], at: "[2]", says: "'A/B' was closed" },
  "an element that is written twice": { list: ["A/X", "A/X"], at: "[1]", says: "'A/X' is written twice" },
  "an alternative to what is always there": { list: ["?A", "A"], at: "[1]", says: "'A' is written twice" },
  "elements below a text": { list: ["A", "A/B"], at: "[1]", says: "'A' would hold both" },
  "a text above elements": { list: ["A/B", "A"], at: "[1]", says: "'A' would hold both" },
};
test.each(Object.entries(wrong))("refuses %s", (_sentence, { list, at, says }) => {
  const found = checkPathOrder(paths(...list));
  expect(found.map(({ path }) => path)).toEqual([at]);
  expect(found[0]?.message).toContain(says);
});
