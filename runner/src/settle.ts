/** Owns an attempt that only asks: for each delivery whose outcome nobody knows, what the receiver holds decides. */
import type { RunContext } from "./context.ts";
import type { PlannedDelivery } from "./deliveries.ts";
import { confirm, isConfirmed } from "./delivery.ts";
import { Ledger } from "./ledger.ts";
import { openDestination } from "./release.ts";

/** Settles one delivery. Throws StepError, retryable, when the receiver cannot be asked. */
export async function settle(context: RunContext, planned: PlannedDelivery): Promise<void> {
  const ledger = new Ledger(context.store);
  if (await isConfirmed(context, ledger, planned)) return;
  const intents = await ledger.intents(planned.key);
  if (!intents.some(({ sha256 }) => sha256 === planned.artifact.sha256)) return; // nothing left this machine
  const destination = await openDestination(context, planned);
  const { fileName, sizeBytes, sha256 } = planned.artifact;
  const there = await destination.inspect(fileName, context.interruption.signal);
  const isOurs = there?.sizeBytes === sizeBytes && (there.sha256 === undefined || there.sha256 === sha256);
  if (isOurs) {
    const proof =
      there.sha256 === undefined ? { verifiedBy: "Size" as const } : { sha256, verifiedBy: "Hash" as const };
    await confirm(context, ledger, planned, { location: destination.locationOf(fileName), sizeBytes, ...proof });
    return;
  }
  planned.entry.state = there ? "Conflict" : "Failed";
  planned.entry.lastError = there
    ? `${fileName} is at the receiver with other content`
    : `${fileName} is not at the receiver`;
  context.progress.changed();
}
