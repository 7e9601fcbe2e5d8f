/** Lists the parts of the data path, in the order in which they run; a new one is one line here. */
import type { Part } from "../part.ts";
import { csvPart } from "./csv.ts";
import { fetchPart } from "./fetch.ts";
import { memoryPart } from "./memory.ts";
import { rulesPart } from "./rules.ts";
import { uniquePart } from "./unique.ts";

/** The parts. */
export const dataPathParts: readonly Part[] = [fetchPart, csvPart, memoryPart, rulesPart, uniquePart];
