/** Tests what a person reads while the cluster is brought up. */
import { expect, test } from "vitest";
import { newProgress } from "../../cluster/progress.ts";

test("a step says when it starts and how long it took", async () => {
  const clock = { now: 0 };
  const lines: string[] = [];
  const progress = newProgress({ write: (line) => lines.push(line), now: () => clock.now });
  const result = await progress.step("building etcd", async () => {
    clock.now = 33_400;
    return "/bin/etcd";
  });
  expect(result).toBe("/bin/etcd");
  expect(lines).toEqual(["[   0 s] building etcd …", "[  33 s] building etcd: done in 33 s"]);
});

test("a step that fails says so and passes the error on", async () => {
  const lines: string[] = [];
  const progress = newProgress({ write: (line) => lines.push(line), now: () => 0 });
  await expect(progress.step("building etcd", () => Promise.reject(new Error("no disk")))).rejects.toThrow("no disk");
  expect(lines.at(-1)).toBe("[   0 s] building etcd: failed after 0 s");
});
