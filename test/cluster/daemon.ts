/** Starts and stops long-running programs by a recorded process id that survives the script. */
import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ClusterError } from "./cluster-error.ts";
import { until } from "./until.ts";

/** One program below a state folder: its log is `logs/<name>.log`, its process id is in `pids/<name>`. */
export type Daemon = {
  readonly folder: string;
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The kernel ends it when the process that started it ends, however that ended. */
  readonly endsWithUs?: boolean;
};

/** Where a daemon's output goes. */
export const logOf = (folder: string, name: string) => join(folder, "logs", `${name}.log`);

const recordOf = (folder: string, name: string) => join(folder, "pids", name);

/** Starts a daemon, unless the recorded one is still running. */
export async function startDaemon(daemon: Daemon): Promise<void> {
  const { folder, name, program, args, env, endsWithUs } = daemon;
  if (isDaemonRunning(folder, name)) return;
  for (const part of ["logs", "pids"]) mkdirSync(join(folder, part), { recursive: true });
  const log = openSync(logOf(folder, name), "a");
  const [first, ...rest] = endsWithUs ? ["setpriv", "--pdeathsig", "KILL", "--", program, ...args] : [program, ...args];
  const environment = { ...process.env, ...env };
  const child = spawn(first as string, rest, { detached: true, env: environment, stdio: ["ignore", log, log] });
  await new Promise<void>((resolve, reject) => {
    child.on("spawn", resolve);
    child.on("error", (cause) =>
      reject(new ClusterError(`${name} could not be started from ${program}`, { log: logOf(folder, name), cause })),
    );
  });
  child.unref();
  await writeFile(recordOf(folder, name), `${child.pid} ${startOf(child.pid as number)}\n`);
}

/** Stops a daemon by its recorded process id and waits until it is gone; one that does not listen is killed. */
export async function stopDaemon(folder: string, name: string, graceSeconds = 10): Promise<void> {
  const pid = recordedPid(folder, name);
  const isGone = () => recordedPid(folder, name) === undefined;
  if (pid !== undefined) {
    signal(pid, "SIGTERM");
    await until({ what: `${name} ends`, seconds: graceSeconds }, isGone).catch(() => signal(pid, "SIGKILL"));
    await until({ what: `${name} (process ${pid}) ends when killed`, seconds: 10 }, isGone);
  }
  await rm(recordOf(folder, name), { force: true });
}

/** Whether the recorded process is still the one that was started. */
export function isDaemonRunning(folder: string, name: string): boolean {
  return recordedPid(folder, name) !== undefined;
}

/** The process id of a running daemon, or undefined; an id that was given to another process does not count. */
export function recordedPid(folder: string, name: string): number | undefined {
  const [pid, start] = readText(recordOf(folder, name)).trim().split(" ");
  return pid && start && startOf(Number(pid)) === start ? Number(pid) : undefined;
}

/** When a process was started, in clock ticks since boot; "" when it is gone or a zombie. */
export function startOf(pid: number): string {
  const fields = readText(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
  return fields[0] === "Z" ? "" : (fields[19] ?? "");
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // not there: not running
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended by itself meanwhile
  }
}
