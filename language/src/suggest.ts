/** Finds the name a user probably meant. */

/** The known name nearest to the wrong one, or undefined when none is near. */
export function nearest(wrong: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wrong.length / 3)) + 1;
  for (const name of known) {
    if (Math.abs(name.length - wrong.length) >= bestDistance || name.length > 200) continue;
    const distance = distanceOf(wrong.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** `did you mean 'x'?`, or undefined: for names of which there are too many to list. */
export function nearHint(wrong: string, known: Iterable<string>): string | undefined {
  const name = wrong.length > 200 ? undefined : nearest(wrong, known);
  return name === undefined ? undefined : `did you mean '${name}'?`;
}

/** Most names that a hint lists. */
const MAX_LISTED = 12;

/** `did you mean 'x'?`, else which names there are; undefined when there is none. */
export function didYouMean(wrong: string, known: Iterable<string>): string | undefined {
  const names = [...known];
  const near = nearHint(wrong, names);
  if (near !== undefined || names.length === 0) return near;
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : "";
  return `known are ${names.slice(0, MAX_LISTED).join(", ")}${more}`;
}

/** Edits between two words, a swap of neighbours counting as one (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(cellOf({ a, b, i, j }, row, last, beforeLast));
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

interface Place {
  readonly a: string;
  readonly b: string;
  readonly i: number;
  readonly j: number;
}

function cellOf({ a, b, i, j }: Place, row: number[], last: number[], beforeLast: number[]): number {
  const cost = a[i - 1] === b[j - 1] ? 0 : 1;
  const plain = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  return swapped ? Math.min(plain, (beforeLast[j - 2] ?? 0) + 1) : plain;
}
