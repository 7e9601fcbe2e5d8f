/** The door of the runner: what a laptop needs to run a Report. */
export { type SecretReader, secretsInMemory } from "./credentials.ts";
export { StepError } from "./errors.ts";
export { evidenceFormat, type ReadEvidence } from "./evidence-format.ts";
export type { ExecutionDraft } from "./execution.ts";
export { filingKeyOf, ledgerFormats, submissionKeyOf } from "./ledger.ts";
export type { AttemptEnd } from "./machine.ts";
export { type PartReader, partsInMemory } from "./parts.ts";
export type { Finding } from "./rows/finding.ts";
export { type LaneSpec, newLaneSpec } from "./rows/lane-spec.ts";
export { type LocalEnd, type LocalRun, runLocally } from "./run-locally.ts";
export { numberEntry } from "./sequence.ts";
export { newFolderStore } from "./store/folder.ts";
export { runKeys } from "./store/keys.ts";
export { newLineReader } from "./store/lines.ts";
