/** Owns one entry of the ledger: canonical JSON that is created exclusively, says who wrote it, and is never replaced. */
import { canonicalJson } from "@openreg/crds";
import { z } from "zod";
import type { RunContext } from "./context.ts";
import { causedBy, StepError } from "./errors.ts";
import type { Store } from "./store/store.ts";

/** Who wrote an entry, and when. */
export const by = z.object({ runUID: z.string(), runName: z.string(), attempt: z.number(), at: z.string() });

/** Who writes an entry. */
export type By = z.infer<typeof by>;

/** What entries of an attempt say of who wrote them. */
export function byOf({ plan, clock }: Pick<RunContext, "plan" | "clock">): By {
  return { runUID: plan.run.uid, runName: plan.run.name, attempt: plan.attempt, at: clock.now() };
}

/** Creates an entry. Answers false, and changes nothing, when there is one of that key. */
export function createEntry(store: Store, key: string, entry: object): Promise<boolean> {
  return store.createExclusive(key, Buffer.from(`${canonicalJson(entry)}\n`));
}

/** Reads an entry, or undefined. Throws StepError `CheckpointCorrupt` for what no runner wrote. */
export async function findEntry<T>(store: Store, key: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const bytes = await store.read(key);
  return bytes && parsed(key, bytes, schema);
}

/** Reads an entry that is listed. Throws StepError. */
export async function readEntry<T>(store: Store, key: string, schema: z.ZodType<T>): Promise<T> {
  const found = await findEntry(store, key, schema);
  if (found) return found;
  const message = `the ledger lists ${key} but does not hold it; check the volume of the ArtifactStore`;
  throw new StepError("StoreUnavailable", message);
}

function parsed<T>(key: string, bytes: Uint8Array, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch (cause) {
    throw causedBy(
      cause,
      "CheckpointCorrupt",
      `the entry ${key} of the ledger cannot be read; find out who changed the store`,
    );
  }
}
