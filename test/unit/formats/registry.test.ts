/** Proves what a format costs: a folder of the same files, a line of the registry, a call of the suite, its part of the schema; and that nothing else knows it. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatNames } from "../../../runner/src/formats/registry.ts";

const root = join(import.meta.dirname, "../../..");
const folderOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

test.each(formatNames)("%s has its files, goldens, and its conformance call", (name) => {
  const folder = folderOf(name);
  for (const file of ["config.ts", "renderer.ts", "renderer.test.ts", "testdata"])
    expect([file, existsSync(join(root, "runner/src/formats", folder, file))]).toEqual([file, true]);
  expect(readFileSync(join(root, "test/conformance", `${folder}.test.ts`), "utf8")).toContain("testFormat({");
});

/** Beside its folder and the registry: how users write it, what its settings are once resolved, how they are checked and shown. */
const known = [
  "cli/src/plan-text.ts",
  "crds/src/definition-outputs.ts",
  "crds/src/new-definition-outputs.ts",
  "crds/src/v1alpha1/output-formats.ts",
  "crds/src/v1alpha1/report-outputs.ts",
  "language/src/check-outputs.ts",
  "runner/src/formats/registry.ts",
];
/** What one format needs beyond that: evidence names a policy, sheets name inputs, documents have a check of their own and a schema. */
const further: Readonly<Record<string, readonly string[]>> = {
  csv: ["runner/src/evidence.ts"],
  xlsx: ["language/src/check-inputs.ts"],
  xml: [
    ...["crds/src/report-references.ts", "language/src/check-xml.ts", "runner/src/new-output-files.ts"],
    ...["runner/src/output-companions.ts", "runner/src/rows/section-writers.ts"],
  ],
};

/** Programs about outputs, without comments and texts: what reads answers of an API server or evidence calls something else json. */
const sources = globSync("{crds,language,operator,runner,cli}/src/**/*.ts", { cwd: root })
  .filter((path) => !/\.(test|fixture)\.ts$|^cli\/src\/(commands|verify)\/|^operator\/|evidence-chain/.test(path))
  .map((path) => {
    const text = readFileSync(join(root, path), "utf8").replace(/^\s*(\/\/|\/?\*).*$/gm, "");
    const imports = [...text.matchAll(/from "([^"]*)"/g)].map(([, one]) => one ?? "");
    return { path, imports, text: text.replace(/"[^"\n]*"|`[^`]*`/g, "''") };
  });

/** Whether a program names the member of an output, or imports from the folder of the format. */
function knows({ path, imports, text }: (typeof sources)[number], name: string): boolean {
  const member = new RegExp(`[.{,]\\s*${name}\\b(?!\\()`);
  const isFormat = path.startsWith("runner/src/formats/") && !path.endsWith("registry.ts"); // workbooks are made of XML
  if (!isFormat && member.test(text)) return true;
  return imports.some((one) => /(^|\/)formats\/|^\.\.?\//.test(one) && one.split("/").at(-2) === folderOf(name));
}

test.each(formatNames)("nothing but its folder, the registry and the schema knows %s", (name) => {
  const own = `runner/src/formats/${folderOf(name)}/`;
  const found = sources.filter((one) => !one.path.startsWith(own) && knows(one, name)).map(({ path }) => path);
  const allowed = [...known, ...(further[name] ?? [])];
  expect(found.filter((path) => !allowed.includes(path))).toEqual([]);
  expect(found).toContain("runner/src/formats/registry.ts");
});
