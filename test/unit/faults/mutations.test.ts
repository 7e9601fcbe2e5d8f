/** Proves that each guard which the long tests take out still stands where they look for it. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { mutations } from "../../faults/mutations.ts";

test.each(mutations.map((mutation) => [mutation.guard, mutation] as const))("%s", async (_guard, mutation) => {
  const { patches, moments = [], plans = [], scenarios = [] } = mutation;
  expect(plans.length + scenarios.length).toBeGreaterThan(0);
  for (const { file, find } of [...moments, ...patches]) {
    const source = await readFile(new URL(`../../../${file}`, import.meta.url), "utf8");
    expect(source.split(find), `${file}: ${find}`).toHaveLength(2);
  }
});
