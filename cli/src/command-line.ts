/** Owns what the commands share: how their arguments are read, and where their output goes. */
import { type ParseArgsConfig, type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { UsageError } from "./usage-error.ts";

/** A command: how it is called, and what it does. `start` gives the exit code and throws UsageError when it cannot begin. */
export interface Command {
  readonly usage: string;
  start(args: readonly string[]): Promise<number>;
}

/** Reads the arguments of a command. Throws UsageError for what it does not know. */
export function parsedArguments<T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  return parsed({ args: [...args], options, allowPositionals: true as const });
}

function parsed<T extends ParseArgsConfig>(config: T) {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Refuses arguments that belong to no option. */
export function refusePositionals(positionals: readonly string[]): void {
  const [first] = positionals;
  if (first !== undefined) throw new UsageError(`'${first}' belongs to no option: name files with -f`);
}

/** Writes text to standard output and waits until it is taken. */
export async function print(text: string): Promise<void> {
  const lines = text.endsWith("\n") ? text : `${text}\n`;
  await new Promise<void>((resolve) => process.stdout.write(lines, () => resolve()));
}

/** Ends the program without a word when the reader of its output has gone (`openreg findings … | head`). */
export function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
}
