/** Decides which waiting runs of a namespace may start: in order of due time, as far as every limit has room. Pure. */

/** How many runs may be under way at once, of what. */
export interface Limit {
  /** As people read it: `Report 'trades'`, `Namespace 'bank-a'`. */
  readonly name: string;
  readonly most: number;
  /** Whether a run that waits for another limit of this sort keeps its place here, so that it is not overtaken for ever. */
  readonly keepsPlace: boolean;
}

/** A run that could start, were there room. */
export interface Candidate {
  readonly uid: string;
  /** What it takes a place in. */
  readonly limits: readonly Limit[];
}

/** A namespace at one moment. */
export interface Picture {
  /** In the order in which they are due. */
  readonly candidates: readonly Candidate[];
  /** How many places are taken, by the name of the limit. */
  readonly taken: ReadonlyMap<string, number>;
}

/** What becomes of the candidates, by UID: undefined may start, a text says what it waits for. */
export function admit({ candidates, taken }: Picture): ReadonlyMap<string, string | undefined> {
  const used = new Map(taken);
  const waiting = new Map<string, number>();
  const standings = new Map<string, string | undefined>();
  for (const { uid, limits } of candidates) {
    const full = limits.find(({ name, most }) => countOf(used, name) + countOf(waiting, name) >= most);
    standings.set(uid, full && textOf(full, countOf(used, full.name), countOf(waiting, full.name)));
    if (!full) for (const { name } of limits) countUp(used, name);
    else for (const { name } of keptPlaces(limits, full)) countUp(waiting, name);
  }
  return standings;
}

/** Waiting for a Report or the namespace keeps nothing: a hundred runs of one Report must not fill a source they do not read yet. */
function keptPlaces(limits: readonly Limit[], full: Limit): readonly Limit[] {
  return full.keepsPlace ? limits.filter(({ keepsPlace }) => keepsPlace) : [full];
}

function countOf(counts: ReadonlyMap<string, number>, name: string): number {
  return counts.get(name) ?? 0;
}

function countUp(counts: Map<string, number>, name: string): void {
  counts.set(name, countOf(counts, name) + 1);
}

function textOf({ name, most }: Limit, used: number, before: number): string {
  return `${name} allows no more runs at once: ${used} under way of ${most}, ${roughly(before)} waiting before this one`;
}

/** Exact where one looks closely; a long queue that moves on by one would otherwise be a write for each run in it. */
function roughly(count: number): string {
  if (count < 10) return String(count);
  return `more than ${10 ** Math.floor(Math.log10(count))}`;
}
