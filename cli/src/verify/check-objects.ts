/** Owns the check of what evidence names: every object is there, with the size and the hash that the evidence says. */
import type { Link } from "./check-chain.ts";
import { lastLinks } from "./check-chain.ts";
import { type Deviation, restoreIt } from "./deviation.ts";
import type { StoredObjects } from "./stored-objects.ts";

interface Named {
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes?: number;
  /** What it is, in words. */
  readonly what: string;
  /** Whether retention may remove it: bytes of the run, not what proves it. */
  readonly isRemovable?: boolean;
}

/** The note that retention leaves in the folder of a run whose bytes it removed. */
export function removalNote(link: Link): string {
  return `${folderOf(link)}/removed.json`;
}

/** Checks all objects that evidence names. `proven` gets the keys of those that were looked at. */
export async function checkObjects(
  store: StoredObjects,
  links: readonly Link[],
  proven: Set<string>,
): Promise<readonly Deviation[]> {
  const deviations: Deviation[] = [];
  const last = lastLinks(links);
  for (const link of links) {
    proven.add(link.key);
    deviations.push(...(await checkEach(store, link, ledgerOf(link), proven)));
    // what a later attempt replaced, the last evidence of the run speaks for; the ledger is never replaced
    if (last.get(folderOf(link)) !== link) continue;
    proven.add(`${folderOf(link)}/evidence.json`);
    const isRemoved = store.has(removalNote(link));
    if (isRemoved) proven.add(removalNote(link));
    const present = runObjectsOf(link).filter(({ key, isRemovable }) => !isRemoved || !isRemovable || store.has(key));
    deviations.push(...(await checkEach(store, link, present, proven)), ...snapshotsLeft(store, link, proven));
  }
  return once(deviations);
}

async function checkEach(
  store: StoredObjects,
  link: Link,
  named: readonly Named[],
  proven: Set<string>,
): Promise<readonly Deviation[]> {
  const deviations: Deviation[] = [];
  for (const one of named) {
    proven.add(one.key);
    const deviation = await checkOne(store, one, link);
    if (deviation) deviations.push(deviation);
  }
  return deviations;
}

/** The folder of the run that a link is about. */
export function folderOf({ evidence: { run } }: Link): string {
  return `runs/${run.name}/${run.uid}`;
}

async function checkOne(store: StoredObjects, named: Named, link: Link): Promise<Deviation | undefined> {
  const { key, sha256, sizeBytes, what } = named;
  const says = `${link.key} (run ${link.evidence.run.name})`;
  if (!store.has(key))
    return { code: "Missing", where: key, message: `the ${what} that ${says} names is gone; ${restoreIt}` };
  const size = await store.sizeOf(key);
  if (sizeBytes !== undefined && size !== sizeBytes)
    return {
      code: "Changed",
      where: key,
      message: `the ${what} has ${size} bytes, ${says} says ${sizeBytes}; ${restoreIt}`,
    };
  const hash = await store.sha256Of(key);
  if (hash === sha256) return undefined;
  return {
    code: "Changed",
    where: key,
    message: `the ${what} has sha256 ${hash}, ${says} says ${sha256}; ${restoreIt}`,
  };
}

function ledgerOf({ evidence }: Link): readonly Named[] {
  return evidence.ledger.map((one) => ({ ...one, what: ledgerWord(one.key) }));
}

function ledgerWord(key: string): string {
  if (key.startsWith("sequences/")) return "entry about a number";
  if (key.endsWith("/receipt")) return "receipt";
  if (/\/intent-[0-9]+$/.test(key)) return "intent";
  return "entry about the filing";
}

function runObjectsOf({ evidence }: Link): readonly Named[] {
  const { source, otherSources = [], rules, artifacts, packed = [], manifest, checkpoints } = evidence;
  const snapshots = [...(source ? [source] : []), ...otherSources].map(({ snapshot }) => snapshot);
  const removable: readonly Named[] = [
    ...artifacts.map((one) => ({ ...one, what: "artifact" })),
    ...packed.map((one) => ({ ...one, what: "packed file" })),
    ...snapshots.filter(({ kept }) => kept).map((one) => ({ ...one, what: "snapshot" })),
    ...(rules.findingsFile ? [{ ...rules.findingsFile, what: "findings" }] : []),
    ...(rules.exceptionsFile ? [{ ...rules.exceptionsFile, what: "exceptions" }] : []),
    ...checkpoints.map((one) => ({ ...one, what: "checkpoint" })),
  ];
  return [...removable.map((one) => ({ ...one, isRemovable: true })), { ...manifest, what: "manifest" }];
}

/** A snapshot that was to be removed is personal data that somebody kept. */
function snapshotsLeft(store: StoredObjects, link: Link, proven: Set<string>): readonly Deviation[] {
  const { source, otherSources = [] } = link.evidence;
  const removed = [...(source ? [source] : []), ...otherSources].filter(({ snapshot }) => !snapshot.kept);
  return removed.flatMap(({ snapshot: { key } }) => {
    if (!store.has(key)) return [];
    proven.add(key);
    const message = `${link.key} says that the snapshot was removed, and it is there; remove it, and find out who put it back`;
    return [{ code: "Unexpected" as const, where: key, message }];
  });
}

function once(deviations: readonly Deviation[]): readonly Deviation[] {
  return [...new Map(deviations.map((one) => [`${one.code} ${one.where}`, one])).values()];
}
