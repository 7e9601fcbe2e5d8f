/** Owns the state FetchingData: all rows read once, from one consistent snapshot, and kept; afterwards the source is never asked again. */
import { type FetchedCheckpoint, newMadeBy, writeCheckpoint } from "../checkpoints.ts";
import { type RunContext, temporaryOwnerOf } from "../context.ts";
import { newDataPath } from "../new-data-path.ts";
import { runKeys } from "../store/keys.ts";
import type { Step } from "./step.ts";

/** Runs the stream of rows to its end. Rules and outputs ride on it, and their steps decide afterwards what of it counts. */
export const fetchingData: Step = {
  async run(context) {
    if (context.memory.checkpoints.rendered || context.plan.purpose === "Settle") return;
    const { dataPath, source } = await newDataPath(context);
    context.memory.dataPath = dataPath;
    try {
      await dataPath.run();
      await context.failpoint("snapshot.before");
      if (dataPath.parts.snapshot) await keepSnapshot(context, source);
    } catch (error) {
      await dataPath.discard();
      throw error;
    }
    context.progress.draft.rows = dataPath.rows;
    context.progress.changed();
  },
};

async function keepSnapshot(
  context: RunContext,
  source: Pick<FetchedCheckpoint, "input" | "columns" | "facts">,
): Promise<void> {
  const { plan, store, definition, clock, memory, progress } = context;
  const key = runKeys.snapshot(plan.run, source.input);
  const stored = await memory.dataPath?.parts.snapshot?.commit(key);
  if (!stored) return;
  await context.failpoint("snapshot.written");
  const checkpoint: FetchedCheckpoint = { ...stored, ...source, key, madeBy: newMadeBy(plan, definition, clock.now()) };
  await writeCheckpoint(store, temporaryOwnerOf(plan), runKeys.fetched(plan.run), checkpoint);
  memory.checkpoints.fetched = checkpoint;
  progress.draft.snapshot = { key, sha256: stored.sha256 };
  await context.failpoint("snapshot.recorded");
}
