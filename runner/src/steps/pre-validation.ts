/** Owns the state PreValidation: the rules have seen every row; here those about what came in decide whether the run goes on. */
import { decide } from "../rules/decide.ts";
import { runKeys } from "../store/keys.ts";
import type { LineWriter } from "../store/lines.ts";
import type { Step } from "./step.ts";

/** Keeps findings and exceptions; a Blocking finding or an exceeded limit discards what was prepared and ends the run. */
export const preValidation: Step = {
  async run(context) {
    const { dataPath } = context.memory;
    if (!dataPath) return;
    const { plan, memory, progress } = context;
    memory.findingsFile = await kept(dataPath.parts.findings, runKeys.findings(plan.run));
    memory.exceptionsFile = await kept(dataPath.parts.exceptions, runKeys.exceptions(plan.run));
    progress.draft.findings = dataPath.counts;
    progress.changed();
    await decide(context, dataPath, dataPath.foundEarly);
    await context.failpoint("validated");
  },
};

async function kept(lines: LineWriter, key: string) {
  return { key, ...(await lines.commit(key)) };
}
