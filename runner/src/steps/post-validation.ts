/** Owns the state PostValidation: rules about what goes out decide, on the rows that nothing took out. */
import { decide } from "../rules/decide.ts";
import type { Step } from "./step.ts";

/** Decides on all findings: those of what came in have passed already, and count for limits. */
export const postValidation: Step = {
  async run(context) {
    const { dataPath } = context.memory;
    if (dataPath) await decide(context, dataPath, dataPath.found);
  },
};
