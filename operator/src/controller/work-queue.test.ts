/** Proves that the queue gives out every key, once at a time, and later and later when it fails. */
import fc from "fast-check";
import { Registry } from "prom-client";
import { beforeEach, expect, test } from "vitest";
import { newMetrics } from "./metrics.ts";
import { newVirtualClock, type VirtualClock } from "./virtual-clock.ts";
import { newWorkQueue, type WorkQueue, type WorkQueueOptions } from "./work-queue.ts";

let clock: VirtualClock;

beforeEach(() => {
  clock = newVirtualClock();
});

function newQueue(options: Partial<WorkQueueOptions> = {}): WorkQueue {
  return newWorkQueue({ name: "test", clock, metrics: newMetrics(new Registry()), ...options });
}

/** Takes everything that can be taken now, and finishes it. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const taken: string[] = [];
  while (queue.backlog().depth > 0) {
    const key = await queue.take();
    if (key === undefined) break;
    taken.push(key);
    queue.done(key);
  }
  return taken;
}

test("C8: a key added many times is given out once", async () => {
  const queue = newQueue();
  for (let time = 0; time < 5; time++) queue.add("a");
  queue.add("b");
  expect(await drain(queue)).toEqual(["a", "b"]);
});

test("a key added while a worker has it is given out again after it is done, and not before", async () => {
  const queue = newQueue();
  queue.add("a");
  await queue.take();
  queue.add("a");
  queue.add("a");
  expect(queue.backlog().depth).toBe(0);
  queue.done("a");
  expect(await drain(queue)).toEqual(["a"]);
});

test("C8: waits 5 ms after the first failure, doubles, and stops at 1,000 s", () => {
  const queue = newQueue({ retriesPerSecond: 1e9 });
  const waits = Array.from({ length: 30 }, () => queue.addAfterFailure("a"));
  expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40]);
  expect(waits.at(-1)).toBe(1_000_000);
  queue.forget("a");
  expect(queue.addAfterFailure("a")).toBe(5);
});

test("C8: many failing keys together are slowed to 10 per second after a burst of 100", () => {
  const queue = newQueue();
  const waits = Array.from({ length: 120 }, (_, number) => queue.addAfterFailure(`key ${number}`));
  expect(waits.slice(0, 100).every((wait) => wait === 5)).toBe(true);
  expect(waits.at(-1)).toBeCloseTo(2_000, 0);
});

test("C8: conflicts of many keys do not slow down the retries of all", () => {
  const queue = newQueue();
  for (let key = 0; key < 500; key++) expect(queue.addAfterConflict(`k${key}`, 250)).toBe(250);
  expect(queue.addAfterFailure("failed")).toBe(5);
});

test("a wish for later keeps the earlier of two times", async () => {
  const queue = newQueue();
  queue.addAfter("a", 1_000);
  queue.addAfter("a", 5_000);
  queue.addAfter("b", 5_000);
  queue.addAfter("b", 1_000);
  await clock.advance(999);
  expect(await drain(queue)).toEqual([]);
  await clock.advance(1);
  expect((await drain(queue)).sort()).toEqual(["a", "b"]);
  await clock.advance(10_000);
  expect(await drain(queue)).toEqual([]);
});

test("T6: a wish for a wall-clock time is kept when that clock jumps ahead", async () => {
  const queue = newQueue();
  queue.addAt("a", clock.now() + 3_600_000);
  clock.jump(3_600_000);
  await clock.advance(30_000);
  expect(await drain(queue)).toEqual(["a"]);
});

test("T6: a wish for a wall-clock time does not fire early when that clock jumps back", async () => {
  const queue = newQueue();
  queue.addAt("a", clock.now() + 60_000);
  clock.jump(-3_600_000);
  await clock.advance(3_600_000);
  expect(await drain(queue)).toEqual([]);
  await clock.advance(60_000);
  expect(await drain(queue)).toEqual(["a"]);
});

test("after shut-down workers get nothing more, and no timer is left", async () => {
  const queue = newQueue();
  const waiting = queue.take();
  queue.addAfter("a", 1_000);
  queue.shutDown();
  queue.add("b");
  expect(await waiting).toBeUndefined();
  expect(await queue.take()).toBeUndefined();
  expect(clock.pending()).toBe(0);
});

test("C8 property: no key is ever in two workers, and none that was added is forgotten", async () => {
  const step = fc.oneof(
    fc.record({ act: fc.constant("add" as const), key: fc.constantFrom("a", "b", "c"), milliseconds: fc.constant(0) }),
    fc.record({ act: fc.constant("later" as const), key: fc.constantFrom("a", "b", "c"), milliseconds: fc.nat(50) }),
    fc.record({ act: fc.constant("fail" as const), key: fc.constantFrom("a", "b", "c"), milliseconds: fc.nat(50) }),
    fc.record({ act: fc.constant("take" as const), key: fc.constant(""), milliseconds: fc.constant(0) }),
    fc.record({ act: fc.constant("done" as const), key: fc.constant(""), milliseconds: fc.constant(0) }),
    fc.record({ act: fc.constant("time" as const), key: fc.constant(""), milliseconds: fc.nat(100) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      clock = newVirtualClock();
      const queue = newQueue();
      const busy: string[] = [];
      const owed = new Set<string>(); // added, and not taken since
      for (const { act, key, milliseconds } of steps) {
        if (act === "add") queue.add(key);
        if (act === "later") queue.addAfter(key, milliseconds);
        if (act === "fail") queue.addAfterFailure(key);
        if (act === "add" || act === "later" || act === "fail") owed.add(key);
        if (act === "time") await clock.advance(milliseconds);
        if (act === "take" && queue.backlog().depth > 0) {
          const taken = (await queue.take()) ?? "";
          expect(busy).not.toContain(taken);
          busy.push(taken);
          owed.delete(taken);
        }
        if (act === "done" && busy.length > 0) queue.done(busy.shift() ?? "");
      }
      for (const key of busy) queue.done(key);
      await clock.advance(2_000_000);
      for (const key of await drain(queue)) owed.delete(key);
      expect([...owed]).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
