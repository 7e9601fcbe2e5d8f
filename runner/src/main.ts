/** Owns the process of one attempt: what it is told, what ends it, and what it leaves for the operator. */
import { readFile, writeFile } from "node:fs/promises";
import { jobNameOf } from "@openreg/crds";
import { systemClock } from "./clock.ts";
import { ClusterProgress } from "./cluster-progress.ts";
import { readConfig } from "./config.ts";
import type { RunContext } from "./context.ts";
import { mountedSecrets } from "./credentials.ts";
import { asStepError, exitCodeOf, StepError, shortened } from "./errors.ts";
import { newFailpoint } from "./failpoints.ts";
import { Interruption } from "./interruption.ts";
import { type Log, newLog } from "./log.ts";
import { type AttemptEnd, runAttempt } from "./machine.ts";
import { mountedParts } from "./parts.ts";
import { type CheckedPlan, readPlan } from "./read-plan.ts";
import { newPatchStatus } from "./run-status-api.ts";
import { newFolderStore } from "./store/folder.ts";

const config = readConfig();
void main(); // it ends the process itself; a bundle for the image cannot await here

async function main(): Promise<void> {
  const end = await attempt(newLog({ pod: config.podName, namespace: config.namespace }));
  await writeFile(config.paths.terminationMessage, terminationLine(end)).catch(() => {}); // without it the status says the same
  process.exit(end.exitCode);
}

async function attempt(log: Log): Promise<AttemptEnd> {
  try {
    const checked = readPlan(await readFile(config.paths.plan, "utf8"));
    const { run, attempt: number, deadlineSeconds } = checked.plan;
    const interruption = new Interruption();
    const deadline = new StepError(
      "DeadlineExceeded",
      `the attempt ran longer than ${deadlineSeconds} s; raise run.deadlineSeconds, or make the query faster`,
    );
    setTimeout(() => interruption.request(deadline), deadlineSeconds * 1000).unref();
    process.on("SIGTERM", () =>
      interruption.request(new StepError("Interrupted", "the Pod was told to stop; the next attempt resumes")),
    );
    log.info({ run: run.name, attempt: jobNameOf(run.name, number), node: process.version }, "the attempt begins");
    return await runAttempt(newContext(checked, interruption, log));
  } catch (thrown) {
    const { code, message } = asStepError(thrown);
    log.error({ code }, message);
    return { exitCode: exitCodeOf(asStepError(thrown)), message: { code, message } };
  }
}

function newContext(checked: CheckedPlan, interruption: Interruption, log: Log): RunContext {
  const { plan } = checked;
  const { apiServer, namespace, podUID, paths } = config;
  const patchStatus = newPatchStatus({ apiServer, identity: paths.identity, namespace, name: plan.run.name });
  return {
    ...checked,
    store: newFolderStore(paths.store),
    secrets: mountedSecrets(paths),
    parts: mountedParts(paths.parts),
    progress: new ClusterProgress({
      plan,
      podUID,
      patchStatus,
      interruption,
      clock: systemClock,
      random: Math.random,
      log,
    }),
    clock: systemClock,
    log,
    failpoint: newFailpoint(config.failpoint, jobNameOf(plan.run.name, plan.attempt)),
    interruption,
    deliver: true,
    memory: { checkpoints: {}, secretRevisions: new Map() },
  };
}

/** The kubelet keeps 4096 bytes of it. */
function terminationLine({ message }: AttemptEnd): string {
  return `${JSON.stringify({ ...message, message: shortened(message.message, 1024) })}\n`;
}
