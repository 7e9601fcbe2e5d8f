#!/usr/bin/env node
/** The command line `openreg`, which kubectl also finds as its plugin when it is named `kubectl-openreg`. */
import { type Command, endWithReader } from "./command-line.ts";
import { diffCommand } from "./commands/diff.ts";
import { explainCommand } from "./commands/explain.ts";
import { findingsCommand } from "./commands/findings.ts";
import { lintCommand } from "./commands/lint.ts";
import { runCommand } from "./commands/run.ts";
import { verifyCommand } from "./commands/verify.ts";
import { UsageError } from "./usage-error.ts";

const commands: ReadonlyMap<string, Command> = new Map([
  ["run", runCommand],
  ["lint", lintCommand],
  ["explain", explainCommand],
  ["findings", findingsCommand],
  ["diff", diffCommand],
  ["verify", verifyCommand],
]);

async function main([name = "--help", ...args]: readonly string[]): Promise<number> {
  const command = commands.get(name);
  if (command && !args.includes("--help") && !args.includes("-h")) return command.start(args);
  const usages = command ? [command.usage] : [...commands.values()].map(({ usage }) => usage);
  const isAsked = command !== undefined || name === "--help" || name === "-h" || name === "help";
  const text = usages.join("\n\n\n");
  if (isAsked) console.log(text);
  else
    console.error(`there is no command '${name}'; there are ${[...commands.keys()].join(", ")} (see openreg --help)`);
  return isAsked ? 0 : 2;
}

/** What went wrong that was not the user's doing shows its stack; a bundle cannot await at its top. */
async function start(): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}

endWithReader();
void start();
