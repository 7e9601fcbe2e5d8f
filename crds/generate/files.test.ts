/** Says how generated files are compared with those on disk, and that the committed ones are what the schemas say. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { differenceOf } from "./files.ts";

test("the committed files are what is generated now", () => {
  const { changed, leftOver } = differenceOf(join(import.meta.dirname, "../.."));
  expect(changed.map(({ path }) => path)).toEqual([]);
  expect(leftOver).toEqual([]);
});

describe("a folder", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "openreg-generated-"));
    for (const { path, text } of differenceOf(root).changed) write(path, text);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  test("into which everything was written has no difference", () => {
    expect(differenceOf(root)).toEqual({ changed: [], leftOver: [] });
  });

  test("with an edited CRD has that file to write", () => {
    write("crds/reports.openreg.dev.yaml", "edited");
    expect(differenceOf(root).changed.map(({ path }) => path)).toEqual(["crds/reports.openreg.dev.yaml"]);
  });

  test("with a page that people added to has no difference", () => {
    const page = differenceOf(join(root, "nowhere")).changed.find(({ path }) => path === "docs/spec/report.md");
    write("docs/spec/report.md", `mine\n${page?.text}also mine\n`);
    expect(differenceOf(root)).toEqual({ changed: [], leftOver: [] });
  });

  test("with CRDs of a kind that is gone has files to remove, and leaves files of others alone", () => {
    for (const path of ["crds/olds.openreg.dev.yaml", "charts/openreg/templates/crds/olds.yaml"]) write(path, "old");
    write("crds/package.json", "{}");
    expect(differenceOf(root).leftOver).toEqual([
      "crds/olds.openreg.dev.yaml",
      "charts/openreg/templates/crds/olds.yaml",
    ]);
  });
});
