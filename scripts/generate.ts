/** Writes every file that is generated from the resource model: CRDs, their copies in the chart, the reference, the table of failures. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { differenceOf } from "../crds/generate/files.ts";

const root = join(import.meta.dirname, "..");
const { changed, leftOver } = differenceOf(root);
for (const { path, text } of changed) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}
for (const path of leftOver) {
  rmSync(join(root, path));
  console.log(`removed ${path}`);
}
