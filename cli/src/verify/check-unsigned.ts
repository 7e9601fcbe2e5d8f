/** Owns the check of links that nobody signed: whoever can write in the store can add one, with hashes that fit what was changed. */
import type { Link } from "./check-chain.ts";
import { folderOf } from "./check-objects.ts";
import type { SignedRun } from "./check-signatures.ts";
import type { Deviation, Remark } from "./deviation.ts";

interface Found {
  readonly deviations: readonly Deviation[];
  readonly remarks: readonly Remark[];
}

/** Checks that a run of the cluster signed each of `links`, of `all` that there are. Without runs nothing can be said. */
export function checkUnsigned(
  runs: readonly SignedRun[],
  { all, links }: { readonly all: readonly Link[]; readonly links: readonly Link[] },
): Found {
  if (runs.length === 0) return { deviations: [], remarks: [] };
  const known = new Map(runs.map((run) => [`runs/${run.name}/${run.uid}`, run]));
  const signed = all.filter((link) => known.get(folderOf(link))?.evidence?.sha256 === link.sha256);
  const signedOf = new Map(signed.map((link) => [folderOf(link), link]));
  const deviations: Deviation[] = [];
  const remarks: Remark[] = [];
  for (const link of links) {
    const where = link.key;
    const [run, own] = [known.get(folderOf(link)), signedOf.get(folderOf(link))];
    if (own) deviations.push(...besideSigned(link, own));
    else if (!run && !signed.some((later) => isUpTo(link, later)))
      deviations.push({ code: "SignatureMissing", where, message: madeUp(link) });
    else if (!run)
      remarks.push({ where, message: `${unnamed(link)}; a signed link comes after it; name that ReportRun too` });
    else if (!run.evidence && run.state !== "Completed")
      remarks.push({
        where,
        message: `run ${run.name} is ${run.state || "not begun"}: nobody signed this link of it yet`,
      });
  }
  return { deviations, remarks };
}

/** Links of a run before the signed one are those of earlier attempts, which had less to prove. */
function besideSigned(link: Link, signed: Link): readonly Deviation[] {
  if (isUpTo(link, signed)) return [];
  const message = `the operator signed ${signed.key} as the evidence of run ${link.evidence.run.name}, and not this link, which was added to it; hold the files of the run against the signed one, and find out who added this`;
  return [{ code: "SignatureMissing", where: link.key, message }];
}

function isUpTo(link: Link, last: Link): boolean {
  return chainOf(link) === chainOf(last) && link.number <= last.number;
}

function chainOf({ key }: Link): string {
  return key.slice(0, key.lastIndexOf("/"));
}

const unnamed = ({ evidence: { run } }: Link) =>
  `no ReportRun of -f is run ${run.name} (uid ${run.uid}), so no signature speaks for this link`;

const madeUp = (link: Link) =>
  `${unnamed(link)} and none for a later one; name that ReportRun too, and if there was none, find out who made the link`;
