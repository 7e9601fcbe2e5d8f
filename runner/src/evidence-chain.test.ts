/** Proves that evidence of a series is one chain, whatever order runs end in and wherever they die. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { appendEvidence, noteStart } from "./evidence-chain.ts";
import { ledgerKeys } from "./store/keys.ts";
import { newMemoryStore, type StoredObjects, type StoreGate } from "./store/memory.fixture.ts";

const chain = { namespace: "demo", series: "trades", mode: "Live" } as const;
class Died extends Error {}

interface Proving {
  readonly runUID: string;
  readonly said: string;
  readonly gate?: StoreGate;
}

async function prove(objects: StoredObjects, { runUID, said, gate }: Proving) {
  const store = newMemoryStore(objects, gate);
  const above = await noteStart(store, chain, `runs/${runUID}/chain.json`);
  const at = (place: object) => ({ run: { uid: runUID }, said, chain: place });
  const isStillTrue = (earlier: object) => (earlier as { said?: string }).said === said;
  return appendEvidence(store, { chain, runUID, above, at, isStillTrue, prepare: async () => {} });
}

interface Link {
  readonly run: { readonly uid: string };
  readonly said: string;
  readonly chain: { readonly number: number; readonly previous: string | null };
}

/** The links in order, after checking that each names the one before it. */
function linksOf(objects: StoredObjects): readonly Link[] {
  const links: Link[] = [];
  let previous: string | null = null;
  for (let number = 1; ; number += 1) {
    const bytes = objects.get(ledgerKeys.link(chain, number));
    if (!bytes) break;
    const link = JSON.parse(Buffer.from(bytes).toString()) as Link;
    expect(link.chain).toEqual({ number, previous });
    previous = createHash("sha256").update(bytes).digest("hex");
    links.push(link);
  }
  expect([...objects.keys()].filter((key) => key.startsWith("evidence/")).length).toBe(links.length);
  return links;
}

const dying = (at: number, between: StoreGate): StoreGate => {
  let count = 0;
  return async (...moment) => {
    await between(...moment);
    count += 1;
    if (count === at) throw new Died();
  };
};

test("runs that end at the same time in any interleaving, and die anywhere, make one chain with each run once", async () => {
  const runs = fc.array(fc.option(fc.integer({ min: 1, max: 20 })), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(runs, fc.scheduler(), async (deaths, scheduler) => {
      const objects: StoredObjects = new Map();
      const between: StoreGate = (_moment, call, key) => scheduler.schedule(Promise.resolve(), `${call} ${key}`);
      const proving = deaths.map(async (death, index) => {
        const one = { runUID: `run-${index}`, said: "delivered" };
        const first = prove(objects, { ...one, gate: death === null ? between : dying(death, between) });
        const reported = await first.catch((error: unknown) => {
          if (error instanceof Died) return prove(objects, { ...one, gate: between }); // the next attempt
          throw error;
        });
        expect(JSON.parse(Buffer.from(reported.bytes).toString()).run.uid).toBe(one.runUID);
        return reported.key;
      });
      const keys = await scheduler.waitFor(Promise.all(proving));
      expect(new Set(keys).size).toBe(deaths.length);
      const uids = linksOf(objects).map(({ run }) => run.uid);
      expect(uids.toSorted()).toEqual(deaths.map((_, index) => `run-${index}`).toSorted());
    }),
    { numRuns: 500 },
  );
});

test("a run that has more to prove later adds a link, and leaves the earlier one as it is", async () => {
  const objects: StoredObjects = new Map();
  await prove(objects, { runUID: "a", said: "one of two delivered" });
  await prove(objects, { runUID: "b", said: "delivered" });
  await prove(objects, { runUID: "a", said: "both delivered" });
  await prove(objects, { runUID: "a", said: "both delivered" });
  expect(linksOf(objects).map(({ said }) => said)).toEqual(["one of two delivered", "delivered", "both delivered"]);
});

test("adds nothing once the run is another Pod's", async () => {
  const objects: StoredObjects = new Map();
  const store = newMemoryStore(objects);
  const entry = { chain, runUID: "a", above: 0, at: () => ({}), isStillTrue: () => true };
  const prepare = async () => Promise.reject(new Died());
  await expect(appendEvidence(store, { ...entry, prepare })).rejects.toThrow(Died);
  expect(objects.size).toBe(0);
});
