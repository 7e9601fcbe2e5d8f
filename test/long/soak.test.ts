/** A thousand runs through one operator, with a real runner process for each: what grows with their number is found. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { soak } from "../faults/soak.ts";
import { startWorld, type World } from "../faults/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

test("R0 a thousand runs with real runner processes: as many entries in the ledger, and nothing grows", async () => {
  const { samples, states, filings, files, databaseConnections, secondsPerRun, restarts } = await soak(world, 1_000);
  process.stderr.write(
    `${secondsPerRun.toFixed(2)} s a run, ${restarts} restarts\n${samples.map((one) => JSON.stringify(one)).join("\n")}\n`,
  );
  expect({ states, filings, files, databaseConnections }).toEqual({
    ...{ states: { Completed: 1_000 }, filings: 1_000, files: 1_000 },
    databaseConnections: 0,
  });
  // the first tenth warms up: code is compiled, caches fill, the retention of ended runs begins
  const [warm, last] = [samples[1], samples.at(-1)];
  expect(last?.descriptors).toBeLessThanOrEqual((warm?.descriptors ?? 0) + 8);
  expect(last?.connections).toBeLessThanOrEqual((warm?.connections ?? 0) + 8);
  expect(last?.threads).toBeLessThanOrEqual((warm?.threads ?? 0) + 2);
  expect(last?.residentMiB).toBeLessThanOrEqual((warm?.residentMiB ?? 0) * 1.3 + 20);
});
