/** Owns what an attempt completed and a later one need not repeat, recorded in the store beside the bytes. */

import { createHash } from "node:crypto";
import type { Definition, RunPlan } from "@openreg/crds";
import { z } from "zod";
import { causedBy, StepError } from "./errors.ts";
import { runKeys } from "./store/keys.ts";
import type { Store } from "./store/store.ts";

const count = z.int().min(0);
const stored = z.object({ key: z.string(), sha256: z.string(), sizeBytes: count });
const madeBy = z.object({ contract: z.number(), contentHash: z.string(), attempt: z.number(), at: z.string() });

const fetchedInput = stored.extend({
  input: z.string(),
  rows: count,
  columns: z.array(z.string()).readonly(),
  facts: z.record(z.string(), z.string()),
});

const fetched = fetchedInput.extend({
  madeBy,
  /** Inputs other than that of the record. */
  others: z.array(fetchedInput).optional(),
});

const findings = z.object({
  warning: count,
  blocking: count,
  correctable: count,
  undecided: count,
  byRule: z.array(z.object({ id: z.string(), count, firstRows: z.array(count) })),
});

const artifact = stored.extend({
  output: z.string(),
  fileName: z.string(),
  part: count.optional(),
  /** The only receiver it is for, and its number there. */
  destination: z.string().optional(),
  sequence: z.string().optional(),
  records: count,
});

const rendered = z.object({
  madeBy,
  rows: z.object({ fetched: count, excluded: count, written: count }),
  findings,
  findingsFile: stored,
  exceptionsFile: stored.optional(),
  artifacts: z.array(artifact),
  /** What a receiver gets in place of the artifact with the key `of`. */
  packed: z.array(artifact.extend({ destination: z.string(), of: z.string() })).optional(),
});

/** The snapshot of an input and where it came from. */
export type FetchedInput = z.infer<typeof fetchedInput>;

/** The snapshot of the record's input, with those of the others. */
export type FetchedCheckpoint = z.infer<typeof fetched>;

/** The finished artifacts and what the rules found on the way. */
export type RenderedCheckpoint = z.infer<typeof rendered>;

/** What earlier attempts completed; the later one implies the earlier. */
export interface Checkpoints {
  fetched?: FetchedCheckpoint;
  rendered?: RenderedCheckpoint;
}

/** Which definition and contract a checkpoint was made under. */
export function newMadeBy(plan: RunPlan, definition: Definition, at: string): FetchedCheckpoint["madeBy"] {
  return { contract: definition.contract, contentHash: plan.version.contentHash, attempt: plan.attempt, at };
}

/** Reads the checkpoints of a run; one made under another contract or definition does not count. */
export async function readCheckpoints(store: Store, plan: RunPlan, definition: Definition): Promise<Checkpoints> {
  const isCurrent = (one: { madeBy: FetchedCheckpoint["madeBy"] }): boolean =>
    one.madeBy.contract === definition.contract && one.madeBy.contentHash === plan.version.contentHash;
  const one = await readJson(store, runKeys.fetched(plan.run), fetched);
  const isReadable = one?.key === runKeys.snapshot(plan.run, one?.input ?? ""); // a snapshot of another form is not
  const two = await readJson(store, runKeys.rendered(plan.run), rendered);
  return {
    ...(one && isReadable && isCurrent(one) && { fetched: one }),
    ...(two && isCurrent(two) && { rendered: two }),
  };
}

/** Records a checkpoint durably. */
export async function writeCheckpoint(store: Store, owner: string, key: string, value: unknown): Promise<void> {
  const writer = await store.newWriter(owner);
  await writer.write(Buffer.from(`${JSON.stringify(value)}\n`));
  await writer.commit(key);
}

/** Throws StepError `CheckpointCorrupt` unless the stored bytes have the recorded hash. */
export async function verifyStored(
  store: Store,
  recorded: { readonly key: string; readonly sha256: string },
): Promise<void> {
  const hash = createHash("sha256");
  for await (const chunk of store.readStream(recorded.key)) hash.update(chunk);
  if (hash.digest("hex") === recorded.sha256) return;
  const message = `${recorded.key} does not have the recorded sha256 ${recorded.sha256}; rerun, and find out who changed the store`;
  throw new StepError("CheckpointCorrupt", message);
}

async function readJson<T>(store: Store, key: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const bytes = await store.read(key);
  if (!bytes) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch (cause) {
    const message = `the checkpoint ${key} cannot be read; rerun, and find out who changed the store`;
    throw causedBy(cause, "CheckpointCorrupt", message);
  }
}
