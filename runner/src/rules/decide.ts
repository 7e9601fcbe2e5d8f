/** Owns the decision of the rules: whether findings and limits let a run go on, and what it says when they do not. */
import type { RunContext } from "../context.ts";
import type { DataPath } from "../data-path.ts";
import { StepError } from "../errors.ts";
import type { FindingCounter } from "../rows/finding.ts";
import { runKeys } from "../store/keys.ts";
import { exceededLimits } from "./limits.ts";

const rulesNamed = 3;

/** Goes on, or discards what was prepared. Throws StepError `BlockingFindings`. */
export async function decide(context: RunContext, dataPath: DataPath, found: FindingCounter): Promise<void> {
  const reasons = [...blockingRules(dataPath, found), ...limitsOf(context, dataPath, found)];
  if (reasons.length === 0) return;
  await dataPath.discardOutputs();
  context.progress.draft.rows = { ...dataPath.rows, written: 0 };
  const file = runKeys.findings(context.plan.run);
  throw new StepError("BlockingFindings", `${reasons.join("; ")}; nothing was published, all findings are in ${file}`);
}

function blockingRules({ blockingIds }: DataPath, found: FindingCounter): readonly string[] {
  if (!found.hasBlocking) return [];
  const rules = found.listed((id) => blockingIds.has(id)).slice(0, rulesNamed);
  const listed = rules.map(({ id, count, firstRows }) => {
    const rows = firstRows.length > 0 ? ` (row ${firstRows.join(", ")})` : "";
    return `${id} in ${count}${rows}`;
  });
  return [`${found.counts().blocking} blocking findings: ${listed.join("; ")}`];
}

function limitsOf({ definition }: RunContext, { rows }: DataPath, found: FindingCounter): readonly string[] {
  return exceededLimits(definition.limits ?? [], {
    fetched: rows.fetched,
    ofRule: (id) => found.ofRule(id),
    ofSeverity: (severity) => found.ofSeverity(severity),
  });
}
