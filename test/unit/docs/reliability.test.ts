/** Holds docs/reliability.md to the tests: every row is there, and every test that it names exists under that name. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const page = readFileSync(join(root, "docs/reliability.md"), "utf8");
const rows = page.split("\n").filter((line) => /^\| [RO]\d+ \|/.test(line));
const named = rows.flatMap((row) =>
  [...row.matchAll(/`([\w./-]+\.test\.ts)`: "([^"]+)"/g)].map(([, file = "", title = ""]) => ({ file, title })),
);
const ids = [
  ...Array.from({ length: 32 }, (_, index) => `R${index}`),
  ...Array.from({ length: 11 }, (_, index) => `O${index + 1}`),
];

test("every fault and every order of writes has its row, in order", () => {
  expect(rows.map((row) => row.split("|")[1]?.trim())).toEqual(ids);
});

test("every row names a test, or says why there is none", () => {
  const empty = rows.filter((row) => {
    const [, , , tests = "", why = ""] = row.split("|").map((cell) => cell.trim());
    return tests === "" && why === "";
  });
  expect(empty).toEqual([]);
});

test.each(named)("$file has: $title", ({ file, title }) => {
  expect(readFileSync(join(root, file), "utf8")).toContain(title);
});
