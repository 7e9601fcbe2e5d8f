/** Owns a timed program: how long it ran, what it printed, its processor time, and the peak of the memory that it and its descendants held together. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const sampleMs = 50;
const samplesPerSearch = 10;
const pageBytes = 4096;
const ticksPerSecond = 100;

/** What is run. */
export interface WatchedProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Names of programs among its processes whose own peak is wanted too. */
  readonly peaksOf?: readonly string[];
}

/** How it went. */
export interface WatchedEnd {
  /** From the start of the program to its exit. */
  readonly seconds: number;
  readonly output: string;
  /** The largest sum of resident bytes over all its processes, sampled every 50 ms. */
  readonly peakBytes: number;
  /** Processor time of all its processes, as far as the samples saw it. */
  readonly cpuSeconds: number;
  /** The peak of the programs asked for, by name. */
  readonly peaks: Readonly<Record<string, number>>;
}

/** Runs a program to its end. Throws with its last words when it fails. */
export async function watch({ program, args, env, peaksOf = [] }: WatchedProgram): Promise<WatchedEnd> {
  const started = performance.now();
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const heard = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      heard[name] += text;
    });
  const sampler = newSampler(child.pid, peaksOf);
  const timer = setInterval(sampler.sample, sampleMs);
  try {
    const end = await new Promise<{ code: number | string; seconds: number }>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) =>
        resolve({ code: code ?? signal ?? "?", seconds: (performance.now() - started) / 1000 }),
      );
    });
    if (end.code !== 0)
      throw new Error(`${program} failed (${end.code}): ${(heard.stderr || heard.stdout).trim().slice(-2000)}`);
    return { seconds: end.seconds, output: heard.stdout, ...sampler.seen() };
  } finally {
    clearInterval(timer);
  }
}

function newSampler(root: number | undefined, names: readonly string[]) {
  let family: readonly Member[] = root === undefined ? [] : [{ pid: root, name: "" }];
  let samples = 0;
  let peakBytes = 0;
  const ticks = new Map<number, number>();
  const peaks: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
  return {
    sample: () => {
      // searching all of /proc costs more than reading a few files of it
      if (root !== undefined && samples % samplesPerSearch === 0) family = familyOf(root);
      samples += 1;
      const held = family.map(({ pid, name }) => ({ name, bytes: residentBytes(pid) }));
      const sum = (of: typeof held) => of.reduce((total, { bytes }) => total + bytes, 0);
      peakBytes = Math.max(peakBytes, sum(held));
      for (const name of names) peaks[name] = Math.max(peaks[name] ?? 0, sum(held.filter((one) => one.name === name)));
      for (const { pid } of family) ticks.set(pid, Math.max(ticks.get(pid) ?? 0, ticksOf(pid)));
    },
    seen: () => ({
      peakBytes,
      peaks,
      cpuSeconds: [...ticks.values()].reduce((sum, one) => sum + one, 0) / ticksPerSecond,
    }),
  };
}

interface Member {
  readonly pid: number;
  readonly name: string;
}

/** A process and all its descendants. */
function familyOf(root: number): readonly Member[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), ...statOf(name) }));
  const family: Member[] = all.filter(({ pid }) => pid === root);
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid));
  return family;
}

function statOf(pid: number | string): Omit<Member, "pid"> & { readonly parent: number; readonly ticks: number } {
  // the program's name stands in brackets and may hold anything, so the fields are counted from the last bracket
  const stat = readProc(`${pid}/stat`);
  const end = stat.lastIndexOf(")");
  const fields = stat.slice(end + 2).split(" ");
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  return { name: stat.slice(stat.indexOf("(") + 1, end), parent: Number(fields[1]), ticks };
}

/** Time in user and kernel mode. */
function ticksOf(pid: number): number {
  return statOf(pid).ticks;
}

function residentBytes(pid: number): number {
  return Number(readProc(`${pid}/statm`).split(" ")[1] ?? 0) * pageBytes;
}

/** Nothing when the process has ended meanwhile. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return "";
  }
}
