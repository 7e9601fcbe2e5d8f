/** Owns the state PostValidation: rules on what goes out; there are none of that phase yet. */
import type { Step } from "./step.ts";

/** Rules of phase PreDelivery decide here. */
export const postValidation: Step = { run: async () => {} };
