/** Owns a measure: a ratio of two medians, how far the rounds behind it lie apart, and whether it passes its gate. */

/** Above this spread a ratio says little: it does not pass, and the run should be repeated. */
export const largestSpread = 0.3;

/** What a ratio must be. */
export interface Gate {
  readonly limit: number;
  readonly side: "AtLeast" | "AtMost" | "Below";
}

/** What came of a gate. `Repeat`: the rounds lie too far apart to say. */
export type Verdict = "Pass" | "Fail" | "Repeat" | "None";

/** One measure. Only `ratio` may be quoted; the rest explains it. */
export interface Measure {
  readonly name: string;
  /** The candidate's median over the reference's; of a speed the other way round, so that more is better. */
  readonly ratio: number;
  /** The wider of the two sides' (largest − smallest) / median; 0 for a single round. */
  readonly spread: number;
  readonly unit: string;
  /** Every round, in `unit`. */
  readonly reference: readonly number[];
  readonly candidate: readonly number[];
  /** What helps to read it; never a number to quote. */
  readonly information: string;
  /** Not there where nothing is promised. */
  readonly gate?: Gate;
}

/** What a measure is made from. */
export type MeasureSource = Omit<Measure, "ratio" | "spread"> & {
  /** The sides are times, and the ratio is that of their speeds. */
  readonly isSpeed?: boolean;
};

/** Compares two sides by their medians. */
export function newMeasure({ isSpeed = false, ...source }: MeasureSource): Measure {
  const [reference, candidate] = [median(source.reference), median(source.candidate)];
  return {
    ...source,
    ratio: isSpeed ? reference / candidate : candidate / reference,
    spread: Math.max(spreadOf(source.reference), spreadOf(source.candidate)),
  };
}

/** Judges a measure. */
export function verdictOf({ ratio, spread, gate }: Measure): Verdict {
  if (!gate) return "None";
  if (spread > largestSpread) return "Repeat";
  return holds(ratio, gate) ? "Pass" : "Fail";
}

function holds(ratio: number, { limit, side }: Gate): boolean {
  switch (side) {
    case "AtLeast":
      return ratio >= limit;
    case "AtMost":
      return ratio <= limit;
    case "Below":
      return ratio < limit;
  }
}

/** Says in words how two sides compare by another measure, as processor time that other work on the machine hardly changes. */
export function compared(what: string, reference: readonly number[], candidate: readonly number[]): string {
  const [one, other] = [median(reference), median(candidate)];
  return `${what} ${(other / one).toFixed(2)}x: ${one.toFixed(1)} -> ${other.toFixed(1)}`;
}

/** The middle value; of an even number the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** How far the values lie apart, as a share of their median; 0 when they are all the same. */
export function spreadOf(values: readonly number[]): number {
  const range = Math.max(...values) - Math.min(...values);
  return range === 0 ? 0 : range / median(values);
}
