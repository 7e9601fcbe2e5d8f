/** Lets one script at a time do what must not be done twice at once on a machine. */
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { startOf } from "./daemon.ts";
import type { Progress } from "./progress.ts";
import { until } from "./until.ts";

/** What is locked: starting and stopping the native cluster, or making the base image. */
export type LockName = "cluster" | "base-image";

const pathOf = (name: LockName) => `/run/openreg-${name}.lock`;

/** Does the work while holding the lock; waits as long as another living process holds it. */
export async function withLock<T>(name: LockName, progress: Progress, work: () => Promise<T>): Promise<T> {
  const path = pathOf(name);
  if (!(await take(path))) {
    const holder = readHolder(path).split(" ")[0];
    const next = `End process ${holder} or wait for it.`;
    const what = `process ${holder} holds ${path}; waiting for it`;
    await progress.step(what, () => until({ what, seconds: 1800, everyMs: 500, next }, () => take(path)));
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  const isTaken = await writeFile(path, `${process.pid} ${startOf(process.pid)}`, { flag: "wx" }).then(
    () => true,
    () => false,
  );
  if (isTaken) return true;
  const [pid, start] = readHolder(path).split(" ");
  if (pid && start && startOf(Number(pid)) !== start) await rm(path, { force: true }); // its holder is gone
  return false;
}

function readHolder(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // given back meanwhile
  }
}
