/** Owns an attempt that only asks: for each delivery whose outcome nobody knows, what the receiver holds decides. */
import type { RunContext } from "./context.ts";
import type { PlannedDelivery } from "./deliveries.ts";
import { confirm, isConfirmed } from "./delivery.ts";
import type { Held } from "./destinations/destination.ts";
import { StepError } from "./errors.ts";
import { Ledger } from "./ledger.ts";
import { openDestination } from "./release.ts";

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
  planned.entry.state = there ? "Conflict" : "Failed";
  planned.entry.lastError = there
    ? `${fileName} is at the receiver with other content`
    : `${fileName} is not at the receiver`;
  context.progress.changed();
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
