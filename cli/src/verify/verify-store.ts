/** Owns a verification: everything that evidence, ledger and chains promise, held against a store and what the cluster signed. */
import { type Link, readChains } from "./check-chain.ts";
import { checkFilings, isFilingEntry } from "./check-filings.ts";
import { checkObjects, removalNote } from "./check-objects.ts";
import { checkSequences, isNumberEntry } from "./check-sequences.ts";
import { checkSignatures, type PublicKeys, type SignedRun } from "./check-signatures.ts";
import type { Deviation, Remark } from "./deviation.ts";
import { openStore, type StoredObjects } from "./stored-objects.ts";

/** What to verify. */
export interface Verification {
  readonly folder: string;
  /** Only what is about this run, by its name. */
  readonly run?: string | undefined;
  readonly runs: readonly SignedRun[];
  readonly keys: PublicKeys;
}

/** What was looked at, and what was found. */
export interface Verdict {
  readonly objects: number;
  readonly links: number;
  /** Links whose signature is right. */
  readonly signed: number;
  readonly deviations: readonly Deviation[];
  readonly remarks: readonly Remark[];
}

/** Verifies a store. Throws UsageError for a folder that is none. */
export async function verifyStore({ folder, run, runs, keys }: Verification): Promise<Verdict> {
  const store = await openStore(folder);
  const chains = await readChains(store);
  const proven = new Set<string>();
  const signed = new Set<string>();
  const asked = runs.filter(({ name }) => run === undefined || name === run);
  const links = chains.links.filter(({ evidence }) => run === undefined || evidence.run.name === run);
  const objects = await checkObjects(store, links, proven);
  const signatures = checkSignatures(asked, { links: chains.links, keys, signed });
  const sequences = await checkSequences(store);
  const whole = run === undefined ? unproven(store, proven) : { deviations: [], remarks: [] };
  const ledger = [...(await checkFilings(store, links)), ...sequences.deviations];
  const isAsked = ({ where }: Remark | Deviation) =>
    run === undefined || proven.has(where) || where.startsWith(`runs/${run}/`);
  const deviations = [
    ...objects,
    ...[...chains.deviations, ...ledger].filter(isAsked),
    ...signatures,
    ...whole.deviations,
  ];
  return {
    objects: run === undefined ? store.keys.length : proven.size,
    links: links.length,
    signed: signed.size,
    deviations: merged(deviations),
    remarks: [...removals(store, links), ...sequences.remarks.filter(isAsked), ...whole.remarks],
  };
}

/** Runs of which retention left only what proves them. */
function removals(store: StoredObjects, links: readonly Link[]): readonly Remark[] {
  const notes = new Set(links.map(removalNote).filter((note) => store.has(note)));
  return [...notes].map((where) => ({
    where,
    message: "retention removed the bytes of the run, as this note says; what is left of it is checked",
  }));
}

/** Of one object the first that was found is said; what follows from it need not be. */
function merged(deviations: readonly Deviation[]): readonly Deviation[] {
  const byPlace = new Map<string, Deviation>();
  for (const one of deviations)
    if (!byPlace.has(`${one.where} ${one.code}`)) byPlace.set(`${one.where} ${one.code}`, one);
  return [...byPlace.values()].sort((first, second) => (first.where < second.where ? -1 : 1));
}

/** What no evidence speaks for: of a run without evidence that is so; in the folder of a run that has one, or elsewhere, it was put there. */
function unproven(store: StoredObjects, proven: ReadonlySet<string>) {
  const deviations: Deviation[] = [];
  const remarks: Remark[] = [];
  const withEvidence = new Set([...proven].flatMap((key) => runFolder(key) ?? []));
  const silent = new Set<string>();
  for (const key of store.keys.filter((one) => !proven.has(one))) {
    const folder = runFolder(key);
    if (folder !== undefined && !withEvidence.has(folder)) silent.add(folder);
    else if (isFilingEntry(key) || isNumberEntry(key))
      remarks.push({ where: key, message: "no evidence speaks for this entry: its run has none, or goes on" });
    else
      deviations.push({
        ...{ code: "Unexpected", where: key },
        message:
          "no evidence names it and no runner keeps such an object here; find out who put it there, and remove it",
      });
  }
  for (const where of silent)
    remarks.push({
      where,
      message: "the run has no evidence: it has not ended, or it failed; nothing is said about its files",
    });
  if (store.temporary.length > 0)
    remarks.push({ where: "tmp", message: `${store.temporary.length} temporary files; the next attempts remove them` });
  return { deviations, remarks };
}

function runFolder(key: string): string | undefined {
  return /^runs\/[^/]+\/[^/]+(?=\/)/.exec(key)?.[0];
}
