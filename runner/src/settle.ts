/** Owns an attempt that only asks: for each delivery whose outcome nobody knows, what the receiver holds decides. */
import type { RunContext } from "./context.ts";
import type { PlannedDelivery } from "./deliveries.ts";
import { confirm, isConfirmed } from "./delivery.ts";
import type { Held } from "./destinations/destination.ts";
import { StepError } from "./errors.ts";
import type { DeliveryEntry } from "./execution.ts";
import { type Intent, Ledger } from "./ledger.ts";
import { openDestination } from "./release.ts";
import { temporaryNamesOf } from "./temporary-name.ts";

/** Settles one delivery. Throws StepError, retryable, when the receiver cannot be asked. */
export async function settle(context: RunContext, planned: PlannedDelivery): Promise<void> {
  const ledger = new Ledger(context.store);
  if (await isConfirmed(context, ledger, planned)) return;
  const intents = await ledger.intents(planned.key);
  if (!intents.some(({ sha256 }) => sha256 === planned.artifact.sha256)) return; // nothing left this machine
  const { fileName, sizeBytes, sha256 } = planned.artifact;
  const there = await held(context, planned);
  if (there?.sizeBytes === sizeBytes && (there.sha256 === undefined || there.sha256 === sha256)) {
    const { locationOf } = await openDestination(context, planned);
    const proof =
      there.sha256 === undefined ? { verifiedBy: "Size" as const } : { sha256, verifiedBy: "Hash" as const };
    await confirm(context, ledger, planned, { location: locationOf(fileName), sizeBytes, settled: true, ...proof });
    return;
  }
  Object.assign(planned.entry, there ? conflictOf(fileName) : await absenceOf(context, planned, intents));
  context.progress.changed();
}

type Verdict = Required<Pick<DeliveryEntry, "state" | "lastError">>;

function conflictOf(fileName: string): Verdict {
  return { state: "Conflict", lastError: `${fileName} is at the receiver with other content` };
}

/** A receiver may take a file away as soon as it has its name, and nobody heard whether it got it. */
async function absenceOf(context: RunContext, planned: PlannedDelivery, intents: readonly Intent[]): Promise<Verdict> {
  const { fileName } = planned.artifact;
  if (await isUnrenamed(context, planned, intents))
    return { state: "Failed", lastError: `${fileName} is not at the receiver` };
  const what = `${fileName} is not at the receiver, which may have taken it away: nobody heard whether it got its name`;
  return { state: "Unknown", lastError: `${what}; ask the receiver whether it has it before you retry the run` };
}

/** What lies under the temporary name of the only try never got the final one: a rename leaves nothing behind. */
async function isUnrenamed(
  context: RunContext,
  planned: PlannedDelivery,
  intents: readonly Intent[],
): Promise<boolean> {
  const { plan, interruption } = context;
  const { artifact, destination, entry } = planned;
  const before = plan.attempt - 1;
  const ours = intents.filter(({ sha256 }) => sha256 === artifact.sha256);
  const isOnlyTry = ours.every(({ runUID, attempt }) => runUID === plan.run.uid && attempt === before);
  if (!isOnlyTry || entry.attempts > 1) return false;
  const names = temporaryNamesOf(artifact.fileName, plan.run.uid, destination.delivery.temporarySuffix);
  const bySize = { ...destination, delivery: { ...destination.delivery, verify: "Size" as const } };
  const receiver = await openDestination(context, { destination: bySize });
  try {
    return (await receiver.inspect(names.ofAttempt(before), interruption.signal)) !== undefined;
  } catch (error) {
    if (error instanceof StepError && error.code === "DestinationRefused") return false;
    throw error;
  }
}

/**
 * What the receiver has under the name. Any file can have our size, so it is read whole whatever `verify` says; only a receiver that does
 * not let us read is believed by the size, for an intent of ours is in the ledger.
 */
async function held(context: RunContext, planned: PlannedDelivery): Promise<Held | undefined> {
  const { destination, artifact } = planned;
  const { signal } = context.interruption;
  const whole = { ...destination, delivery: { ...destination.delivery, verify: "Hash" as const } };
  try {
    return await (await openDestination(context, { destination: whole })).inspect(artifact.fileName, signal);
  } catch (error) {
    const isRefused = error instanceof StepError && error.code === "DestinationRefused";
    if (!isRefused || destination.delivery.verify === "Hash") throw error;
    return (await openDestination(context, planned)).inspect(artifact.fileName, signal);
  }
}
