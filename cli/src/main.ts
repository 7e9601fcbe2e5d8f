#!/usr/bin/env node
/** The command line `openreg`. */
import { runCommand, runUsage } from "./commands/run.ts";
import { UsageError } from "./usage-error.ts";

const commands = new Map([["run", { start: runCommand, usage: runUsage }]]);

async function main([name = "--help", ...args]: readonly string[]): Promise<number> {
  const command = commands.get(name);
  if (!command || args.includes("--help")) {
    const usages = command ? [command.usage] : [...commands.values()].map(({ usage }) => usage);
    console.log(usages.join("\n\n"));
    return name === "--help" || command ? 0 : 2;
  }
  return command.start(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
