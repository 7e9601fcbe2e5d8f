import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { reportReasons, storeReasons, waitReasons } from "./errors.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const documented = new Set(
  [...readme.slice(readme.indexOf("## Reasons")).matchAll(/`([A-Z][A-Za-z]+)`/g)].map((match) => match[1]),
);

/** Words of that section that are no reasons of ours. */
const others = ["Ready", "ReconcileFailed"];

test("every reason is documented, and nothing else is", () => {
  const reasons = [reportReasons, storeReasons, waitReasons].flatMap((group) => Object.values<string>(group));
  expect([...documented].filter((word) => word !== undefined && !others.includes(word)).toSorted()).toEqual(
    [...new Set(reasons)].toSorted(),
  );
});
