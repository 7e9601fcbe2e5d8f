/** Proves that the examples are as `openreg lint` wants them: without errors and without warnings. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkManifests } from "../../../cli/src/check-manifests.ts";
import { readPlacedManifests } from "../../../cli/src/manifests.ts";

const examples: Readonly<Record<string, readonly string[]>> = {
  "daily-trades": ["daily-trades"],
  "emir-refit": ["emir-refit", "emir-refit/testdata"],
  "mifir-rts22": ["mifir-rts22", "mifir-rts22/testdata"],
};

test.each(Object.entries(examples))("%s has nothing that lint remarks", async (_name, folders) => {
  const read = await readPlacedManifests(folders.map((one) => join(import.meta.dirname, "../../../examples", one)));
  expect(read.placed.length).toBeGreaterThan(5);
  expect(checkManifests(read)).toEqual([]);
});
