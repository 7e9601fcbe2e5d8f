/** Owns a verification: everything that evidence, ledger and chains promise, held against a store and what the cluster signed. */
import { UsageError } from "../usage-error.ts";
import { type Link, linkNamedBy, readChains } from "./check-chain.ts";
import { checkFilings, isFilingEntry } from "./check-filings.ts";
import { checkObjects, removalNote } from "./check-objects.ts";
import { checkSequences, isNumberEntry } from "./check-sequences.ts";
import { checkSignatures, type PublicKeys, type SignedRun } from "./check-signatures.ts";
import { checkUnsigned } from "./check-unsigned.ts";
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

/** Verifies a store. Throws UsageError for a folder that is none, and for a run of which nothing is known. */
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
  const unsigned = checkUnsigned(runs, { all: chains.links, links });
  const rest =
    run === undefined ? unproven(store, proven) : { deviations: [], remarks: silentFolders(store, proven, run) };
  const ledger = [...(await checkFilings(store, links)), ...sequences.deviations];
  const own = run === undefined ? [] : await placesOf(store, run);
  if (run !== undefined && own.length + links.length + asked.length === 0)
    throw new UsageError(`${folder} has nothing of run ${run}: name a run as metadata.name of its ReportRun does`);
  const isAsked = ({ where }: Remark | Deviation) =>
    run === undefined || proven.has(where) || own.includes(where) || where.startsWith(`runs/${run}/`);
  const deviations = [
    ...objects,
    ...[...chains.deviations, ...ledger].filter(isAsked),
    ...[...signatures, ...unsigned.deviations],
    ...rest.deviations,
  ];
  return {
    objects: run === undefined ? store.keys.length : proven.size,
    links: links.length,
    signed: signed.size,
    deviations: merged(deviations),
    remarks: [
      ...removals(store, links),
      ...sequences.remarks.filter(isAsked),
      ...[...unsigned.remarks, ...rest.remarks],
    ],
  };
}

/** The objects in the folders of a run, and the places of its links as their copies name them: such a link can be gone. */
async function placesOf(store: StoredObjects, run: string): Promise<readonly string[]> {
  const inside = store.keys.filter((key) => key.startsWith(`runs/${run}/`));
  const copies = inside.filter((key) => /^runs\/[^/]+\/[^/]+\/evidence\.json$/.test(key));
  const named = await Promise.all(copies.map((copy) => linkNamedBy(store, copy)));
  return [...inside, ...named.filter((key) => key !== undefined)];
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
  const silent = silentFolders(store, proven);
  const silentOnes = new Set(silent.map(({ where }) => where));
  for (const key of store.keys.filter((one) => !proven.has(one))) {
    if (silentOnes.has(runFolder(key) ?? "")) continue;
    if (isFilingEntry(key) || isNumberEntry(key))
      remarks.push({ where: key, message: "no evidence speaks for this entry: its run has none, or goes on" });
    else
      deviations.push({
        ...{ code: "Unexpected", where: key },
        message:
          "no evidence names it and no runner keeps such an object here; find out who put it there, and remove it",
      });
  }
  remarks.push(...silent);
  if (store.temporary.length > 0)
    remarks.push({ where: "tmp", message: `${store.temporary.length} temporary files; the next attempts remove them` });
  return { deviations, remarks };
}

/** The folders of runs, or of one, that no evidence speaks for. */
function silentFolders(store: StoredObjects, proven: ReadonlySet<string>, run?: string): readonly Remark[] {
  const withEvidence = new Set([...proven].flatMap((key) => runFolder(key) ?? []));
  const folders = new Set(store.keys.flatMap((key) => runFolder(key) ?? []));
  const silent = [...folders].filter(
    (folder) => !withEvidence.has(folder) && (run === undefined || folder.startsWith(`runs/${run}/`)),
  );
  return silent.map((where) => ({
    where,
    message: "the run has no evidence: it has not ended, or it failed; nothing is said about its files",
  }));
}

function runFolder(key: string): string | undefined {
  return /^runs\/[^/]+\/[^/]+(?=\/)/.exec(key)?.[0];
}
