/** Runs a program to its end, and finds programs on PATH. */
import { spawn } from "node:child_process";
import { constants, createWriteStream } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ClusterError } from "./cluster-error.ts";
import { searchPath } from "./config.ts";

/** How a program is run: `log` gets all it prints; `env` is added to ours; `input` is its standard input. */
export type RunOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly log?: string;
  readonly input?: string;
  readonly next?: string;
};

/** Runs a program and gives its standard output; throws a ClusterError with its last words when it fails. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  if (options.log) await mkdir(dirname(options.log), { recursive: true });
  const log = options.log ? createWriteStream(options.log, { flags: "a" }) : undefined;
  log?.write(`+ ${program} ${args.join(" ")}\n`);
  const { code, stdout, stderr } = await ended(program, args, options, (chunk) => log?.write(chunk));
  // The error names the log: what it tells must be in it.
  if (log) await new Promise<void>((resolve) => log.end(resolve));
  if (code === 0) return stdout;
  const words = (stderr || stdout).trim().split("\n").slice(-8).join("\n    ");
  throw new ClusterError(`${program} ${args.slice(0, 6).join(" ")} failed (${code}):\n    ${words}`, {
    ...(options.log ? { log: options.log } : {}),
    ...(options.next ? { next: options.next } : {}),
  });
}

type Ended = { readonly code: number | string; readonly stdout: string; readonly stderr: string };

function ended(program: string, args: readonly string[], options: RunOptions, tee: (chunk: string) => void) {
  const { cwd, env, input } = options;
  return new Promise<Ended>((resolve) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: "pipe" });
    const heard = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (chunk: string) => {
        heard[name] += chunk;
        tee(chunk);
      });
    }
    child.on("error", (error) => resolve({ code: error.message, ...heard }));
    child.on("close", (code, signal) => resolve({ code: code ?? signal ?? "no exit code", ...heard }));
    child.stdin.on("error", () => {}); // it may end before it has read its input; its exit code tells
    child.stdin.end(input ?? "");
  });
}

/** Whether a program ends with exit code 0. */
export async function succeeds(program: string, args: readonly string[], options: RunOptions = {}): Promise<boolean> {
  return (await ended(program, args, options, () => {})).code === 0;
}

/** The full path of a program on PATH, or undefined. */
export async function which(name: string): Promise<string | undefined> {
  for (const folder of [...searchPath, "/usr/sbin", "/sbin"]) {
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** Whether a file is there and may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
