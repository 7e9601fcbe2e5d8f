/** Owns the check of the chains: every link is there, names the one before it, and each run's copy is what its link says. */
import { evidenceFormat, type ReadEvidence } from "@openreg/runner";
import { type Deviation, restoreIt } from "./deviation.ts";
import type { StoredObjects } from "./stored-objects.ts";

/** A link that can be read. */
export interface Link {
  readonly key: string;
  readonly sha256: string;
  readonly number: number;
  readonly evidence: ReadEvidence;
}

/** The links of all chains, and what is wrong with them. */
export interface ReadChains {
  readonly links: readonly Link[];
  readonly deviations: readonly Deviation[];
}

const linkPattern = /^evidence\/([^/]+\/[^/]+\/(?:Live|Test))\/([1-9][0-9]*)\.json$/;

/** Reads all chains. */
export async function readChains(store: StoredObjects): Promise<ReadChains> {
  const found = store.keys.flatMap((key) => {
    const [, chain, number] = linkPattern.exec(key) ?? [];
    return chain === undefined ? [] : [{ key, chain, number: Number(number) }];
  });
  const links: Link[] = [];
  const deviations: Deviation[] = [];
  for (const [chain, ones] of Map.groupBy(found, (one) => one.chain)) {
    const read = await readChain(store, chain, ones);
    links.push(...read.links);
    deviations.push(...read.deviations);
  }
  return { links, deviations: [...deviations, ...(await checkCopies(store, links))] };
}

interface FoundLink {
  readonly key: string;
  readonly number: number;
}

async function readChain(store: StoredObjects, chain: string, found: readonly FoundLink[]): Promise<ReadChains> {
  const byNumber = new Map(found.map((one) => [one.number, one]));
  const highest = Math.max(...byNumber.keys());
  const links: Link[] = [];
  const deviations: Deviation[] = [];
  let previous: { readonly key: string; readonly sha256: string } | undefined;
  for (let number = 1; number <= highest; number += 1) {
    const one = byNumber.get(number);
    const key = one?.key ?? `evidence/${chain}/${number}.json`;
    if (!one) {
      const message = `link ${number} of ${highest} is gone from the chain; ${restoreIt}`;
      deviations.push({ code: "ChainGap", where: key, message });
      previous = undefined;
      continue;
    }
    const link = await readLink(store, one, chain);
    if (link) links.push(link);
    else
      deviations.push({
        code: "Unreadable",
        where: key,
        message: `the link is not the evidence of its place; ${restoreIt}`,
      });
    if (link && !follows(link, previous, number)) deviations.push(broken(link, previous?.key));
    previous = { key, sha256: await store.sha256Of(key) };
  }
  return { links, deviations };
}

async function readLink(store: StoredObjects, { key, number }: FoundLink, chain: string): Promise<Link | undefined> {
  const parsed = evidenceFormat.safeParse(await store.json(key));
  if (!parsed.success) return undefined;
  const { run, chain: place } = parsed.data;
  const isInPlace = chain === `${run.namespace}/${run.series}/${run.mode}` && place.number === number;
  return isInPlace ? { key, number, sha256: await store.sha256Of(key), evidence: parsed.data } : undefined;
}

/** After a gap nobody can say which link it named. */
function follows(link: Link, previous: { readonly sha256: string } | undefined, number: number): boolean {
  if (number === 1) return link.evidence.chain.previous === null;
  return previous === undefined || link.evidence.chain.previous === previous.sha256;
}

function broken({ key, number, evidence }: Link, previousKey: string | undefined): Deviation {
  const named = evidence.chain.previous ?? "none";
  const message = `link ${number} names ${named} as the evidence before it, which is not the sha256 of ${previousKey ?? "anything"}: one of the two was changed; ${restoreIt}`;
  return { code: "ChainBroken", where: previousKey ?? key, message };
}

/** Each folder of a run has a copy of its last link; another text there is a fork. */
async function checkCopies(store: StoredObjects, links: readonly Link[]): Promise<readonly Deviation[]> {
  const deviations: Deviation[] = [];
  const last = lastLinks(links);
  for (const [folder, link] of last) {
    const copy = `${folder}/evidence.json`;
    if (!store.has(copy) && store.keys.some((key) => key.startsWith(`${folder}/`)))
      deviations.push({ code: "Missing", where: copy, message: `the copy of ${link.key} is gone; copy it from there` });
    else if (store.has(copy) && (await store.sha256Of(copy)) !== link.sha256)
      deviations.push({
        code: "Changed",
        where: copy,
        message: `it is not what ${link.key} says: one of the two was changed; the one with the sha256 that the operator signed is right`,
      });
  }
  for (const key of store.keys.filter((one) => /^runs\/[^/]+\/[^/]+\/evidence\.json$/.test(one))) {
    if (last.has(key.slice(0, -"/evidence.json".length))) continue;
    const gone = await goneLink(store, key);
    if (gone) deviations.push(gone);
    if (gone) continue;
    const message = `no link of a chain is the evidence of this run: it was taken out of the chain, or made beside it; ${restoreIt}`;
    deviations.push({ code: "NotInChain", where: key, message });
  }
  return deviations;
}

/** The link that a copy is of, when there is none under its key. */
async function goneLink(store: StoredObjects, copy: string): Promise<Deviation | undefined> {
  const where = await linkNamedBy(store, copy);
  if (where === undefined || store.has(where)) return undefined;
  const message = `the link is gone from the chain, and ${copy} is its copy; ${restoreIt}`;
  return { code: "NotInChain", where, message };
}

/** The key of the link that a copy says it is of, or undefined when it cannot be read. */
export async function linkNamedBy(store: StoredObjects, copy: string): Promise<string | undefined> {
  const { data } = evidenceFormat.safeParse(await store.json(copy));
  if (!data) return undefined;
  const { namespace, series, mode } = data.run;
  return `evidence/${namespace}/${series}/${mode}/${data.chain.number}.json`;
}

/** The last link of each run, by the folder of the run. */
export function lastLinks(links: readonly Link[]): ReadonlyMap<string, Link> {
  const last = new Map<string, Link>();
  for (const link of links) {
    const folder = `runs/${link.evidence.run.name}/${link.evidence.run.uid}`;
    if ((last.get(folder)?.number ?? 0) < link.number) last.set(folder, link);
  }
  return last;
}
