/** Owns the log of the runner: JSON lines without row data and without secrets. */
import { pino } from "pino";

/** What the runner logs with: facts first, then a short sentence. */
export interface Log {
  info(facts: Readonly<Record<string, unknown>>, message: string): void;
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
  error(facts: Readonly<Record<string, unknown>>, message: string): void;
}

/** A log that writes JSON lines to standard output at once, so that nothing is lost when the process is killed. */
export function newLog(facts: Readonly<Record<string, unknown>>): Log {
  const options = {
    base: facts,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, pino.destination({ sync: true }));
}

/** A log that keeps quiet, for laptops and tests. */
export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
