/** Owns who may make a filing: in `Initializing` a run with deliveries claims it, or learns that another run makes or made it. */
import type { RunPlan } from "@openreg/crds";
import type { RunContext } from "./context.ts";
import { receiversOf } from "./deliveries.ts";
import { StepError } from "./errors.ts";
import { type Claim, filingKeyOf, Ledger } from "./ledger.ts";
import { type By, byOf } from "./ledger-entry.ts";

const mostTries = 50;

/** Claims the filing of the run, or sets the outcome that ends it. Runs without receivers file nothing. */
export async function claimFiling(context: RunContext): Promise<void> {
  if (receiversOf(context).length === 0) return;
  const { plan, definition, values, progress, failpoint, log } = context;
  const key = filingKeyOf(plan.run, definition.series, values.parameters);
  await failpoint("claim.before");
  const verdict = await claimed(context, key);
  await failpoint("claim.after");
  if (verdict.kind === "Claimed") {
    progress.draft.filing = { key, submission: verdict.submission };
    log.info({ filing: key, submission: verdict.submission }, "the run makes the filing");
    return;
  }
  endFor(context, key, verdict);
}

/**
 * Looks at the claims once more before anything is handed over, for hours may have passed since the run claimed.
 * Sets the outcome that ends the run when another one has claimed the filing since, whether that one has ended or not.
 */
export async function recheckClaim(context: RunContext): Promise<void> {
  const { filing } = context.progress.draft;
  if (!filing) return;
  const found = await new Ledger(context.store).filing(filing.key);
  const verdict = judgeClaim(context.plan, found);
  if (verdict.kind === "Claimed") return;
  const highest = found.claims.at(-1);
  if (verdict.kind !== "MayClaim") endFor(context, filing.key, verdict);
  else if (highest) endFor(context, filing.key, { kind: "FilingInProgress", by: highest });
  else
    throw new StepError(
      "StoreUnavailable",
      `the claims of filing ${filing.key} are gone; find out who changed the store`,
    );
}

function endFor({ progress, memory }: RunContext, key: string, { kind, by }: Refusal): void {
  const { runName, submission } = by;
  progress.draft.filing = { key, submission, ...(kind === "AlreadyFiled" && { metBy: runName }) };
  memory.outcome = { code: kind, message: messageOf(kind, runName) };
}

/** What the ledger says to a run that wants to file. */
export type ClaimVerdict = { readonly kind: "Claimed"; readonly submission: number } | Refusal;

interface Refusal {
  readonly kind: "AlreadyFiled" | "FilingInProgress";
  readonly by: Claim;
}

/** What a run may do, given the ledger: make submission n, or not file. Pure. */
export function judgeClaim(
  plan: RunPlan,
  { claims, met }: Awaited<ReturnType<Ledger["filing"]>>,
): ClaimVerdict | { readonly kind: "MayClaim"; readonly submission: number } {
  const own = claims.findLast(({ runUID }) => runUID === plan.run.uid);
  // a Test run never collides: each takes the next number and keeps it
  if (plan.run.mode === "Test")
    return own ? { kind: "Claimed", submission: own.submission } : { kind: "MayClaim", submission: nextNumber(claims) };
  if (plan.purpose === "Settle" && own) return { kind: "Claimed", submission: own.submission };
  const highest = claims.at(-1);
  if (highest && highest === own) return { kind: "Claimed", submission: own.submission };
  const lastMet = met.at(-1);
  if (lastMet && !plan.run.rerunOf?.resubmit) return { kind: "AlreadyFiled", by: lastMet };
  const isOpen = highest && highest.submission !== lastMet?.submission && mayBeActive(plan, highest);
  if (isOpen) return { kind: "FilingInProgress", by: highest };
  return { kind: "MayClaim", submission: (lastMet?.submission ?? 0) + 1 };
}

/** How far the clocks of nodes and operator may be apart. */
const clockMarginMilliseconds = 300_000;

/** A run that the plan does not name has ended, unless it wrote to the ledger so late that the plan could not know of it. */
export function mayBeActive(
  { activeRuns, endedRuns, firstStartedAt }: RunPlan,
  { runUID, at }: Pick<By, "runUID" | "at">,
): boolean {
  if (activeRuns.includes(runUID)) return true;
  if (endedRuns.includes(runUID)) return false;
  return Date.parse(at) >= Date.parse(firstStartedAt) - clockMarginMilliseconds;
}

/** Whether a run may be working with a number it wrote about last: it has not ended, or it went on after the plan was made. */
export function holdsNumber(
  { activeRuns, madeAt, firstStartedAt }: RunPlan,
  { runUID, at }: Pick<By, "runUID" | "at">,
): boolean {
  return (
    activeRuns.includes(runUID) || Date.parse(at) >= Date.parse(madeAt ?? firstStartedAt) - clockMarginMilliseconds
  );
}

async function claimed(context: RunContext, key: string): Promise<ClaimVerdict> {
  const { plan, store } = context;
  const ledger = new Ledger(store);
  for (let tries = 0; tries < mostTries; tries += 1) {
    const filing = await ledger.filing(key);
    const verdict = judgeClaim(plan, filing);
    if (verdict.kind !== "MayClaim") return verdict;
    const entry = { ...byOf(context), submission: verdict.submission };
    await ledger.claim(key, nextNumber(filing.claims), entry); // whether we won it, the next look at the ledger says
  }
  throw new StepError(
    "StoreUnavailable",
    `the filing ${key} could not be claimed: other runs claimed it ${mostTries} times in a row; retry the run`,
  );
}

function nextNumber(claims: readonly { readonly number: number }[]): number {
  return (claims.at(-1)?.number ?? 0) + 1;
}

function messageOf(kind: "AlreadyFiled" | "FilingInProgress", runName: string): string {
  return kind === "AlreadyFiled"
    ? `run ${runName} has already made this filing; create a run with rerunOf, resubmit: true and a reason to file again`
    : `run ${runName} makes this filing and has not ended; wait for it, and retry this run when it failed`;
}
