/** Lets one script at a time start or stop the machine's native cluster. */
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { startOf } from "./daemon.ts";
import type { Progress } from "./progress.ts";
import { until } from "./until.ts";

const path = "/run/openreg-cluster.lock";

/** Does the work while holding the lock; waits as long as another living process holds it. */
export async function withLock<T>(progress: Progress, work: () => Promise<T>): Promise<T> {
  if (!(await take())) {
    const holder = readHolder().split(" ")[0];
    const next = `End process ${holder} or wait for it.`;
    const what = `process ${holder} starts or stops the cluster; waiting for it`;
    await progress.step(what, () => until({ what, seconds: 1800, everyMs: 500, next }, take));
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(): Promise<boolean> {
  const isTaken = await writeFile(path, `${process.pid} ${startOf(process.pid)}`, { flag: "wx" }).then(
    () => true,
    () => false,
  );
  if (isTaken) return true;
  const [pid, start] = readHolder().split(" ");
  if (pid && start && startOf(Number(pid)) !== start) await rm(path, { force: true }); // its holder is gone
  return false;
}

function readHolder(): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // given back meanwhile
  }
}
