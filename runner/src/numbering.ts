/** Owns which numbers the files of a run carry: taken before a file is rendered, kept for its filing, and closed in the end. */

import { holdsNumber } from "./claim.ts";
import type { RunContext } from "./context.ts";
import { type PlannedDelivery, type Receiver, receiversOf, type SequenceSettings } from "./deliveries.ts";
import { finalFailureOf } from "./delivery-failure.ts";
import type { Destination } from "./destinations/destination.ts";
import { destinationKindOf } from "./destinations/registry.ts";
import { StepError } from "./errors.ts";
import type { ArtifactEntry } from "./execution.ts";
import { Ledger, submissionKeyOf } from "./ledger.ts";
import { byOf, createEntry, findEntry, readEntry } from "./ledger-entry.ts";
import { openDestination } from "./release.ts";
import { type NumberLog, Sequence, submissionStart } from "./sequence.ts";
import { ledgerKeys } from "./store/keys.ts";

/** How long another run is waited for that holds a lower number, in seconds. */
const turnSeconds = 60;

/** The receivers that have the files of an output numbered, each of which gets it rendered for itself. */
export function numberedReceivers(context: RunContext, output: string): readonly Receiver[] {
  return receiversOf(context).filter(({ outputs, sequence }) => sequence !== undefined && outputs.includes(output));
}

/** The number of a part of an output for a receiver, as text of its width; taken in the ledger when there is none yet. */
export async function takeNumber(
  context: RunContext,
  { destination, sequence: settings }: Receiver,
  { output, part }: { readonly output: string; readonly part: number },
): Promise<string> {
  const { filing } = context.progress.draft;
  if (!settings || !filing) throw new StepError("InternalError", "a number was asked for without a filing");
  const sequence = sequenceOf(context, destination.name, settings);
  const address = destinationKindOf(destination).address(destination);
  const submission = { filing: filing.key, submission: filing.submission };
  const use = { ...submission, output, part, key: submissionKeyOf({ ...submission, address, output, part }) };
  await context.failpoint("number.before");
  const above = await markStart(context, sequence);
  const { width, firstNumber: first } = settings;
  const number = await sequence.take(use, byOf(context), { above, first, width });
  await context.failpoint("number.after");
  return textOf(number, settings);
}

/**
 * Sees to it that a file may go out by its number: lower ones of runs that have ended become void, unless the receiver has their files.
 * Answers the instant to come back at when another run has yet to deliver a lower one and the order is Strict. Throws StepError when a
 * lower one of this run failed for good.
 */
export async function awaitTurn(
  context: RunContext,
  planned: PlannedDelivery,
  destination: Destination,
): Promise<{ readonly resumeAt: string } | undefined> {
  const { sequence: settings } = planned;
  if (!settings) return undefined;
  const sequence = sequenceOf(context, planned.destination.name, settings);
  const number = numberOf(planned.artifact);
  const { open } = await sequence.openBelow(number);
  for (const log of open.toReversed()) {
    const isClosed = await close(context, { sequence, planned, open: async () => destination }, log);
    if (isClosed || settings.order === "Any") continue;
    throwWhatEnded(planned, log);
    return waiting(context, planned, log);
  }
  await context.failpoint("offer.before");
  await sequence.offer(number, byOf(context));
  return undefined;
}

/** Records that the file of a number was delivered, after its receipt; doing it twice changes nothing. */
export async function closeNumber(context: RunContext, { destination, artifact, sequence }: PlannedDelivery) {
  if (!sequence) return;
  const ledger = sequenceOf(context, destination.name, sequence);
  const number = numberOf(artifact);
  const { closedUpTo } = await ledger.openBelow(number);
  await ledger.deliver(number, byOf(context), closedUpTo);
  await context.failpoint("number.delivered");
}

/** Closes the numbers that were taken for this submission, by this run or by one before it, and that none of its files carries. */
export async function closeStrays(context: RunContext, planned: readonly PlannedDelivery[]): Promise<void> {
  const first = planned.filter(
    ({ sequence, destination }, index) =>
      sequence && planned.findIndex((one) => one.destination === destination) === index,
  );
  for (const one of first) {
    if (!one.sequence) continue;
    const sequence = sequenceOf(context, one.destination.name, one.sequence);
    const open = () => openDestination(context, one);
    for await (const log of sequence.logsAbove(await markStart(context, sequence))) {
      if (isOfFiling(context, log) && !isEnded(log)) await close(context, { sequence, planned: one, open }, log);
    }
  }
}

/** Whether a file that was rendered earlier has a number that became void meanwhile. */
export async function hasVoidNumber(context: RunContext, artifacts: readonly ArtifactEntry[]): Promise<boolean> {
  for (const artifact of artifacts) {
    const receiver = receiversOf(context).find(
      ({ destination, sequence }) => sequence && destination.name === artifact.destination,
    );
    if (!receiver?.sequence) continue;
    const log = await sequenceOf(context, receiver.destination.name, receiver.sequence).log(numberOf(artifact));
    if (log?.last.kind === "Void") return true;
  }
  return false;
}

/** Keys of the logs of the numbers of this submission, and of those below them that were open until it closed them. */
export async function numberEntriesOf(context: RunContext): Promise<readonly string[]> {
  const keys: string[] = [];
  for (const { destination, sequence: settings } of receiversOf(context)) {
    if (!settings) continue;
    const sequence = sequenceOf(context, destination.name, settings);
    const own: NumberLog[] = [];
    for await (const log of sequence.logsAbove(await markStart(context, sequence)))
      if (isOfFiling(context, log)) own.push(log);
    const closed = await closedBelow(context, sequence, own[0]?.number ?? 0);
    for (const { number, entries } of [...own, ...closed])
      for (const index of entries.keys()) keys.push(ledgerKeys.number(sequence.identity, number, index + 1));
  }
  return keys;
}

/** What was closed below a number since another run delivered one. */
async function closedBelow({ plan }: RunContext, sequence: Sequence, number: number): Promise<readonly NumberLog[]> {
  const closed: NumberLog[] = [];
  for (let at = number - 1; at >= 0; at -= 1) {
    const log = await sequence.log(at);
    if (!log || (log.last.kind === "Delivered" && log.last.runUID !== plan.run.uid)) break;
    if (isEnded(log)) closed.push(log);
  }
  return closed;
}

interface Turn {
  readonly sequence: Sequence;
  readonly planned: PlannedDelivery;
  readonly open: () => Promise<Destination>;
}

/**
 * Closes a number if that can be done: it was delivered and nobody noted it, its run has ended without delivering it, or it was taken
 * for this filing and no file carries it any more.
 */
async function close(context: RunContext, turn: Turn, log: NumberLog): Promise<boolean> {
  const { store, plan } = context;
  const ledger = new Ledger(store);
  const { sequence, planned } = turn;
  if (await ledger.receipt(log.use.key)) {
    const { closedUpTo } = await sequence.openBelow(log.number);
    await sequence.deliver(log.number, byOf(context), closedUpTo);
    return true;
  }
  const isOurs = isOfFiling(context, log);
  if (isOurs ? planned.entries.has(log.use.key) : holdsNumber(plan, log.last)) return false;
  if (await isAtReceiver(context, turn, log)) return false;
  const reason = isOurs
    ? `run ${plan.run.name} makes the filing without the file that it was taken for`
    : `run ${log.last.runName} ended without delivering it, and run ${plan.run.name} goes on with number ${numberOf(planned.artifact)}`;
  if (await sequence.void(log, byOf(context), reason)) return true;
  return isEnded((await sequence.log(log.number)) ?? log);
}

/** Whether a file that somebody began to hand over with a number is at the receiver after all; in Strict order that is for a person. */
async function isAtReceiver({ store, interruption }: RunContext, turn: Turn, { number, use }: NumberLog) {
  const { name } = turn.planned.destination;
  for (const { fileName, runName } of await new Ledger(store).intents(use.key)) {
    const destination = await turn.open();
    if (!(await destination.inspect(fileName, interruption.signal))) continue;
    if (turn.planned.sequence?.order === "Any") return true;
    const message = `Destination ${name} has ${fileName}, which run ${runName} began to hand over with number ${number}, and there is no receipt; settle that run or have the file removed, then retry this one`;
    throw new StepError("DeliveryConflict", message);
  }
  return false;
}

/** No time helps a file behind one of its own run that is not tried again. */
function throwWhatEnded({ artifact, entries }: PlannedDelivery, { number, use }: NumberLog): void {
  const failure = finalFailureOf(entries.get(use.key));
  if (!failure || failure.retryable) return;
  const what = `${artifact.fileName} is not handed over: number ${number} goes first, and that failed: ${failure.message}`;
  throw new StepError(failure.code, what);
}

function waiting(
  { clock }: RunContext,
  { entry, destination, artifact }: PlannedDelivery,
  { number, last }: NumberLog,
): { readonly resumeAt: string } {
  const resumeAt = new Date(Date.parse(clock.now()) + turnSeconds * 1000).toISOString();
  entry.nextAttemptAt = resumeAt;
  entry.lastError = `${artifact.fileName} waits: number ${number}, which run ${last.runName} has, goes to Destination ${destination.name} first`;
  return { resumeAt };
}

/** Above which number those of this submission are; recorded before the first one is taken. */
async function markStart(context: RunContext, sequence: Sequence): Promise<number> {
  const { filing } = context.progress.draft;
  if (!filing) throw new StepError("InternalError", "numbers were asked for without a filing");
  const key = ledgerKeys.numbers(filing.key, filing.submission, sequence.identity);
  const noted = await findEntry(context.store, key, submissionStart);
  if (noted) return noted.above;
  const above = (await sequence.range())?.highest ?? -1;
  await createEntry(context.store, key, { above, ...byOf(context) }); // the first one stands
  return (await readEntry(context.store, key, submissionStart)).above;
}

function sequenceOf({ plan, definition, store, memory }: RunContext, destination: string, settings: SequenceSettings) {
  const { namespace, mode, businessDate } = plan.run;
  const period = { Never: "ever", Yearly: businessDate.slice(0, 4), Daily: businessDate }[settings.resets];
  const identity = { namespace, series: definition.series, mode, destination, name: settings.name, period };
  const key = ledgerKeys.sequence(identity);
  const known = memory.sequences?.get(key) ?? new Sequence(store, identity);
  memory.sequences ??= new Map();
  memory.sequences.set(key, known);
  return known;
}

function isOfFiling({ progress }: RunContext, { use }: NumberLog): boolean {
  const { filing } = progress.draft;
  return use.filing === filing?.key && use.submission === filing.submission;
}

function isEnded({ last }: NumberLog): boolean {
  return last.kind === "Delivered" || last.kind === "Void";
}

/** Digits behind zeros; what has more than 15 of them was refused. */
function numberOf({ fileName, sequence }: ArtifactEntry): number {
  if (sequence !== undefined && /^[0-9]+$/.test(sequence)) return Number(sequence);
  throw new StepError("CheckpointCorrupt", `${fileName} has no number; rerun, and find out who changed the store`);
}

function textOf(number: number, { width }: SequenceSettings): string {
  return String(number).padStart(width, "0");
}
