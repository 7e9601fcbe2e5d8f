/**
 * Owns the chain of evidence of a series: each link is the evidence itself, names the hash of the one before it, and is created exclusively.
 * So there is one order, no fork, and nothing can be taken out or changed without the links after it saying so.
 */
import { createHash } from "node:crypto";
import { canonicalJson } from "@openreg/crds";
import { z } from "zod";
import { StepError } from "./errors.ts";
import { findEntry, readEntry } from "./ledger-entry.ts";
import { type ChainIdentity, ledgerKeys } from "./store/keys.ts";
import type { Store } from "./store/store.ts";

/** The place of evidence in its chain; `previous` is the sha256 of the link before it, null for the first. */
export interface ChainPlace {
  readonly number: number;
  readonly previous: string | null;
}

/** A link that is in the store. */
export interface ChainLink {
  readonly key: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

const startOf = z.object({ above: z.number() });
const linkRun = z.looseObject({ run: z.looseObject({ uid: z.string() }) });

const mostTries = 1000;

/** What a run adds to the chain. */
export interface ChainEntry {
  readonly chain: ChainIdentity;
  readonly runUID: string;
  /** Above which number its own links are, as `noteStart` says. */
  readonly above: number;
  /** The evidence at a place; the same but for the place, whenever it is asked. */
  readonly at: (place: ChainPlace) => object;
  /** Whether evidence that this run added earlier, and then could not report, still says everything. */
  readonly isStillTrue: (earlier: object) => boolean;
  /** Makes what the evidence refers to, and throws when the run is no longer ours; called right before a link is created. */
  readonly prepare: () => Promise<void>;
}

/** Adds evidence to its chain, or finds that this run has added it already. Throws StepError. */
export async function appendEvidence(store: Store, entry: ChainEntry): Promise<ChainLink> {
  const { chain, at } = entry;
  const earlier = await ownLink(store, entry);
  if (earlier) return earlier;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const head = await headOf(store, chain);
    const number = (head?.number ?? 0) + 1;
    const bytes = Buffer.from(canonicalJson(at({ number, previous: head?.sha256 ?? null })));
    await entry.prepare();
    const key = ledgerKeys.link(chain, number);
    if (await store.createExclusive(key, bytes)) return { key, sha256: sha256Of(bytes), bytes };
  }
  throw new StepError(
    "StoreUnavailable",
    `other runs added evidence to ${ledgerKeys.chain(chain)} ${mostTries} times in a row; retry the run`,
  );
}

/** Notes above which number the links of a run are, before it adds the first; answers what was noted first. */
export async function noteStart(store: Store, chain: ChainIdentity, startKey: string): Promise<number> {
  const noted = await findEntry(store, startKey, startOf);
  if (noted) return noted.above;
  const above = (await numbersOf(store, chain)).at(-1) ?? 0;
  await store.createExclusive(startKey, Buffer.from(`${canonicalJson({ above })}\n`)); // the first one stands
  return (await readEntry(store, startKey, startOf)).above;
}

/** The last link that this run added, when what it says is still everything. */
async function ownLink(
  store: Store,
  { chain, runUID, above, isStillTrue }: ChainEntry,
): Promise<ChainLink | undefined> {
  const later = (await numbersOf(store, chain)).filter((number) => number > above);
  for (const number of later.toReversed()) {
    const key = ledgerKeys.link(chain, number);
    const evidence = await readEntry(store, key, linkRun);
    if (evidence.run.uid !== runUID) continue;
    if (!isStillTrue(evidence)) return undefined;
    const bytes = await bytesOf(store, key);
    return { key, sha256: sha256Of(bytes), bytes };
  }
  return undefined;
}

async function headOf(
  store: Store,
  chain: ChainIdentity,
): Promise<{ readonly number: number; readonly sha256: string } | undefined> {
  const number = (await numbersOf(store, chain)).at(-1);
  if (number === undefined) return undefined;
  return { number, sha256: sha256Of(await bytesOf(store, ledgerKeys.link(chain, number))) };
}

async function numbersOf(store: Store, chain: ChainIdentity): Promise<readonly number[]> {
  const names = await store.list(ledgerKeys.chain(chain));
  return names
    .flatMap((name) => /^([0-9]+)\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

async function bytesOf(store: Store, key: string): Promise<Uint8Array> {
  const bytes = await store.read(key);
  if (bytes) return bytes;
  throw new StepError("StoreUnavailable", `${key} is listed but not there; check the volume of the ArtifactStore`);
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
