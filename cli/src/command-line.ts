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

/** Writes lines to standard output and waits until they are taken; a reader that went away (`| head`) ends it quietly. */
export async function print(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text.endsWith("\n") ? text : `${text}\n`, (error) => {
      if (error && (error as NodeJS.ErrnoException).code !== "EPIPE") reject(error);
      else resolve();
    });
  });
}
