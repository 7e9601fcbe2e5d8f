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
