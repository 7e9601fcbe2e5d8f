/** Owns what must be known about a machine to read a number from it. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, loadavg, totalmem } from "node:os";
import { runCommand } from "../run-command.ts";

/** Facts by name, in the order in which they are printed. */
export type Facts = Readonly<Record<string, string>>;

/** The facts that hold for a whole run. */
export async function machineFacts(): Promise<Facts> {
  return {
    CPU: match("/proc/cpuinfo", /^model name\s*:\s*(.*)$/m),
    cores: `${availableParallelism()} usable`,
    memory: `${gibibytes(totalmem())} GiB`,
    "cgroup CPU limit": cpuLimit(),
    "cgroup memory limit": memoryLimit(),
    kernel: match("/proc/version", /^Linux version (\S+)/),
    Node: process.version,
    commit: await commit(),
  };
}

/** The load averages over 1, 5 and 15 minutes. */
export function load(): string {
  return loadavg()
    .map((one) => one.toFixed(1))
    .join(" ");
}

function match(path: string, pattern: RegExp): string {
  return read(path)?.match(pattern)?.[1] ?? "unknown";
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

/** The folder of this process's own cgroup: version 2, or a controller of version 1. */
function cgroupFolder(controller: string): string {
  const lines = read("/proc/self/cgroup")?.split("\n") ?? [];
  const path = lines.find((line) => line.split(":")[1]?.split(",").includes(controller))?.split(":")[2];
  if (path !== undefined) return `/sys/fs/cgroup/${controller}${path}`;
  return `/sys/fs/cgroup${lines.find((line) => line.startsWith("0::"))?.slice(3) ?? ""}`;
}

function cpuLimit(): string {
  const folder = cgroupFolder("cpu");
  const [quota, period] = (
    read(`${folder}/cpu.max`) ??
    `${read(`${folder}/cpu.cfs_quota_us`) ?? "-1"} ${read(`${folder}/cpu.cfs_period_us`) ?? "1"}`
  ).split(" ");
  return quota === "max" || Number(quota) <= 0 ? "none" : `${Number(quota) / Number(period)} cores`;
}

function memoryLimit(): string {
  const folder = cgroupFolder("memory");
  const text = read(`${folder}/memory.max`) ?? read(`${folder}/memory.limit_in_bytes`) ?? "max";
  // version 1 has no word for "none": its largest number is one
  return text === "max" || Number(text) > 2 ** 60 ? "none" : `${gibibytes(Number(text))} GiB`;
}

/** The commit; with a digest of the differences when the code measured is not what was committed. */
async function commit(): Promise<string> {
  const { code, output } = await runCommand("git", ["rev-parse", "--short=12", "HEAD"]);
  if (code !== 0) return "unknown";
  const { output: difference } = await runCommand("git", ["diff", "HEAD", "--", "runner", "language", "crds", "cli"]);
  const change = createHash("sha256").update(difference).digest("hex").slice(0, 8);
  return output.trim() + (difference === "" ? "" : ` with changes ${change}`);
}
