import { expect, test } from "vitest";
import { watch } from "./watched-process.ts";

test("time runs to the exit, and the memory of descendants is counted", async () => {
  const grandchild = "const held = Buffer.alloc(200e6, 1); setTimeout(() => console.log(held.length), 1500)";
  const args = ["-c", '"$NODE" -e "$PROGRAM"; echo end'];
  const end = await watch({ program: "sh", args, env: { NODE: process.execPath, PROGRAM: grandchild } });
  expect(end.output).toBe("200000000\nend\n");
  expect(end.seconds).toBeGreaterThan(1.5);
  expect(end.peakBytes).toBeGreaterThan(200e6);
});

test("a program that fails is no round: its last words are thrown", async () => {
  const failing = watch({ program: "sh", args: ["-c", "echo no such table >&2; exit 3"] });
  await expect(failing).rejects.toThrow("sh failed (3): no such table");
});

test("the memory of a program asked for is told apart by its name", async () => {
  const line = "(head -c 100000000 /dev/zero; sleep 1.2) | tail -c 100000000 > /dev/null";
  const { peaks, peakBytes } = await watch({ program: "sh", args: ["-c", line], peaksOf: ["tail", "head", "nobody"] });
  expect(peaks.tail).toBeGreaterThan(100e6);
  expect(peaks.head).toBeLessThan(20e6);
  expect(peaks.nobody).toBe(0);
  expect(peakBytes).toBeGreaterThanOrEqual(peaks.tail ?? 0);
});

test("processor time counts work and not waiting", async () => {
  const spent = "const spent = () => process.cpuUsage().user + process.cpuUsage().system";
  const program = `${spent}; while (spent() < 800_000) for (let n = 0; n < 1e6; n += 1);`;
  const busy = await watch({
    program: "sh",
    args: ["-c", '"$NODE" -e "$PROGRAM"; sleep 1'],
    env: { NODE: process.execPath, PROGRAM: program },
  });
  expect(busy.cpuSeconds).toBeGreaterThan(0.6);
  expect(busy.cpuSeconds).toBeLessThan(busy.seconds - 0.5);
});
