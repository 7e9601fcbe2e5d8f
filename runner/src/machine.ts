/** Owns the walk through the states of one attempt, and the one place where what a step throws becomes how the attempt ended. */
import { exitCodes, type StepName, stepStates, type TerminationMessage } from "@openreg/crds";
import { type RunContext, temporaryOwnerOf } from "./context.ts";
import { asStepError, exitCodeOf, type StepError } from "./errors.ts";
import { writeEvidence } from "./evidence.ts";
import { endSteps } from "./execution.ts";
import { steps } from "./steps/registry.ts";

/** How an attempt ended. */
export interface AttemptEnd {
  readonly exitCode: number;
  readonly message: TerminationMessage;
}

/** Takes the attempt and walks its states. Never throws: every end has an exit code and a message. */
export async function runAttempt(context: RunContext): Promise<AttemptEnd> {
  try {
    await context.progress.take();
    await context.failpoint("attempt.taken");
    await walk(context);
    const outcome = context.memory.outcome ?? { code: "Done", message: "everything that the run has to do is done" };
    return await ended(context, exitCodes.done, outcome);
  } catch (thrown) {
    return failed(context, reasonOf(context, thrown));
  } finally {
    context.progress.close();
    await context.memory.dataPath?.discard(); // what was prepared and not published; open files end with it
    await sweep(context);
  }
}

/** What is temporary belongs to the run, not to the attempt: a Pod that lost the attempt would remove what the owner writes. */
async function sweep({ interruption, store, plan }: RunContext): Promise<void> {
  if (interruption.stopping?.code === "Fenced") return;
  await store.sweep(temporaryOwnerOf(plan)).catch(() => {}); // the next attempt sweeps too
}

async function walk(context: RunContext): Promise<void> {
  for (const name of stepStates) {
    context.interruption.signal.throwIfAborted();
    context.progress.enter(name);
    context.log.info({ step: name }, "step");
    await steps[name].run(context);
    if (context.memory.outcome) return;
  }
  context.interruption.signal.throwIfAborted();
  await writeEvidence(context);
}

/** What ended the attempt from outside explains what broke inside because of it. */
function reasonOf({ interruption: { signal } }: RunContext, thrown: unknown): StepError {
  return asStepError(signal.aborted ? signal.reason : thrown);
}

async function failed(context: RunContext, error: StepError): Promise<AttemptEnd> {
  const step = error.step ?? context.progress.draft.step;
  // the log goes to more people than the status does: no row is told there
  const said =
    error.code === "SourceValueInvalid"
      ? "a value of the source is refused; the status of the run says which"
      : error.message;
  context.log.error({ code: error.code, step, cause: causesOf(error) }, said);
  const exitCode = exitCodeOf(error);
  const outcome = { code: error.code, message: error.message, step };
  if (error.code === "Fenced") return { exitCode, message: outcome }; // the status belongs to the owner
  try {
    return await ended(context, exitCode, outcome);
  } catch (unwritten) {
    const lost = asStepError(unwritten);
    // what failed may have failed because the owner of the run tidied up after us
    if (lost.code === "Fenced")
      return { exitCode: exitCodeOf(lost), message: { code: lost.code, message: lost.message, step } };
    context.log.error(
      { cause: causesOf(unwritten) },
      "the outcome could not be written; the termination message carries it",
    );
    return { exitCode, message: outcome };
  }
}

interface Ending {
  readonly code: string;
  readonly message: string;
  readonly step?: StepName;
}

async function ended(context: RunContext, exitCode: number, outcome: Ending): Promise<AttemptEnd> {
  const { progress, clock, failpoint, log } = context;
  await failpoint("outcome.before");
  endSteps(progress.draft, clock.now());
  progress.draft.outcome = { ...outcome };
  progress.changed();
  await progress.settled();
  await failpoint("outcome.after");
  log.info({ code: outcome.code, exitCode }, "the attempt has ended");
  return { exitCode, message: outcome };
}

function causesOf(thrown: unknown): readonly string[] {
  const causes: string[] = [];
  for (
    let cause = (thrown as Error | undefined)?.cause;
    cause instanceof Error && causes.length < 5;
    cause = cause.cause
  ) {
    causes.push(`${cause.name}: ${cause.message}`);
  }
  return causes;
}
