/** Owns a measure: a ratio of two medians, and how far the rounds behind it lie apart. */

/** Above this spread a ratio says little and the run should be repeated. */
export const largestSpread = 0.3;

/** One measure. Only `ratio` may be quoted; the rest explains it. */
export interface Measure {
  readonly name: string;
  /** The candidate's median over the reference's. */
  readonly ratio: number;
  /** The wider of the two sides' (largest − smallest) / median; 0 for a single round. */
  readonly spread: number;
  readonly unit: string;
  /** Every round, in `unit`. */
  readonly reference: readonly number[];
  readonly candidate: readonly number[];
  /** What helps to read it; never a number to quote. */
  readonly information: string;
}

/** What a measure is made from. */
export type MeasureSource = Omit<Measure, "ratio" | "spread">;

/** Compares two sides by their medians. */
export function newMeasure(source: MeasureSource): Measure {
  const ratio = median(source.candidate) / median(source.reference);
  return { ...source, ratio, spread: Math.max(spreadOf(source.reference), spreadOf(source.candidate)) };
}

/** The middle value; of an even number the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** How far the values lie apart, as a share of their median. */
export function spreadOf(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}
