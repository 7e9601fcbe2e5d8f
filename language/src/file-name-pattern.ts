/** Compiles the pattern that a receiver's file names must match as a whole. */
import { type Translated, translatePattern } from "./pattern.ts";
import { PatternError, parsePattern } from "./pattern-syntax.ts";

/** The pattern of `fileNamePattern`, anchored at both ends, or why there is none. */
export function compileFileNamePattern(source: string): Translated {
  // Checked by itself first: in a group, `a)|(b` would become right and mean something else.
  const alone = translatePattern(source);
  if ("problem" in alone) return alone;
  return translatePattern(needsGroup(source) ? `^(?:${source})$` : `^${source}$`);
}

/** A group is left out where it may be: patterns without one can more often be matched by the faster engine. */
function needsGroup(source: string): boolean {
  try {
    return parsePattern(source).kind === "choice";
  } catch (error) {
    if (error instanceof PatternError) return true; // syntax that only the linear engine knows
    throw error;
  }
}
