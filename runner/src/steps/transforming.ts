/** Owns the state Transforming: the rows pass the Report's fields on the one stream; nothing is left to wait for. */
import type { Step } from "./step.ts";

/** Fields were computed row by row; users' steps, when there are some, wait for their rows here. */
export const transforming: Step = { run: async () => {} };
