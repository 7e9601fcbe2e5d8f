/** Owns how much of a run is done, in whole percents, where a step knows how much it has to do. Pure. */
import { orderedStates, type StepName } from "@openreg/crds";

/** The share of the whole run that is done when `done` of `all` is done of a step; undefined where nobody knows how much all is. */
export function percentOf(step: StepName, done: number, all: number): number | undefined {
  if (all <= 0) return undefined;
  const share = Math.min(1, done / all);
  return Math.floor(((orderedStates.indexOf(step) + share) * 100) / orderedStates.length);
}
