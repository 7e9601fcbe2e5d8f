/** Sets of characters as ranges of code points, for patterns. */

/** Code points from the first to the last, both included. */
export type Range = readonly [number, number];

const LAST = 0x10ffff;

/** The classes patterns can name; `s` is RE2's, without the vertical tab and the spaces of Unicode. */
export const CLASSES: ReadonlyMap<string, readonly Range[]> = new Map([
  ["d", [[48, 57]]],
  [
    "w",
    [
      [48, 57],
      [65, 90],
      [95, 95],
      [97, 122],
    ],
  ],
  [
    "s",
    [
      [9, 10],
      [12, 13],
      [32, 32],
    ],
  ],
]);

/** All characters but a line feed: what `.` matches. */
export const ANY_BUT_LINE_FEED: readonly Range[] = [
  [0, 9],
  [11, LAST],
];

/** The characters not in the ranges. */
export function complement(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = [];
  let next = 0;
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (first > next) result.push([next, first - 1]);
    next = Math.max(next, last + 1);
  }
  if (next <= LAST) result.push([next, LAST]);
  return result;
}

/** Whether a character is in both. */
export function overlaps(a: readonly Range[], b: readonly Range[]): boolean {
  return a.some(([first, last]) => b.some((other) => first <= other[1] && other[0] <= last));
}

/** The set as a class of a JavaScript pattern with the flag `u`; every character is written as its number. */
export function classText(ranges: readonly Range[]): string {
  if (ranges.length === 0) return "[]";
  const parts = ranges.map(([first, last]) => (first === last ? escaped(first) : `${escaped(first)}-${escaped(last)}`));
  return `[${parts.join("")}]`;
}

function escaped(code: number): string {
  return `\\u{${code.toString(16)}}`;
}
