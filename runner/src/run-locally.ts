/** Owns a run without a cluster: the same steps, a folder as store, credentials from the caller, nothing delivered. */
import type { RunPlan } from "@openreg/crds";
import { systemClock } from "./clock.ts";
import type { RunContext } from "./context.ts";
import type { SecretReader } from "./credentials.ts";
import { DiskMeter } from "./disk-meter.ts";
import { StepError } from "./errors.ts";
import type { ExecutionDraft } from "./execution.ts";
import { noFailpoint } from "./failpoints.ts";
import { Interruption } from "./interruption.ts";
import { lanesFor } from "./lanes-for.ts";
import { type Log, silentLog } from "./log.ts";
import { type AttemptEnd, runAttempt } from "./machine.ts";
import { newNetwork } from "./network/address-guard.ts";
import { type PartReader, partsInMemory } from "./parts.ts";
import { newLocalProgress } from "./progress.ts";
import { checkPlan } from "./read-plan.ts";
import { newFolderStore } from "./store/folder.ts";

/** What a local run needs. */
export interface LocalRun {
  readonly plan: RunPlan;
  /** An existing folder that takes artifacts, findings, snapshot and evidence. */
  readonly storeFolder: string;
  readonly secrets: SecretReader;
  /** Reads the parts of the definition; default it has none. */
  readonly parts?: PartReader;
  /** How many threads work on rows beside the main thread; default as many as there are cores, up to a bound. */
  readonly lanes?: number;
  /** Called whenever the attempt moves on. */
  readonly show: (draft: ExecutionDraft) => void;
  readonly signal?: AbortSignal;
  readonly log?: Log;
}

/** How a local run ended, with everything the status of a run would show. */
export interface LocalEnd extends AttemptEnd {
  readonly execution: ExecutionDraft;
}

/** Runs a plan on this machine. Throws StepError `PlanInvalid` for a plan that cannot be carried out; any other end is answered. */
export async function runLocally(run: LocalRun): Promise<LocalEnd> {
  const checked = checkPlan(run.plan);
  const interruption = new Interruption();
  const stop = (): void => interruption.request(new StepError("Interrupted", "the run was stopped"));
  run.signal?.addEventListener("abort", stop, { once: true });
  const progress = newLocalProgress(run.plan, systemClock, run.show);
  const context: RunContext = {
    ...checked,
    store: newFolderStore(run.storeFolder),
    secrets: run.secrets,
    parts: run.parts ?? partsInMemory([]),
    network: newNetwork({ allowLoopback: true, apiServer: [] }),
    progress,
    clock: systemClock,
    log: run.log ?? silentLog,
    failpoint: noFailpoint,
    interruption,
    lanes: run.lanes ?? lanesFor({}),
    disk: new DiskMeter(),
    deliver: false,
    memory: { checkpoints: {}, secretRevisions: new Map() },
  };
  const end = await runAttempt(context);
  return { ...end, execution: progress.draft };
}
