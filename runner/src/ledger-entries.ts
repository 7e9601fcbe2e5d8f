/** Owns which entries of the ledger the evidence of a run vouches for, each with its hash. */
import { createHash } from "node:crypto";
import type { RunContext } from "./context.ts";
import { planDeliveries } from "./deliveries.ts";
import { StepError } from "./errors.ts";
import { numberEntriesOf } from "./numbering.ts";
import { ledgerKeys, runKeys } from "./store/keys.ts";

/** An object of the store and the hash of its bytes. */
export interface ProvenEntry {
  readonly key: string;
  readonly sha256: string;
}

/** The checkpoints of the run, by their keys. */
export async function checkpointEntries(context: RunContext): Promise<readonly ProvenEntry[]> {
  const folder = runKeys.checkpoints(context.plan.run);
  return proven(context, await keysIn(context, folder));
}

/** Everything in the ledger about the filing of the run: claims, intents, receipts, numbers, and numbers that it found open and closed. */
export async function ledgerEntries(context: RunContext): Promise<readonly ProvenEntry[]> {
  const { filing } = context.progress.draft;
  if (!filing) return [];
  const keys = [...(await keysIn(context, ledgerKeys.filing(filing.key)))];
  const planned = planDeliveries(context);
  for (const { key } of planned) keys.push(...(await keysIn(context, ledgerKeys.submission(key))));
  keys.push(...(await numberEntriesOf(context)));
  return proven(context, keys.sort());
}

async function keysIn({ store }: RunContext, folder: string): Promise<readonly string[]> {
  return (await store.list(folder)).map((name) => `${folder}/${name}`);
}

async function proven({ store }: RunContext, keys: readonly string[]): Promise<readonly ProvenEntry[]> {
  const entries: ProvenEntry[] = [];
  for (const key of keys) {
    const bytes = await store.read(key);
    if (!bytes)
      throw new StepError("StoreUnavailable", `${key} is listed but not there; check the volume of the ArtifactStore`);
    entries.push({ key, sha256: createHash("sha256").update(bytes).digest("hex") });
  }
  return entries;
}
