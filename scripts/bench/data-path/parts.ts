/** Lists the parts of the data path, in the order in which they run; a new one is one line here. */
import type { Part } from "../part.ts";
import { csvPart } from "./csv.ts";
import { fetchPart } from "./fetch.ts";
import { lanesPart } from "./lanes.ts";
import { memoryPart } from "./memory.ts";
import { peerPart } from "./peer.ts";
import { rulesPart } from "./rules.ts";
import { schemaPart } from "./schema.ts";
import { sftpPart } from "./sftp.ts";
import { uniquePart } from "./unique.ts";

/** The parts. */
export const dataPathParts: readonly Part[] = [
  fetchPart,
  csvPart,
  peerPart,
  lanesPart,
  memoryPart,
  rulesPart,
  uniquePart,
  schemaPart,
  sftpPart,
];
