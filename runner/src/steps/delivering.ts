/** Owns the state Delivering. */
import type { Step } from "./step.ts";

export const delivering: Step = { run: async () => {} };
