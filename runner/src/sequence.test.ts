/** Says that a listing that misses a number is told from a ledger that has lost it. */
import { expect, test } from "vitest";
import { Sequence } from "./sequence.ts";
import { newMemoryStore, type StoredObjects } from "./store/memory.fixture.ts";
import type { Store } from "./store/store.ts";

const identity = {
  ...{ namespace: "demo", series: "trades", mode: "Live" as const },
  ...{ destination: "regulator", name: "files", period: "ever" },
};
const who = { runUID: "1", runName: "one", attempt: 1, at: "2026-04-01T00:00:00Z" };

async function withFive(): Promise<StoredObjects> {
  const objects: StoredObjects = new Map();
  const sequence = new Sequence(newMemoryStore(objects), identity);
  for (const key of ["a", "b", "c", "d", "e"]) {
    const use = { filing: "f", submission: 1, output: "o", part: 1, key };
    await sequence.take(use, who, { above: -1, first: 1, width: 6 });
  }
  return objects;
}

const listingWithout = (store: Store, missed: readonly string[]): Store => ({
  ...store,
  list: async (prefix) => (await store.list(prefix)).filter((name) => !missed.includes(name)),
});

test("a number that the listing misses, and that is there, is no gap", async () => {
  const store = listingWithout(newMemoryStore(await withFive()), ["2-1", "4-1"]);
  expect(await new Sequence(store, identity).range()).toEqual({ lowest: 1, highest: 5 });
});

test("a number that is gone is one, also behind one that the listing misses", async () => {
  const objects = await withFive();
  for (const key of [...objects.keys()]) if (key.endsWith("/4-1")) objects.delete(key);
  const store = listingWithout(newMemoryStore(objects), ["2-1"]);
  await expect(new Sequence(store, identity).range()).rejects.toMatchObject({
    code: "CheckpointCorrupt",
    message: expect.stringContaining("number 4 "),
  });
});
