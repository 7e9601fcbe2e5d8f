/** Owns what every step is given: the plan, the world outside as interfaces, and what earlier steps left. */
import type { Definition, Outcome, RunPlan } from "@openreg/crds";
import type { RunValues } from "@openreg/language";
import type { Checkpoints, RenderedCheckpoint } from "./checkpoints.ts";
import type { Clock } from "./clock.ts";
import type { SecretReader } from "./credentials.ts";
import type { DataPath } from "./data-path.ts";
import type { DiskMeter } from "./disk-meter.ts";
import type { Failpoint } from "./failpoints.ts";
import type { Interruption } from "./interruption.ts";
import type { Log } from "./log.ts";
import type { Network } from "./network/address-guard.ts";
import type { PartReader } from "./parts.ts";
import type { Progress } from "./progress.ts";
import type { Sequence } from "./sequence.ts";
import type { Store } from "./store/store.ts";

/** What an attempt works with; it does not change. */
export interface RunContext {
  readonly plan: RunPlan;
  readonly definition: Definition;
  readonly values: RunValues;
  readonly store: Store;
  /** Counts what is kept on the work volume. */
  readonly disk: DiskMeter;
  readonly secrets: SecretReader;
  /** Texts that the definition names by hash: tables and schemas. */
  readonly parts: PartReader;
  readonly network: Network;
  readonly progress: Progress;
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoint: Failpoint;
  /** Says when the attempt must end: deadline, SIGTERM, cancel, fence. */
  readonly interruption: Interruption;
  /** How many threads work on rows beside the main thread; 0 keeps all work there. */
  readonly lanes: number;
  /** False on a laptop: nothing is filed and nothing leaves the machine. */
  readonly deliver: boolean;
  /** What steps leave for later steps. */
  readonly memory: RunMemory;
}

/** What steps leave for later steps of the same attempt. */
export interface RunMemory {
  /** What earlier attempts completed. */
  checkpoints: Checkpoints;
  /** The stream of rows; not there when the artifacts are already stored. */
  dataPath?: DataPath;
  findingsFile?: RenderedCheckpoint["findingsFile"];
  exceptionsFile?: RenderedCheckpoint["findingsFile"];
  /** The sequences that number files, by their keys. */
  sequences?: Map<string, Sequence>;
  /** The key `revision` of each Secret that was used, by `<Kind>/<name>`. */
  readonly secretRevisions: Map<string, string>;
  /** Set by a step that ends the attempt early without failing. */
  outcome?: { readonly code: Outcome; readonly message: string };
}

/** Where temporary bytes of this run lie in the store. */
export function temporaryOwnerOf(plan: RunPlan): string {
  return plan.run.uid;
}
