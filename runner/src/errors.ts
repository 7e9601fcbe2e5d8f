/** Owns the one error by which a step ends an attempt, and how a cause becomes one readable line. */
import { exitCodes, type FailureCode, failureCodes, type StepName } from "@openreg/crds";

interface StepErrorOptions {
  readonly cause?: unknown;
  /** The step it belongs to, when that is not the step the machine is in. */
  readonly step?: StepName;
  /** Overrides what the table says about a retry, e.g. when a grace period is over. */
  readonly retryable?: boolean;
}

/** Ends the attempt. `code` is stable and says whether another attempt can help; the message says what, where and what to do. */
export class StepError extends Error {
  readonly code: FailureCode;
  readonly step: StepName | undefined;
  readonly retryable: boolean;

  constructor(code: FailureCode, message: string, options: StepErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StepError";
    this.code = code;
    this.step = options.step;
    this.retryable = options.retryable ?? failureCodes[code].retryable;
  }
}

/** A StepError for something caught. */
export function causedBy(cause: unknown, code: FailureCode, message: string): StepError {
  return new StepError(code, message, { cause });
}

/** Makes any thrown value a StepError; what nobody expected is an InternalError. */
export function asStepError(thrown: unknown): StepError {
  if (thrown instanceof StepError) return thrown;
  return new StepError("InternalError", `the runner met something unexpected: ${messageOf(thrown)}`, { cause: thrown });
}

/** The exit code that tells the operator what an error means. */
export function exitCodeOf(error: StepError): number {
  if (error.code === "Fenced") return exitCodes.fenced;
  if (error.code === "Cancelled") return exitCodes.cancelled;
  return error.retryable ? exitCodes.retryable : exitCodes.terminal;
}

/** The message of a thrown value; an error without one (several addresses refused) is told by its first cause or its code. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === "") return messageOf(thrown.errors[0]);
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.message === "" ? (codeOf(thrown) ?? thrown.name) : thrown.message;
}

/** The `code` of a system or database error, or undefined. */
export function codeOf(thrown: unknown): string | undefined {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return codeOf(thrown.errors[0]);
  const code = (thrown as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** A text for a status field: one line, at most `limit` characters. */
export function shortened(text: string, limit: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}
