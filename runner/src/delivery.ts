/** Owns one delivery: intent, effect, receipt, in that order, each durable before the next; tried again while that can help. */
import type { RunContext } from "./context.ts";
import type { PlannedDelivery } from "./deliveries.ts";
import { backoffSeconds } from "./delivery-backoff.ts";
import { noteFailure } from "./delivery-failure.ts";
import type { Destination, Handover } from "./destinations/destination.ts";
import { asStepError, StepError } from "./errors.ts";
import { type Intent, Ledger, type Receipt } from "./ledger.ts";
import { byOf } from "./ledger-entry.ts";
import { awaitTurn, closeNumber } from "./numbering.ts";
import { openDestination } from "./release.ts";
import { temporaryNamesOf } from "./temporary-name.ts";

/** Longest wait that a Pod sits out; a longer one ends the attempt and resumes later. */
const longestWaitSeconds = 60;

/** Delivers one file, or throws StepError when it could not. Answers the instant to resume at when the next try is too far away. */
export async function deliver(
  context: RunContext,
  planned: PlannedDelivery,
): Promise<{ readonly resumeAt: string } | undefined> {
  const ledger = new Ledger(context.store);
  if (await isConfirmed(context, ledger, planned)) return undefined;
  const { delivery } = planned.destination;
  for (let tried = 1 + triesBefore(context, planned); ; tried += 1) {
    try {
      return await tryOnce(context, ledger, planned);
    } catch (thrown) {
      const error = asStepError(thrown);
      noteFailure(planned.entry, error);
      context.log.warn({ destination: planned.destination.name, code: error.code, tried }, error.message);
      if (context.interruption.signal.aborted || !error.retryable || tried >= delivery.maxAttempts) throw error;
      const seconds = backoffSeconds(delivery.backoff, tried, planned.key);
      const nextAttemptAt = new Date(Date.parse(context.clock.now()) + seconds * 1000).toISOString();
      planned.entry.nextAttemptAt = nextAttemptAt;
      if (seconds > longestWaitSeconds) return { resumeAt: nextAttemptAt };
      context.progress.changed();
      await context.clock.sleep(seconds * 1000, context.interruption.signal);
    }
  }
}

/** Tries of earlier attempts count when the last of them left off to wait: otherwise a receiver would be tried without end. */
function triesBefore({ plan }: RunContext, { entry }: PlannedDelivery): number {
  return plan.continues && entry.nextAttemptAt !== undefined ? entry.attempts : 0;
}

/** Takes over the receipt of an earlier attempt, or of an earlier run that delivered the same bytes for the same submission. */
export async function isConfirmed(context: RunContext, ledger: Ledger, planned: PlannedDelivery): Promise<boolean> {
  const receipt = await ledger.receipt(planned.key);
  if (!receipt) return false;
  if (receipt.artifactSha256 !== planned.artifact.sha256) {
    planned.entry.state = "Conflict";
    const message = `run ${receipt.runName} has delivered ${receipt.fileName} to Destination ${planned.destination.name} for this submission with other content; agree with the receiver which one counts`;
    throw new StepError("DeliveryConflict", message);
  }
  noteReceipt(planned, receipt);
  await closeNumber(context, planned);
  context.progress.changed();
  return true;
}

async function tryOnce(
  context: RunContext,
  ledger: Ledger,
  planned: PlannedDelivery,
): Promise<{ readonly resumeAt: string } | undefined> {
  const { progress, interruption, failpoint, plan, store } = context;
  interruption.throwIfStopping();
  const destination = await openDestination(context, planned);
  const turn = await awaitTurn(context, planned, destination);
  if (turn) return turn;
  await failpoint("intent.before");
  const wasIntended = await recordIntent(context, ledger, planned, destination);
  interruption.beginDelivery();
  // an earlier try ended before anybody knew, or nobody told us of it: the status has no room for every delivery
  const isUnknown = planned.entry.state === "InFlight" || planned.entry.state === "Unknown";
  let mayBeThere = isUnknown || (wasIntended && planned.entry.attempts === 0);
  planned.entry.state = "InFlight";
  planned.entry.attempts += 1;
  delete planned.entry.nextAttemptAt;
  const { artifact, destination: settings } = planned;
  const temporary = temporaryNamesOf(artifact.fileName, plan.run.uid, settings.delivery.temporarySuffix);
  let endCritical = (): void => {};
  try {
    await progress.settled();
    await failpoint("intent.after");
    await progress.checkOwned();
    interruption.throwIfStopping();
    const { counted = (bytes) => bytes } = planned;
    const parcel = { ...artifact, open: () => counted(store.readStream(artifact.key)) };
    const handover = await destination.deliver(parcel, {
      temporaryName: temporary.ofAttempt(plan.attempt),
      mayBeThere,
      isLeftover: temporary.isLeftover,
      checkOwned: async () => {
        await progress.checkOwned();
        if (interruption.stopping?.code !== "Cancelled") interruption.throwIfStopping();
        endCritical = interruption.beginCritical(); // from here to the receipt only another owner may stop us
        mayBeThere = true;
      },
      failpoint,
      signal: interruption.signal,
    });
    mayBeThere = true;
    await confirm(context, ledger, planned, handover);
    return undefined;
  } catch (error) {
    // the file gets its name by the rename: before that there is nothing to ask the receiver about, and the run may end
    if (!mayBeThere) planned.entry.state = "Pending";
    throw error;
  } finally {
    endCritical();
  }
}

/**
 * Records what is about to be handed over, once per content, and answers whether that had been recorded before;
 * what earlier runs meant to hand over must not be there under another name.
 */
async function recordIntent(
  context: RunContext,
  ledger: Ledger,
  planned: PlannedDelivery,
  destination: Destination,
): Promise<boolean> {
  const { plan, progress, interruption } = context;
  const { artifact, address, key } = planned;
  const earlier = await ledger.intents(key);
  for (const intent of earlier.filter((one) => one.fileName !== artifact.fileName)) {
    await refuseIfThere(destination, intent, planned, interruption.signal);
  }
  if (earlier.some((one) => one.fileName === artifact.fileName && one.sha256 === artifact.sha256)) return true;
  const filing = progress.draft.filing;
  if (!filing) throw new StepError("InternalError", "a delivery was begun without a filing");
  const { fileName, output, sha256, sizeBytes } = artifact;
  const recorded = await ledger.intend(key, earlier.length + 1, {
    ...{
      filing: filing.key,
      submission: filing.submission,
      destination: planned.destination.name,
      address,
      output,
      part: artifact.part ?? 1,
    },
    ...{ fileName, sha256, sizeBytes, ...byOf(context) },
  });
  if (!recorded) throw new StepError("Fenced", `another process of run ${plan.run.name} records intents`);
  return false;
}

async function refuseIfThere(
  destination: Destination,
  intent: Intent,
  { destination: { name } }: PlannedDelivery,
  signal: AbortSignal,
): Promise<void> {
  const there = await destination.inspect(intent.fileName, signal);
  if (!there) return;
  const message = `Destination ${name} has ${intent.fileName}, which run ${intent.runName} handed over for this submission; remove it at the receiver or resubmit, then retry the run`;
  throw new StepError("DeliveryConflict", message);
}

/** Records the receipt of a handover: durable in the ledger first, then in the status. */
export async function confirm(
  context: RunContext,
  ledger: Ledger,
  planned: PlannedDelivery,
  handover: Handover & Pick<Receipt, "settled">,
): Promise<void> {
  const { failpoint, progress, log } = context;
  const { fileName, sha256 } = planned.artifact;
  const receipt: Receipt = { ...handover, fileName, artifactSha256: sha256, ...byOf(context) };
  await failpoint("receipt.before");
  await ledger.confirm(planned.key, receipt);
  noteReceipt(planned, receipt);
  log.info({ destination: planned.destination.name, verifiedBy: receipt.verifiedBy }, "delivered");
  await failpoint("receipt.after");
  await closeNumber(context, planned);
  await progress.settled();
}

function noteReceipt({ entry }: PlannedDelivery, receipt: Receipt): void {
  const { location, sizeBytes, sha256, verifiedBy, at } = receipt;
  entry.state = "Delivered";
  entry.receipt = { location, sizeBytes, verifiedBy, at, ...(sha256 !== undefined && { sha256 }) };
  delete entry.lastError;
  delete entry.nextAttemptAt;
}
