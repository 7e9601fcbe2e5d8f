/** Owns the state PreValidation: the rules have seen every row; here they decide whether the run goes on. */
import type { RunContext } from "../context.ts";
import { StepError } from "../errors.ts";
import type { FindingCounts } from "../rows/finding.ts";
import { runKeys } from "../store/keys.ts";
import type { Step } from "./step.ts";

/** Keeps findings and exceptions; a Blocking finding discards what was prepared and ends the run. */
export const preValidation: Step = {
  async run(context) {
    const { dataPath } = context.memory;
    if (!dataPath) return;
    const { plan, memory, progress } = context;
    memory.findingsFile = await kept(dataPath.parts.findings, runKeys.findings(plan.run));
    memory.exceptionsFile = await kept(dataPath.parts.exceptions, runKeys.exceptions(plan.run));
    progress.draft.findings = dataPath.counts;
    progress.changed();
    if (dataPath.counts.blocking === 0) return context.failpoint("validated");
    await dataPath.discardOutputs();
    progress.draft.rows = { ...dataPath.rows, written: 0 };
    throw new StepError("BlockingFindings", refusal(context, dataPath.counts));
  },
};

type Lines = NonNullable<RunContext["memory"]["dataPath"]>["parts"]["findings"];

async function kept(lines: Lines, key: string) {
  return { key, ...(await lines.commit(key)) };
}

function refusal({ definition, plan }: RunContext, counts: FindingCounts): string {
  const severe = new Set(definition.rules.filter(({ severity }) => severity === "Blocking").map(({ id }) => id));
  const rules = counts.byRule.filter(({ id }) => severe.has(id)).slice(0, 3);
  const listed = rules.map(({ id, count, firstRows }) => `${id} in ${count} (row ${firstRows.join(", ")})`).join("; ");
  return `${counts.blocking} blocking findings: ${listed}; nothing was published, all findings are in ${runKeys.findings(plan.run)}`;
}
