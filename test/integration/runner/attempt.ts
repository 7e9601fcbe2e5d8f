/** Owns attempts inside the test's own process: real source, real receiver, a small API server, one store for all attempts. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunPlan } from "@openreg/crds";
import { systemClock } from "../../../runner/src/clock.ts";
import { ClusterProgress } from "../../../runner/src/cluster-progress.ts";
import type { RunContext } from "../../../runner/src/context.ts";
import { type SecretReader, secretsInMemory } from "../../../runner/src/credentials.ts";
import { DiskMeter } from "../../../runner/src/disk-meter.ts";
import type { FailpointName } from "../../../runner/src/failpoints.ts";
import { Interruption } from "../../../runner/src/interruption.ts";
import { type AttemptEnd, runAttempt } from "../../../runner/src/machine.ts";
import { newNetwork } from "../../../runner/src/network/address-guard.ts";
import { type PartReader, partsInMemory } from "../../../runner/src/parts.ts";
import { checkPlan } from "../../../runner/src/read-plan.ts";
import { newPatchStatus } from "../../../runner/src/run-status-api.ts";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { type FakeRunApi, startFakeRunApi } from "./fake-run-api.ts";
import type { MountedSecrets } from "./runner-process.ts";

/** How an attempt is made. */
export interface AttemptOptions {
  readonly plan: RunPlan;
  readonly storeFolder: string;
  readonly secrets: MountedSecrets | SecretReader;
  /** Called at each failpoint; may change the world. */
  readonly at?: (name: FailpointName, world: AttemptWorld) => void | Promise<void>;
  readonly api?: FakeRunApi;
  /** The texts that the definition names; default none. */
  readonly parts?: PartReader;
  /** Default true: that is where the peers are. In a Pod it is false. */
  readonly allowLoopback?: boolean;
  /** Threads beside the main one. Default 2. */
  readonly lanes?: number;
}

/** What a test can touch while an attempt runs. */
export interface AttemptWorld {
  readonly api: FakeRunApi;
  readonly interruption: Interruption;
}

/** How it ended, and what it logged. */
export interface EndedAttemptInProcess extends AttemptEnd {
  readonly api: FakeRunApi;
  readonly log: string;
}

/** Runs one attempt to its end. */
export async function runOneAttempt(options: AttemptOptions): Promise<EndedAttemptInProcess> {
  const { plan, storeFolder, secrets } = options;
  const api = options.api ?? (await startFakeRunApi(plan));
  api.run.status.attempt = plan.attempt;
  const interruption = new Interruption();
  const lines: string[] = [];
  const log = (facts: object, message: string): void => void lines.push(JSON.stringify({ ...facts, message }));
  const address = {
    apiServer: api.url,
    identity: await identityFolder(),
    namespace: plan.run.namespace,
    name: plan.run.name,
  };
  const logs = { info: log, warn: log, error: log };
  const podUID = `pod-${plan.attempt}`;
  const context: RunContext = {
    ...checkPlan(plan),
    store: newFolderStore(storeFolder),
    disk: new DiskMeter(),
    network: newNetwork({ allowLoopback: options.allowLoopback ?? true, apiServer: [] }),
    secrets: isReader(secrets) ? secrets : secretsInMemory(secrets),
    parts: options.parts ?? partsInMemory([]),
    progress: new ClusterProgress({
      plan,
      podUID,
      patchStatus: newPatchStatus(address),
      interruption,
      clock: systemClock,
      random: Math.random,
      log: logs,
    }),
    clock: systemClock,
    log: logs,
    failpoint: async (name) => options.at?.(name, { api, interruption }),
    interruption,
    lanes: options.lanes ?? 2,
    deliver: true,
    memory: { checkpoints: {}, secretRevisions: new Map() },
  };
  try {
    return { ...(await runAttempt(context)), api, log: lines.join("\n") };
  } finally {
    await rm(address.identity, { recursive: true, force: true });
    if (!options.api) await api.stop();
  }
}

function isReader(secrets: MountedSecrets | SecretReader): secrets is SecretReader {
  return typeof secrets.key === "function";
}

async function identityFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "openreg-identity-"));
  await writeFile(join(folder, "token"), "token-of-the-pod");
  return folder;
}
