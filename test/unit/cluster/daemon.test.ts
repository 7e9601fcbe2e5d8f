/** Tests that daemons are found and stopped by their recorded process id, and no other process is. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isDaemonRunning, recordedPid, startDaemon, startOf, stopDaemon } from "../../cluster/daemon.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "openreg-daemon-"));
});
afterEach(async () => {
  await stopDaemon(folder, "sleeper", 1);
  await rm(folder, { recursive: true });
});

const sleeper = (program: string, args: readonly string[]) => startDaemon({ folder, name: "sleeper", program, args });

test("a started daemon runs once, however often it is started, until it is stopped", async () => {
  await sleeper("sleep", ["600"]);
  const pid = recordedPid(folder, "sleeper");
  await sleeper("sleep", ["600"]);
  expect(recordedPid(folder, "sleeper")).toBe(pid);
  await stopDaemon(folder, "sleeper");
  expect(isDaemonRunning(folder, "sleeper")).toBe(false);
  expect(startOf(pid as number)).toBe("");
});

test("a daemon that does not listen is killed", async () => {
  await sleeper("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"]);
  const log = join(folder, "logs", "sleeper.log");
  while (!(await readFile(log, "utf8")).includes("ready")) await new Promise(setImmediate);
  await stopDaemon(folder, "sleeper", 0.2);
  expect(isDaemonRunning(folder, "sleeper")).toBe(false);
});

test("a recorded id that belongs to another process now is not taken for the daemon", async () => {
  await sleeper("true", []);
  await writeFile(join(folder, "pids", "sleeper"), `${process.pid} 1\n`);
  expect(isDaemonRunning(folder, "sleeper")).toBe(false);
  await stopDaemon(folder, "sleeper"); // would end this test
});
