/** The page that tells where answers live is right: each file that documentation names is there, and holds its answer. */
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFile(join(root, path), "utf8");

/** The sentence of the page, and what its file must hold. */
const answers: Record<string, RegExp> = {
  "the rule that refuses two connector kinds": /exactlyOne\(kinds/,
  "what happens when a Pod is evicted": /"Evicted"/,
  "how a Decimal is parsed": /export function decodeDecimal/,
  "the name of a Job": /export function jobNameOf/,
  "which exit code means retry": /retryable: 11/,
};

test.each(Object.entries(answers))("the page names the file of: %s", async (sentence, answer) => {
  const page = await read("docs/architecture.md");
  const [, path] = new RegExp(`\\| ${sentence} \\| \`([^\`]+)\``).exec(page) ?? [];
  expect(path).toBeDefined();
  expect(await read(path as string)).toMatch(answer);
});

test.each([
  "README.md",
  "CONTRIBUTING.md",
  "docs/architecture.md",
  "docs/story-of-one-report.md",
  "docs/installation.md",
])("every path that %s names in full is there", async (page) => {
  const text = await read(page);
  const paths = [
    ...text.matchAll(/`((?:crds|language|operator|runner|cli|charts|test|scripts|examples|docs)\/[\w./-]+)`/g),
  ].map(([, path]) => path as string);
  const links = [...text.matchAll(/\]\(([\w./-]+)\)/g)].map(([, link]) => join(page, "..", link as string));
  const missing: string[] = [];
  for (const path of [...paths, ...links]) await access(join(root, path)).catch(() => missing.push(path));
  expect(missing).toEqual([]);
});
