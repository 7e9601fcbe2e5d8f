/** Compiles the pattern that a receiver's file names must match as a whole. */
import { type Translated, translatePattern } from "./pattern.ts";
import { PatternError, parsePattern } from "./pattern-syntax.ts";

/** The pattern of `fileNamePattern`, anchored at both ends, or why there is none. */
export function compileFileNamePattern(source: string): Translated {
  try {
    // Checked by itself first: in a group, `a)|(b` would become right and mean something else.
    const hasChoice = parsePattern(source).kind === "choice";
    return translatePattern(hasChoice ? `^(?:${source})$` : `^${source}$`);
  } catch (error) {
    if (error instanceof PatternError) return { code: error.code, problem: error.message, hint: error.hint };
    throw error;
  }
}
