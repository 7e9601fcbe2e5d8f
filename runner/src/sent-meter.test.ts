/** Says that what was sent counts once, whatever is tried again. */
import { expect, test } from "vitest";
import type { DeliveryEntry } from "./execution.ts";
import { percentOf } from "./percent.ts";
import type { Progress } from "./progress.ts";
import { SentMeter } from "./sent-meter.ts";

const entryIn = (state: DeliveryEntry["state"]): DeliveryEntry => ({
  ...{ destination: "regulator", artifact: "a", state, attempts: 0 },
});

async function* chunksOf(count: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at += 1) yield Buffer.alloc(10);
}

/** Percents that are told while the bytes of two files of 40 bytes are taken, of the first one twice. */
async function told(): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const progress = { draft: {} as Progress["draft"], changed: () => seen.push(progress.draft.progress?.percent) };
  const meter = new SentMeter(progress as unknown as Progress);
  const [first, second] = [entryIn("Pending"), entryIn("Pending")];
  for (const entry of [first, second]) meter.expect(entry, 40);
  for await (const _ of meter.counted(first, chunksOf(2)));
  for await (const _ of meter.counted(first, chunksOf(4)));
  first.state = "Delivered";
  for await (const _ of meter.counted(second, chunksOf(4)));
  return seen;
}

test("bytes count when they were taken, a try that begins anew counts from there, a delivered file counts whole", async () => {
  const sent = [10, 20, 10, 20, 30, 40, 50, 60, 70, 80];
  expect(await told()).toEqual(sent.map((bytes) => percentOf("Delivering", bytes, 80)));
});

test("files of no bytes say nothing", async () => {
  const progress = { draft: {} as Progress["draft"], changed: () => {} };
  const meter = new SentMeter(progress as unknown as Progress);
  const entry = entryIn("Pending");
  meter.expect(entry, 0);
  for await (const _ of meter.counted(entry, chunksOf(0)));
  expect(progress.draft.progress).toBeUndefined();
});
