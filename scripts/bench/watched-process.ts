/** Owns a timed program: how long it ran, what it printed, and the peak of the memory that it and its descendants held together. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const sampleMs = 50;
const samplesPerSearch = 10;
const pageBytes = 4096;

/** What is run. */
export interface WatchedProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How it went. */
export interface WatchedEnd {
  /** From the start of the program to its exit. */
  readonly seconds: number;
  readonly output: string;
  /** The largest sum of resident bytes over all its processes, sampled every 50 ms. */
  readonly peakBytes: number;
}

/** Runs a program to its end. Throws with its last words when it fails. */
export async function watch({ program, args, env }: WatchedProgram): Promise<WatchedEnd> {
  const started = performance.now();
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const heard = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      heard[name] += text;
    });
  const memory = newMemorySampler(child.pid);
  const timer = setInterval(memory.sample, sampleMs);
  try {
    const end = await new Promise<{ code: number | string; seconds: number }>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) =>
        resolve({ code: code ?? signal ?? "?", seconds: (performance.now() - started) / 1000 }),
      );
    });
    if (end.code !== 0)
      throw new Error(`${program} failed (${end.code}): ${(heard.stderr || heard.stdout).trim().slice(-2000)}`);
    return { seconds: end.seconds, output: heard.stdout, peakBytes: memory.peakBytes() };
  } finally {
    clearInterval(timer);
  }
}

function newMemorySampler(root: number | undefined) {
  let family: readonly number[] = root === undefined ? [] : [root];
  let samples = 0;
  let peak = 0;
  return {
    sample: () => {
      // searching all of /proc costs more than reading a few files of it
      if (root !== undefined && samples % samplesPerSearch === 0) family = familyOf(root);
      samples += 1;
      peak = Math.max(
        peak,
        family.reduce((total, pid) => total + residentBytes(pid), 0),
      );
    },
    peakBytes: () => peak,
  };
}

/** A process and all its descendants. */
function familyOf(root: number): readonly number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: parentOf(name) }));
  const family = [root];
  for (const member of family) family.push(...parents.filter(({ parent }) => parent === member).map(({ pid }) => pid));
  return family;
}

function parentOf(pid: string): number {
  // the program's name stands in brackets and may hold anything, so the fields are counted from the last bracket
  const stat = readProc(`${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
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
