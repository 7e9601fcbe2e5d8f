/** Owns the state Initializing: everything that can be refused before a source is asked. */
import { readCheckpoints, verifyStored } from "../checkpoints.ts";
import { claimFiling } from "../claim.ts";
import { connectorKindOf } from "../connectors/registry.ts";
import { type RunContext, temporaryOwnerOf } from "../context.ts";
import { receiversOf } from "../deliveries.ts";
import { StepError } from "../errors.ts";
import { sectionsOf } from "../formats/registry.ts";
import { hasVoidNumber } from "../numbering.ts";
import { releaseConnector, releaseDestination } from "../release.ts";
import type { Step } from "./step.ts";

/** Checks the plan and the credentials, claims the filing and finds what earlier attempts completed. */
export const initializing: Step = {
  async run(context) {
    const { store, plan, definition, memory } = context;
    checkBreadth(context);
    await store.sweep(temporaryOwnerOf(plan));
    memory.checkpoints = await readCheckpoints(store, plan, definition);
    await checkCredentials(context);
    await claimFiling(context);
    if (memory.outcome) return;
    await dropVoidNumbers(context);
    await adoptCheckpoints(context);
  },
};

/** What the definition does not fit together with is refused here, by name. */
function checkBreadth({ definition }: RunContext): void {
  const { inputs, record, outputs, connectors } = definition;
  const streams = inputs.filter(({ lookupBy }) => !lookupBy).map(({ name }) => name);
  if (!streams.includes(record.input)) {
    const message = `record.input ${record.input} is not among the inputs without lookupBy; name one of ${streams.join(", ")}`;
    throw new StepError("PlanInvalid", message);
  }
  for (const output of outputs) {
    const stray = sectionsOf(output).find(({ from }) => !inputs.some(({ name }) => name === from));
    if (stray) throw new StepError("PlanInvalid", `output ${output.name} is from ${stray.from}, which is not an input`);
  }
  for (const settings of connectors) connectorKindOf(settings);
}

/** Every address and mode is checked before anything is read, so a wrong receiver is found before hours of work. */
async function checkCredentials(context: RunContext): Promise<void> {
  const needsSource = !context.memory.checkpoints.fetched && !context.memory.checkpoints.rendered;
  if (needsSource && context.plan.purpose === "Run") {
    for (const settings of context.definition.connectors) await releaseConnector(context, settings);
  }
  for (const receiver of receiversOf(context)) await releaseDestination(context, receiver.destination);
}

/** Files whose number became void while the run had ended are made anew, from the rows that were kept, with other numbers. */
async function dropVoidNumbers(context: RunContext): Promise<void> {
  const { memory, plan, log } = context;
  const { rendered } = memory.checkpoints;
  if (!rendered || plan.purpose === "Settle" || !(await hasVoidNumber(context, rendered.artifacts))) return;
  log.warn({ attempt: rendered.madeBy.attempt }, "artifacts of an earlier attempt have numbers that are void now");
  delete memory.checkpoints.rendered;
}

async function adoptCheckpoints({ store, memory, progress, log }: RunContext): Promise<void> {
  const { fetched, rendered } = memory.checkpoints;
  const reported = progress.draft.snapshot;
  if (fetched && reported && reported.key === fetched.key && reported.sha256 !== fetched.sha256) {
    const message = `the checkpoint of ${fetched.key} names another sha256 than the status of the run; rerun, and find out who changed the store`;
    throw new StepError("CheckpointCorrupt", message);
  }
  if (fetched) progress.draft.snapshot = { key: fetched.key, sha256: fetched.sha256 };
  if (!rendered) return;
  for (const artifact of [...rendered.artifacts, ...(rendered.packed ?? [])]) await verifyStored(store, artifact);
  progress.draft.rows = rendered.rows;
  progress.draft.findings = rendered.findings;
  progress.draft.artifacts = rendered.artifacts.map((one) => ({ ...one }));
  log.info(
    { artifacts: rendered.artifacts.length, attempt: rendered.madeBy.attempt },
    "artifacts of an earlier attempt are reused",
  );
}
