/** Owns the little of a logger that the runtime uses; a pino logger is one. */

/** A structured logger: fields first, then a sentence. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = () => undefined;

/** Says nothing; for tests. */
export const silentLog: Log = { info: nothing, warn: nothing, error: nothing };

/** The sentence of whatever was thrown, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
