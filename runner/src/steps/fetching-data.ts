/** Owns the state FetchingData: all rows read once, each input from one consistent snapshot, and kept; afterwards no source is asked again. */
import { type FetchedInput, newMadeBy, writeCheckpoint } from "../checkpoints.ts";
import { type RunContext, temporaryOwnerOf } from "../context.ts";
import type { DataPath } from "../data-path.ts";
import { newDataPath } from "../new-data-path.ts";
import type { SourceFacts } from "../source-rows.ts";
import { runKeys } from "../store/keys.ts";
import type { Step } from "./step.ts";

/** Runs the stream of rows to its end. Rules and outputs ride on it, and their steps decide afterwards what of it counts. */
export const fetchingData: Step = {
  async run(context) {
    if (context.memory.checkpoints.rendered || context.plan.purpose === "Settle") return;
    const { dataPath, sources } = await newDataPath(context);
    context.memory.dataPath = dataPath;
    try {
      await dataPath.run();
      await context.failpoint("snapshot.before");
      if (!context.memory.checkpoints.fetched) await keepSnapshots(context, dataPath, sources);
    } catch (error) {
      await dataPath.discard();
      throw error;
    }
    context.progress.draft.rows = dataPath.rows;
    context.progress.changed();
  },
};

/** The checkpoint is written when all snapshots are there: an attempt finds all inputs, or fetches all again. */
async function keepSnapshots(context: RunContext, dataPath: DataPath, sources: readonly SourceFacts[]): Promise<void> {
  const { plan, store, definition, clock, memory, progress } = context;
  const kept: FetchedInput[] = [];
  for (const { parts } of dataPath.parts.passes) {
    const key = runKeys.snapshot(plan.run, parts.input);
    const source = sources.find(({ input }) => input === parts.input);
    const stored = await parts.snapshot?.commit(key);
    if (!stored || !source) continue;
    const { input, columns, facts } = source;
    kept.push({ ...stored, input, columns, facts, key });
  }
  await context.failpoint("snapshot.written");
  const record = kept.find(({ input }) => input === definition.record.input);
  if (!record) return;
  const others = kept.filter((one) => one !== record);
  const madeBy = newMadeBy(plan, definition, clock.now());
  const checkpoint = { ...record, ...(others.length > 0 && { others }), madeBy };
  await writeCheckpoint(store, temporaryOwnerOf(plan), runKeys.fetched(plan.run), checkpoint);
  memory.checkpoints.fetched = checkpoint;
  progress.draft.snapshot = { key: record.key, sha256: record.sha256 };
  await context.failpoint("snapshot.recorded");
}
