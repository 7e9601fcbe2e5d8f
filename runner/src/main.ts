/** Owns the process of one attempt: what it is told, how it ends, and what it leaves for the operator. */
import { readFile, writeFile } from "node:fs/promises";
import { jobNameOf, retentionArgument } from "@openreg/crds";
import { readConfig } from "./config.ts";
import { asStepError, exitCodeOf, shortened } from "./errors.ts";
import { type Log, newLog } from "./log.ts";
import { type AttemptEnd, runAttempt } from "./machine.ts";
import { newPodContext } from "./pod-context.ts";
import { readPlan } from "./read-plan.ts";
import { retain } from "./retention/retain.ts";

const config = readConfig();
void main(); // it ends the process itself; a bundle for the image cannot await here

async function main(): Promise<void> {
  const log = newLog({ pod: config.podName, namespace: config.namespace });
  const work = process.argv[2] === retentionArgument ? retention : attempt;
  const end = await Promise.race([work(log), crash(log)]);
  await writeFile(config.paths.terminationMessage, terminationLine(end)).catch(() => {}); // without it the status says the same
  process.exit(end.exitCode);
}

async function attempt(log: Log): Promise<AttemptEnd> {
  try {
    const checked = readPlan(await readFile(config.paths.plan, "utf8"), config.planSha256);
    const { run, attempt: number } = checked.plan;
    log.info({ run: run.name, attempt: jobNameOf(run.name, number), node: process.version }, "the attempt begins");
    return await runAttempt(newPodContext(config, checked, log));
  } catch (thrown) {
    return endOf(thrown, log);
  }
}

async function retention(log: Log): Promise<AttemptEnd> {
  try {
    return await retain(config, log);
  } catch (thrown) {
    return endOf(thrown, log);
  }
}

/** An error that nobody was there to catch ends the process all the same, but says why first; the next attempt resumes. */
function crash(log: Log): Promise<AttemptEnd> {
  return new Promise((resolve) => process.once("uncaughtException", (thrown) => resolve(endOf(thrown, log))));
}

function endOf(thrown: unknown, log: Log): AttemptEnd {
  const error = asStepError(thrown);
  log.error({ code: error.code, stack: (thrown as Error | undefined)?.stack }, error.message);
  return { exitCode: exitCodeOf(error), message: { code: error.code, message: error.message } };
}

/** The kubelet keeps 4096 bytes of it. */
function terminationLine({ message }: AttemptEnd): string {
  return `${JSON.stringify({ ...message, message: shortened(message.message, 1024) })}\n`;
}
