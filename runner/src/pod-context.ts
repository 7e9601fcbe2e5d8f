/** Owns the context of an attempt in a Pod: everything that steps are given, made from the environment and the mounted files. */
import { jobNameOf } from "@openreg/crds";
import { systemClock } from "./clock.ts";
import { ClusterProgress } from "./cluster-progress.ts";
import type { RunnerConfig } from "./config.ts";
import type { RunContext } from "./context.ts";
import { mountedSecrets } from "./credentials.ts";
import { bytesOfQuantity, DiskMeter } from "./disk-meter.ts";
import { StepError } from "./errors.ts";
import { newFailpoint } from "./failpoints.ts";
import { Interruption } from "./interruption.ts";
import { lanesFor } from "./lanes-for.ts";
import type { Log } from "./log.ts";
import { newNetwork } from "./network/address-guard.ts";
import { mountedParts } from "./parts.ts";
import type { CheckedPlan } from "./read-plan.ts";
import { newPatchStatus } from "./run-status-api.ts";
import { newFolderStore } from "./store/folder.ts";

/** The context of an attempt, stopped by SIGTERM and by its deadline. */
export function newPodContext(config: RunnerConfig, checked: CheckedPlan, log: Log): RunContext {
  const { plan } = checked;
  const { apiServer, namespace, podUID, paths } = config;
  const interruption = stoppedFromOutside(plan.deadlineSeconds);
  const patchStatus = newPatchStatus({ apiServer, identity: paths.identity, namespace, name: plan.run.name });
  const source = { plan, podUID, patchStatus, interruption, clock: systemClock, random: Math.random, log };
  return {
    ...checked,
    store: newFolderStore(paths.store),
    disk: new DiskMeter(bytesOfQuantity(checked.definition.run.workVolumeSize)),
    secrets: mountedSecrets(paths),
    parts: mountedParts(paths.parts),
    network: newNetwork(config.addresses),
    progress: new ClusterProgress(source),
    clock: systemClock,
    log,
    failpoint: newFailpoint(config.failpoint, jobNameOf(plan.run.name, plan.attempt)),
    interruption,
    lanes: lanesFor(checked.definition.run.resources),
    deliver: true,
    memory: { checkpoints: {}, secretRevisions: new Map() },
  };
}

function stoppedFromOutside(deadlineSeconds: number): Interruption {
  const interruption = new Interruption();
  const advice = "raise run.deadlineSeconds, or make the query faster";
  const deadline = new StepError("DeadlineExceeded", `the attempt ran longer than ${deadlineSeconds} s; ${advice}`);
  setTimeout(() => interruption.request(deadline), deadlineSeconds * 1000).unref();
  const stop = new StepError("Interrupted", "the Pod was told to stop; the next attempt resumes");
  process.on("SIGTERM", () => interruption.request(stop));
  return interruption;
}
