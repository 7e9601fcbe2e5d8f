import { expect, test } from "vitest";
import { newSharedReads } from "./shared-reads.ts";
import { newVirtualClock } from "./virtual-clock.ts";

/** A source whose answers are the number of the read, given when told. */
function newSource() {
  const open: PromiseWithResolvers<number>[] = [];
  return {
    read: () => {
      open.push(Promise.withResolvers<number>());
      return (open.at(-1) as PromiseWithResolvers<number>).promise;
    },
    begun: () => open.length,
    answer: (number: number) => open[number - 1]?.resolve(number),
    fail: (number: number) => open[number - 1]?.reject(new Error(`read ${number} failed`)),
  };
}

test("whoever asks while a read is under way gets the next one, and all of them the same", async () => {
  const [source, shared] = [newSource(), newSharedReads(newVirtualClock())];
  const first = shared("a", source.read);
  const later = [shared("a", source.read), shared("a", source.read), shared("a", source.read)];
  expect(source.begun()).toBe(1);
  source.answer(1);
  expect(await first).toBe(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(source.begun()).toBe(2);
  const last = shared("a", source.read);
  source.answer(2);
  expect(await Promise.all(later)).toEqual([2, 2, 2]);
  await new Promise((resolve) => setImmediate(resolve));
  source.answer(3);
  expect(await last).toBe(3);
  expect(source.begun()).toBe(3);
});

test("reads of other names do not wait, and one asked for after the answer is a new one", async () => {
  const [source, shared] = [newSource(), newSharedReads(newVirtualClock())];
  const reads = [shared("a", source.read), shared("b", source.read)];
  expect(source.begun()).toBe(2);
  source.answer(1);
  source.answer(2);
  expect(await Promise.all(reads)).toEqual([1, 2]);
  await new Promise((resolve) => setImmediate(resolve));
  const again = shared("a", source.read);
  expect(source.begun()).toBe(3);
  source.answer(3);
  expect(await again).toBe(3);
});

test("a failure is that of those who shared it; the next read is made all the same", async () => {
  const [source, shared] = [newSource(), newSharedReads(newVirtualClock())];
  const first = shared("a", source.read);
  const second = shared("a", source.read);
  source.fail(1);
  await expect(first).rejects.toThrow("read 1 failed");
  await new Promise((resolve) => setImmediate(resolve));
  source.answer(2);
  expect(await second).toBe(2);
});

test("one who gives up gets an error, the others the answer", async () => {
  const [source, shared] = [newSource(), newSharedReads(newVirtualClock())];
  const stop = new AbortController();
  const first = shared("a", source.read, stop.signal);
  const second = shared("a", source.read);
  stop.abort();
  await expect(first).rejects.toThrow();
  source.answer(1);
  await new Promise((resolve) => setImmediate(resolve));
  source.answer(2);
  expect(await second).toBe(2);
});

test("one who gave up before asking begins no read, and no failure is left without an owner", async () => {
  const [source, shared] = [newSource(), newSharedReads(newVirtualClock())];
  const orphans: unknown[] = [];
  const onOrphan = (reason: unknown) => void orphans.push(reason);
  process.on("unhandledRejection", onOrphan);
  const first = shared("a", source.read);
  const asked = shared("a", source.read, AbortSignal.abort(new Error("its time is over")));
  await expect(asked).rejects.toThrow("its time is over");
  source.answer(1);
  await first;
  await new Promise((resolve) => setImmediate(resolve));
  source.fail(2);
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", onOrphan);
  expect([source.begun(), orphans]).toEqual([1, []]);
});

test("an answer that does not come holds up the others for a second", async () => {
  const [source, clock] = [newSource(), newVirtualClock()];
  const shared = newSharedReads(clock);
  shared("a", source.read).catch(() => undefined);
  const second = shared("a", source.read);
  await clock.advance(900);
  expect(source.begun()).toBe(1);
  await clock.advance(200);
  expect(source.begun()).toBe(2);
  source.answer(2);
  expect(await second).toBe(2);
});
