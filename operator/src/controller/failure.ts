/** Owns what a failed reconcile is called. */
import type { ObjectKey } from "./kubernetes.ts";
import { messageOf } from "./log.ts";
import { TerminalError } from "./terminal-error.ts";
import { TimeLimitError } from "./time-limit.ts";

/** A failed reconcile, for the kind to write its condition. */
export interface Failure {
  readonly key: ObjectKey;
  readonly kind: "Terminal" | "Transient" | "TimeLimit" | "HotLoop";
  /** PascalCase, for the condition. */
  readonly reason: string;
  readonly message: string;
  /** How often in a row. */
  readonly attempts: number;
  /** When the next attempt comes; undefined when only a change brings it. */
  readonly retryAfterMilliseconds?: number;
  readonly error?: unknown;
}

/** Names what was thrown; `wait` is how long until the next attempt, undefined when only a change brings it. */
export function toFailure(key: ObjectKey, error: unknown, attempts: number, wait: number | undefined): Failure {
  const later = wait === undefined ? {} : { retryAfterMilliseconds: wait };
  const common = { key, message: messageOf(error), attempts, error, ...later };
  if (error instanceof TerminalError) return { ...common, kind: "Terminal", reason: error.reason };
  if (error instanceof TimeLimitError) return { ...common, kind: "TimeLimit", reason: "TimeLimitExceeded" };
  return { ...common, kind: "Transient", reason: "ReconcileFailed" };
}
