/** Owns the state Delivering: every file to every receiver, then the filing is met. */
import type { FailureCode } from "@openreg/crds";
import { recheckClaim } from "../claim.ts";
import type { RunContext } from "../context.ts";
import { type PlannedDelivery, planDeliveries } from "../deliveries.ts";
import { deliver } from "../delivery.ts";
import { finalFailureOf } from "../delivery-failure.ts";
import { asStepError, StepError } from "../errors.ts";
import { Ledger } from "../ledger.ts";
import { byOf } from "../ledger-entry.ts";
import { closeStrays } from "../numbering.ts";
import { settle } from "../settle.ts";
import type { Step } from "./step.ts";

/** Delivers what is not delivered yet. One receiver that fails does not keep the others from getting their files. */
export const delivering: Step = {
  async run(context) {
    const planned = planDeliveries(context);
    if (planned.length === 0) return;
    await recheckClaim(context);
    if (context.memory.outcome) return;
    const failures = await deliverAll(context, planned);
    await meetFiling(context, planned);
    throwWhatEnds(context, failures);
    throwIfCancelled(context, planned);
  },
};

/** Receivers that another attempt can serve come first: for the others the run ends when nobody waits any more. */
function throwWhatEnds({ memory, interruption }: RunContext, failures: readonly StepError[]): void {
  const passing = failures.find(({ retryable }) => retryable);
  if (passing) throw passing;
  const isWaiting = memory.outcome !== undefined && !interruption.stopping;
  if (failures[0] && !isWaiting) throw failures[0];
}

/** What every other file would meet at the same receiver too; a partner locks an account after a few failed logins. */
const troubleOfReceiver: readonly FailureCode[] = [
  "DestinationAuthenticationFailed",
  "HostKeyMismatch",
  "DestinationDirectoryMissing",
  "AddressRefused",
];

async function deliverAll(context: RunContext, planned: readonly PlannedDelivery[]): Promise<readonly StepError[]> {
  const failures: StepError[] = [];
  const closed = new Set<string>();
  for (const one of planned) {
    if (context.interruption.stopping) break; // nothing new starts
    if (closed.has(one.destination.name)) continue;
    try {
      throwWhatEndedIt(context, one);
      if (context.plan.purpose === "Settle") await settle(context, one);
      else noteResume(context, await deliver(context, one));
    } catch (error) {
      const failure = asStepError(error);
      failures.push(failure);
      if (troubleOfReceiver.includes(failure.code)) closed.add(one.destination.name);
    }
  }
  return failures;
}

/** What failed for good in an earlier attempt is not tried again unless a person asks for it: a partner locks an account after a few failed logins. */
function throwWhatEndedIt({ plan }: RunContext, { entry }: PlannedDelivery): void {
  if (!plan.continues || plan.purpose === "Settle") return;
  const failure = finalFailureOf(entry);
  if (failure) throw failure;
}

function noteResume({ memory, progress }: RunContext, resume: { readonly resumeAt: string } | undefined): void {
  if (!resume) return;
  const { resumeAt } = progress.draft;
  progress.draft.resumeAt = resumeAt === undefined || resume.resumeAt < resumeAt ? resume.resumeAt : resumeAt;
  memory.outcome = { code: "ResumeAt", message: `a receiver is tried again at ${progress.draft.resumeAt}` };
}

/** The filing is met when every receiver has confirmed every file; after that no other run files it again by mistake. */
async function meetFiling(context: RunContext, planned: readonly PlannedDelivery[]): Promise<void> {
  const { progress, store, failpoint } = context;
  const { filing } = progress.draft;
  if (!filing || planned.some(({ entry }) => entry.state !== "Delivered")) return;
  await closeStrays(context, planned);
  await failpoint("met.before");
  await new Ledger(store).meet(filing.key, { ...byOf(context), submission: filing.submission });
  await failpoint("met.after");
}

/** Cancelled in the middle: what was in flight is settled, what was not begun is not sent. */
function throwIfCancelled({ interruption }: RunContext, planned: readonly PlannedDelivery[]): void {
  const { stopping } = interruption;
  if (!stopping) return;
  const delivered = planned.filter(({ entry }) => entry.state === "Delivered").length;
  if (stopping.code !== "Cancelled" || delivered === 0) throw stopping;
  if (delivered === planned.length) return; // everything had been delivered: there was nothing left to cancel
  const message = `the run was cancelled after ${delivered} of ${planned.length} deliveries; agree with the receiver what to do with what it has`;
  throw new StepError("CancelledAfterDelivery", message);
}
