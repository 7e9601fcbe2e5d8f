/** Fifty runs through one operator: a small twin of the thousand in the long tests. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { soak } from "../../faults/soak.ts";
import { startWorld, type World } from "../../faults/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

test("R0 fifty runs with real runner processes: as many entries in the ledger, nothing left open", {
  timeout: 400_000,
}, async () => {
  const { samples, states, filings, files, databaseConnections, secondsPerRun, restarts } = await soak(world, 50);
  process.stderr.write(
    `${secondsPerRun.toFixed(2)} s a run, ${restarts} restarts\n${samples.map((one) => JSON.stringify(one)).join("\n")}\n`,
  );
  expect({ states, filings, files, databaseConnections }).toEqual({
    ...{ states: { Completed: 50 }, filings: 50, files: 50 },
    databaseConnections: 0,
  });
  const [first, last] = [samples[1], samples.at(-1)];
  expect(last?.descriptors).toBeLessThanOrEqual((first?.descriptors ?? 0) + 8);
  expect(last?.connections).toBeLessThanOrEqual((first?.connections ?? 0) + 8);
});
