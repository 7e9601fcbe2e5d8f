/** Proves that numbers have no gap and no double, whatever order processes run in and wherever they die. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunContext } from "./context.ts";
import type { PlannedDelivery, Receiver } from "./deliveries.ts";
import type { Destination } from "./destinations/destination.ts";
import { StepError } from "./errors.ts";
import { Ledger, submissionKeyOf } from "./ledger.ts";
import { awaitTurn, closeNumber, closeStrays, takeNumber } from "./numbering.ts";
import { type NumberLog, Sequence } from "./sequence.ts";
import { newMemoryStore, type StoredObjects, type StoreGate } from "./store/memory.fixture.ts";

type Order = "Strict" | "Any";
class Died extends Error {}

/** What all runs share: the store, the receiver, and what the operator knows. */
interface World {
  readonly objects: StoredObjects;
  readonly order: Order;
  readonly width: number;
  /** Files at the receiver by name, in the order in which they came. */
  readonly received: Map<string, number>;
  readonly started: Set<string>;
  readonly ended: Set<string>;
  minutes: number;
}

interface Attempt {
  readonly run: string;
  readonly outputs: readonly string[];
  readonly number: number;
  readonly gate: StoreGate;
  /** The output that the receiver refuses for good. */
  readonly refused?: string;
}

const refusal = { state: "Failed", lastError: "DestinationRefused: it said: no" } as const;
const address = "sftp://receiver:22/in";
const settingsOf = ({ order, width }: World) => ({
  ...{ name: "files", firstNumber: 1, resets: "Never" as const },
  ...{ order, width },
});
const identity = {
  ...{ namespace: "demo", series: "trades", mode: "Live" as const },
  ...{ destination: "regulator", name: "files", period: "ever" },
};

const newWorld = (order: Order, width = 6): World => ({
  ...{ objects: new Map(), order, width, received: new Map() },
  ...{ started: new Set(), ended: new Set(), minutes: 0 },
});

const instantOf = (minutes: number): string => new Date(Date.UTC(2026, 3, 1) + minutes * 60_000).toISOString();

/** One attempt as the machine makes it, with everything but the ledger left out. */
async function attempt(world: World, { run, outputs, number, gate, refused }: Attempt): Promise<"Done" | "ResumeAt"> {
  world.minutes += 10;
  world.started.add(run);
  const madeAt = instantOf(world.minutes);
  const store = newMemoryStore(world.objects, gate);
  const filing = { key: run.split("/")[0] ?? "", submission: 1 };
  const sequence = settingsOf(world);
  const receiverSettings = {
    name: "regulator",
    mode: "Live",
    sftp: { host: "receiver", port: 22, directory: "/in" },
    sequences: [sequence],
  };
  const context = {
    plan: {
      run: { uid: run, name: run, namespace: "demo", mode: "Live", businessDate: "2026-04-01" },
      ...{ attempt: number, firstStartedAt: madeAt, madeAt, endedRuns: [...world.ended] },
      activeRuns: [...world.started].filter((one) => !world.ended.has(one)),
    },
    definition: { series: "trades" },
    ...{ store, memory: {}, deliver: true, clock: { now: () => instantOf(world.minutes) } },
    progress: { draft: { filing, artifacts: [], deliveries: [] } },
    interruption: { signal: new AbortController().signal },
    failpoint: (name: string) => gate("before", "read", name),
  } as unknown as RunContext;
  const receiver = { destination: receiverSettings, outputs, package: [], sequence } as unknown as Receiver;
  const destination = {
    inspect: async (name: string) => (world.received.has(name) ? { sizeBytes: 1, sha256: undefined } : undefined),
  } as unknown as Destination;
  const entries: Map<string, PlannedDelivery["entry"]> = new Map();
  const planned: PlannedDelivery[] = [];
  for (const output of outputs) {
    const text = await takeNumber(context, receiver, { output, part: 1 });
    const key = submissionKeyOf({ filing: filing.key, address, output, part: 1, submission: 1 });
    const artifact = {
      output,
      fileName: `${text}.csv`,
      sequence: text,
      sha256: key,
      sizeBytes: 1,
      records: 1,
      key: "",
    };
    const entry = { destination: "regulator", artifact: artifact.fileName, state: "Pending" as const, attempts: 0 };
    entries.set(key, entry);
    const destinationOf = receiverSettings as unknown as PlannedDelivery["destination"];
    planned.push({ ...{ artifact, sequence, key, entries, address, entry }, destination: destinationOf });
  }
  let isWaiting = false;
  for (const one of planned) {
    if (await new Ledger(store).receipt(one.key)) await closeNumber(context, one);
    else if (await awaitTurn(context, one, destination)) isWaiting = true;
    else if (one.artifact.output === refused) Object.assign(one.entry, refusal);
    else await handOver(world, context, one);
  }
  if (isWaiting) return "ResumeAt";
  await closeStrays(context, planned);
  return "Done";
}

async function handOver(world: World, context: RunContext, one: PlannedDelivery): Promise<void> {
  const { fileName } = one.artifact;
  const ledger = new Ledger(context.store);
  const by = { runUID: context.plan.run.uid, runName: context.plan.run.name, attempt: 1, at: context.clock.now() };
  const intent = { ...by, filing: "", submission: 1, destination: "regulator", address, output: "", part: 1 };
  await ledger.intend(one.key, 1, { ...intent, fileName, sha256: "", sizeBytes: 1 });
  if (!world.received.has(fileName)) world.received.set(fileName, Number(one.artifact.sequence));
  const receipt = { fileName, location: address, sizeBytes: 1, artifactSha256: "", verifiedBy: "Hash" as const };
  await ledger.confirm(one.key, { ...by, ...receipt });
  await closeNumber(context, one);
}

/** Attempts until the run is done, has no attempt left, or is given up; then it has ended, and it is settled before. */
async function run(world: World, name: string, outputs: readonly string[], gates: readonly StoreGate[]): Promise<void> {
  for (const [index, gate] of gates.entries()) {
    try {
      if ((await attempt(world, { run: name, outputs, number: index + 1, gate })) === "Done") break;
    } catch (error) {
      if (!(error instanceof Died) && !(error instanceof StepError && error.retryable)) throw error;
    }
  }
  await settle(world, name);
  world.ended.add(name);
}

/** What a settle attempt does: a file that is at the receiver has its receipt before the run ends. */
async function settle(world: World, name: string): Promise<void> {
  const ledger = new Ledger(newMemoryStore(world.objects));
  for await (const { use, number } of new Sequence(newMemoryStore(world.objects), identity).logsAbove(0)) {
    const fileName = `${String(number).padStart(world.width, "0")}.csv`;
    if (use.filing !== name.split("/")[0] || !world.received.has(fileName)) continue;
    const by = { runUID: name, runName: name, attempt: 9, at: instantOf(world.minutes) };
    await ledger.confirm(use.key, {
      ...by,
      fileName,
      location: address,
      sizeBytes: 1,
      artifactSha256: "",
      verifiedBy: "Size",
    });
  }
}

async function allLogs(world: World): Promise<readonly NumberLog[]> {
  const logs: NumberLog[] = [];
  for await (const log of new Sequence(newMemoryStore(world.objects), identity).logsAbove(-1)) logs.push(log);
  return logs;
}

/** Every number is delivered or void, none twice, and the receiver has exactly the delivered ones. */
async function expectClosed(world: World): Promise<void> {
  const logs = await allLogs(world);
  expect(logs.map(({ number }) => number)).toEqual(logs.map((_, index) => index + 1));
  for (const { entries, last } of logs) {
    expect(["Delivered", "Void"]).toContain(last.kind);
    expect(entries.filter(({ kind }) => kind === "Delivered" || kind === "Void").length).toBe(1);
  }
  const delivered = logs.filter(({ last }) => last.kind === "Delivered");
  const received = [...world.received.values()];
  expect(delivered.map(({ number }) => number)).toEqual(received.toSorted((a, b) => a - b));
  expect(new Set(delivered.map(({ use }) => use.key)).size).toBe(delivered.length);
  if (world.order === "Strict") expect(received).toEqual(received.toSorted((a, b) => a - b));
}

const calm: StoreGate = async () => {};
/** Dies at the n-th moment of the store, which may be before or after an effect. */
const dying = (at: number, between: StoreGate): StoreGate => {
  let count = 0;
  return async (moment, call, key) => {
    await between(moment, call, key);
    count += 1;
    if (count === at) throw new Died(`${moment} ${call} ${key}`);
  };
};

const plans = fc.array(
  fc.record({
    filing: fc.constantFrom("f1", "f2", "f3"),
    outputs: fc.subarray(["a", "b", "c"], { minLength: 1 }),
    deaths: fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 2 }),
    attempts: fc.integer({ min: 1, max: 6 }),
  }),
  { minLength: 1, maxLength: 3 },
);

test.each(["Strict", "Any"] as const)(
  "in order %s, runs in any interleaving that die anywhere leave no gap, no double and no open number",
  async (order) => {
    await fc.assert(
      fc.asyncProperty(plans, fc.scheduler(), async (given, scheduler) => {
        const world = newWorld(order);
        const between: StoreGate = (_moment, call, key) => scheduler.schedule(Promise.resolve(), `${call} ${key}`);
        // a filing is claimed by one run at a time: runs of one filing follow each other
        const byFiling = Map.groupBy(given.entries(), ([, { filing }]) => filing);
        const lanes = [...byFiling.values()].map(async (ones) => {
          for (const [index, { filing, outputs, deaths, attempts }] of ones) {
            const gates = Array.from({ length: attempts }, (_, nth) =>
              deaths[nth] === undefined ? between : dying(deaths[nth], between),
            );
            await run(world, `${filing}/${index}`, outputs, gates);
          }
        });
        await scheduler.waitFor(Promise.all(lanes));
        await run(world, "last/1", ["a"], [calm, calm, calm]);
        await expectClosed(world);
      }),
      { numRuns: 300 },
    );
  },
);

test("a run that dies at every single moment ends with the same number, delivered once", async () => {
  for (let at = 1; ; at += 1) {
    const world = newWorld("Strict");
    let isReached = false;
    const gate = dying(at, async () => {});
    const noting: StoreGate = async (...moment) => {
      try {
        await gate(...moment);
      } catch (error) {
        isReached = true;
        throw error;
      }
    };
    await run(world, "f1/1", ["a", "b"], [noting, calm]);
    expect([...world.received], `died at moment ${at}`).toEqual([
      ["000001.csv", 1],
      ["000002.csv", 2],
    ]);
    await expectClosed(world);
    if (!isReached) break;
    expect(at).toBeLessThan(500);
  }
});

test("a number belongs to its filing: the next run of the filing has it, and what it does not use becomes void", async () => {
  const world = newWorld("Strict");
  const dead: StoreGate = async (_moment, _call, key) => {
    if (key === "offer.before") throw new Died();
  };
  await run(world, "f1/1", ["a", "b"], [dead]);
  await run(world, "f1/2", ["b"], [calm]);
  const logs = await allLogs(world);
  expect(logs.map(({ last }) => last)).toMatchObject([
    { kind: "Void", reason: expect.stringMatching(/f1\/2 makes the filing without the file/) },
    { kind: "Delivered", runUID: "f1/2" },
  ]);
});

test("in order Strict a lower number of a run that goes on is waited for; once that run has ended it is void, with the reason", async () => {
  const world = newWorld("Strict");
  const dead: StoreGate = async (_moment, _call, key) => {
    if (key === "offer.before") throw new Died();
  };
  await expect(attempt(world, { run: "f1/1", outputs: ["a"], number: 1, gate: dead })).rejects.toThrow(Died);
  const second = { run: "f2/1", outputs: ["a"], number: 1, gate: calm };
  expect(await attempt(world, second)).toBe("ResumeAt");
  expect([...world.received]).toEqual([]);
  world.ended.add("f1/1");
  expect(await attempt(world, { ...second, number: 2 })).toBe("Done");
  expect([...world.received.values()]).toEqual([2]);
  expect((await allLogs(world))[0]?.last).toMatchObject({
    kind: "Void",
    reason: "run f1/1 ended without delivering it, and run f2/1 goes on with number 2",
  });
  // the run that had ended is retried: it cannot deliver what is void, and gets another number
  world.ended.delete("f1/1");
  expect(await attempt(world, { run: "f1/1", outputs: ["a"], number: 2, gate: calm })).toBe("Done");
  expect([...world.received.values()]).toEqual([2, 3]);
});

test("a file behind one of its run that failed for good does not wait, but fails with it", async () => {
  const world = newWorld("Strict");
  const refused = { run: "f1/1", outputs: ["a", "b"], number: 1, gate: calm, refused: "a" };
  await expect(attempt(world, refused)).rejects.toMatchObject({
    code: "DestinationRefused",
    message: "000002.csv is not handed over: number 1 goes first, and that failed: it said: no",
  });
  // a person has it retried: nothing has to be taken back
  expect(await attempt(world, { run: "f1/1", outputs: ["a", "b"], number: 2, gate: calm })).toBe("Done");
  expect([...world.received.values()]).toEqual([1, 2]);
});

test("in order Any nobody waits for a lower number", async () => {
  const world = newWorld("Any");
  const dead: StoreGate = async (_moment, _call, key) => {
    if (key === "offer.before") throw new Died();
  };
  await expect(attempt(world, { run: "f1/1", outputs: ["a"], number: 1, gate: dead })).rejects.toThrow(Died);
  expect(await attempt(world, { run: "f2/1", outputs: ["a"], number: 1, gate: calm })).toBe("Done");
  expect([...world.received.values()]).toEqual([2]);
});

test("a number with more digits than the width is refused, and not taken", async () => {
  const world = newWorld("Strict", 1);
  await run(world, "f1/1", ["a", "b", "c", "d", "e", "f", "g", "h", "i"], [calm]);
  await expect(attempt(world, { run: "f2/1", outputs: ["a"], number: 1, gate: calm })).rejects.toMatchObject({
    code: "SequenceExhausted",
  });
  expect((await allLogs(world)).length).toBe(9);
});

test("a number that is gone from the ledger is noticed before another one is taken", async () => {
  const world = newWorld("Strict");
  await run(world, "f1/1", ["a", "b", "c"], [calm]);
  for (const key of [...world.objects.keys()]) if (key.includes("/ever/2-")) world.objects.delete(key);
  await expect(attempt(world, { run: "f2/1", outputs: ["a"], number: 1, gate: calm })).rejects.toMatchObject({
    code: "CheckpointCorrupt",
    message: expect.stringContaining("number 2"),
  });
});

test("a run that is retried while its number becomes void hands nothing over with it", async () => {
  const world = newWorld("Strict");
  const dead: StoreGate = async (_moment, _call, key) => {
    if (key === "offer.before") throw new Died();
  };
  await run(world, "f1/1", ["a"], [dead]);
  const retried: StoreGate = async (_moment, _call, key) => {
    if (key !== "offer.before") return;
    expect(await attempt(world, { run: "f2/1", outputs: ["a"], number: 1, gate: calm })).toBe("Done");
  };
  await expect(attempt(world, { run: "f1/1", outputs: ["a"], number: 2, gate: retried })).rejects.toMatchObject({
    code: "SequenceNumberVoid",
    retryable: true,
  });
  expect([...world.received.values()]).toEqual([2]);
});

test("a number that the next run of a filing goes on with is that run's: it is waited for", async () => {
  const world = newWorld("Strict");
  const dead: StoreGate = async (_moment, _call, key) => {
    if (key === "offer.before") throw new Died();
  };
  await run(world, "f1/1", ["a"], [dead]);
  const heirs: StoreGate = async (_moment, _call, key) => {
    if (key !== "offer.before") return;
    expect(await attempt(world, { run: "f2/1", outputs: ["a"], number: 1, gate: calm })).toBe("ResumeAt");
  };
  expect(await attempt(world, { run: "f1/2", outputs: ["a"], number: 1, gate: heirs })).toBe("Done");
  expect([...world.received.values()]).toEqual([1]);
});

test("a lower number whose file is at the receiver without a receipt is for a person", async () => {
  const world = newWorld("Strict");
  const dead: StoreGate = async (_moment, call, key) => {
    if (call === "create" && key.endsWith("/receipt")) throw new Died();
  };
  await expect(attempt(world, { run: "f1/1", outputs: ["a"], number: 1, gate: dead })).rejects.toThrow(Died);
  world.ended.add("f1/1");
  world.minutes += 60;
  await expect(attempt(world, { run: "f2/1", outputs: ["a"], number: 1, gate: calm })).rejects.toMatchObject({
    code: "DeliveryConflict",
    message: expect.stringMatching(/000001\.csv, which run f1\/1 began to hand over with number 1/),
  });
  expect((await allLogs(world))[0]?.last.kind).toBe("Offered");
});
