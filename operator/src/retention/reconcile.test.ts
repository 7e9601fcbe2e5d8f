/** Proves what retention removes of a live cluster, and that it looks twice before a version goes. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { reportRuns, reports, reportVersions } from "../resources.ts";
import { version } from "../testdata/inputs.ts";
import { bank, type RunWorld, startRunWorld } from "../testdata/run-world.ts";

let world: RunWorld;
beforeEach(async () => {
  world = await startRunWorld();
});
afterEach(() => world.close());

const unused = { namespace: bank, name: "trades-unused" };

/** A version that nothing refers to. */
function putUnused(): void {
  const { spec } = version.version;
  world.cluster.server.put(reportVersions, { metadata: unused, spec } as never);
}

const isThere = (name = unused.name) =>
  world.cluster.server.get(reportVersions, { namespace: bank, name }) !== undefined;

/** An ended run that is settled already. */
function putSettled(name: string, state: string, change: object = {}): void {
  const labels = { "openreg.dev/settled": "true", "openreg.dev/report": "trades" };
  world.putRun({
    name,
    metadata: { labels, finalizers: [], ...change },
    status: { state, endedAt: `2026-03-31T0${name.at(-1)}:00:00Z` },
  });
}

test("a version that nothing refers to goes hours later, and no sooner", async () => {
  putUnused();
  await world.startOperator();
  await world.pass(3_600);
  expect(isThere()).toBe(true);
  await world.pass(6 * 3_600);
  await world.moving(() => !isThere(), "the version goes");
  expect(isThere(version.version.metadata.name)).toBe(true);
});

test("a version that a run takes meanwhile stays", async () => {
  putUnused();
  await world.startOperator();
  await world.pass(3_600);
  world.putRun({
    spec: { reportVersionRef: { name: unused.name } },
    metadata: { labels: { "openreg.dev/report": "trades" } },
  });
  await world.pass(13 * 3_600);
  expect(isThere()).toBe(true);
});

test("O11 a run that is not archived stays beyond every limit, and goes with an event when it is let go", async () => {
  world.cluster.server.put(reports, {
    metadata: { namespace: bank, name: "trades" },
    spec: { retention: { successfulRuns: 1, failedRuns: 0, otherRuns: 0 } },
  });
  for (const name of ["done-1", "done-2", "done-3"]) putSettled(name, "Completed");
  putSettled("failed-1", "Failed");
  const left = (name: string) => world.cluster.server.get(reportRuns, { namespace: bank, name }) !== undefined;
  await world.startOperator();
  await world.moving(() => !left("failed-1"), "what reached no receiver goes");
  expect(["done-1", "done-2", "done-3"].map(left)).toEqual([true, true, true]);
  world.putRun({ name: "done-1", metadata: { annotations: { "openreg.dev/break-glass": "case 7" } } });
  await world.moving(() => !left("done-1"), "what was let go goes");
  expect(world.events).toContain("BreakGlass: run 'done-1' is removed though it may not be archived: case 7");
  expect([left("done-2"), left("done-3")]).toEqual([true, true]);
});
