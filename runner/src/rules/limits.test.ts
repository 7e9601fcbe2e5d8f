/** Says that a limit is exceeded by more than it, never by exactly as many. */
import { expect, test } from "vitest";
import { exceededLimits } from "./limits.ts";

const cases: Record<
  string,
  { above: { count?: number; percent?: string }; found: number; fetched: number; exceeded: boolean }
> = {
  "as many as a count": { above: { count: 3 }, found: 3, fetched: 10, exceeded: false },
  "one more than a count": { above: { count: 3 }, found: 4, fetched: 10, exceeded: true },
  "none above a count of none": { above: { count: 0 }, found: 0, fetched: 10, exceeded: false },
  "one above a count of none": { above: { count: 0 }, found: 1, fetched: 10, exceeded: true },
  "exactly a share": { above: { percent: "2" }, found: 20_000, fetched: 1_000_000, exceeded: false },
  "one more than a share": { above: { percent: "2" }, found: 20_001, fetched: 1_000_000, exceeded: true },
  "a third that no fraction of ten holds": { above: { percent: "33.333333" }, found: 1, fetched: 3, exceeded: true },
  "all rows at one hundred percent": { above: { percent: "100" }, found: 7, fetched: 7, exceeded: false },
  "a share of no rows": { above: { percent: "0" }, found: 0, fetched: 0, exceeded: false },
};
test.each(Object.entries(cases))("%s", (_sentence, { above, found, fetched, exceeded }) => {
  const rows = { fetched, ofRule: () => found, ofSeverity: () => 0 };
  expect(exceededLimits([{ rule: "r", above, becomes: "Blocking" }], rows)).toHaveLength(exceeded ? 1 : 0);
});
