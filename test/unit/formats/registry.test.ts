/** Proves that no format is in the registry without the folder and the conformance call that it needs. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatNames } from "../../../runner/src/formats/registry.ts";

const root = join(import.meta.dirname, "../../..");

test.each(formatNames)("%s has its files, goldens, and its conformance call", (name) => {
  const folder = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  for (const file of ["config.ts", "renderer.ts", "renderer.test.ts", "testdata"])
    expect([file, existsSync(join(root, "runner/src/formats", folder, file))]).toEqual([file, true]);
  expect(readFileSync(join(root, "test/conformance", `${folder}.test.ts`), "utf8")).toContain("testFormat({");
});
