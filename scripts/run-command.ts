/** Owns how scripts start another program: its output is passed on or kept, and its end is awaited. */
import { spawn } from "node:child_process";
import { join } from "node:path";

/** The folder of the checkout. */
export const root = join(import.meta.dirname, "..");

/** How a program ended. */
export interface CommandResult {
  readonly code: number;
  readonly output: string;
}

/** Runs a program in the checkout and gives its exit code (1 when a signal ended it) and its output; `show` passes the output on as it comes. */
export function runCommand(program: string, args: readonly string[], { show = false } = {}): Promise<CommandResult> {
  const child = spawn(program, args, {
    cwd: root,
    stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
  });
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

/** Runs a module of node_modules by this Node, e.g. `vitest/vitest.mjs`. */
export function runModule(
  module: string,
  args: readonly string[],
  options?: { readonly show?: boolean },
): Promise<CommandResult> {
  return runCommand(process.execPath, [join(root, "node_modules", module), ...args], options);
}
