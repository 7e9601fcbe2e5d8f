/** Owns the interface of a step. */
import type { RunContext } from "../context.ts";

/** The work of one state. Throws StepError to end the attempt; sets `memory.outcome` to end it without failing. */
export interface Step {
  run(context: RunContext): Promise<void>;
}
