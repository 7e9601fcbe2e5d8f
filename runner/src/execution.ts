/** Owns what the runner knows about its attempt, and how that becomes `status.execution` within its limits. */
import type { Instant, StepName } from "@openreg/crds";
import type { Execution } from "@openreg/crds/types";
import { shortened } from "./errors.ts";

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

/** The attempt as it stands; steps change it, `Progress` writes it. Lists are complete here and cut in `executionOf`. */
export type ExecutionDraft = Mutable<Omit<Execution, "heartbeatAt" | "artifacts" | "deliveries" | "deliveryCounts">> & {
  artifacts: ArtifactEntry[];
  deliveries: DeliveryEntry[];
};

/** An artifact as status and manifest list it. */
export type ArtifactEntry = NonNullable<Execution["artifacts"]>[number];

/** A delivery as status and manifest list it. */
export type DeliveryEntry = Mutable<NonNullable<Execution["deliveries"]>[number]>;

const listed = 8;
const messageCharacters = 256;
const outcomeCharacters = 1024;
// of the 16 KiB that a whole run may have: 7 KiB, less what the nulls of absent parts take
const budgetBytes = 7 * 1024 - 256;

const optionalParts = [
  "progress",
  "rows",
  "findings",
  "filing",
  "artifacts",
  "deliveries",
  "deliveryCounts",
  "manifest",
  "snapshot",
  "outcome",
  "resumeAt",
  "evidence",
] as const;

/** A draft for an attempt that knows nothing yet. */
export function newDraft(attempt: number, podUID: string, now: Instant): ExecutionDraft {
  const step = "Initializing";
  return { attempt, podUID, step, steps: [{ name: step, startedAt: now }], artifacts: [], deliveries: [] };
}

/** Takes over what an earlier attempt reported and is still true: what is stored and what was handed over. Each attempt proves itself. */
export function inherit(draft: ExecutionDraft, earlier: Execution | undefined): void {
  if (!earlier) return;
  const { rows, findings, filing, artifacts, deliveries, snapshot } = earlier;
  const kept = { rows, findings, filing, snapshot };
  Object.assign(draft, Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)));
  draft.artifacts = [...(artifacts ?? [])];
  draft.deliveries = (deliveries ?? []).map((one) => ({ ...one }));
}

/** Moves to a step; the step before it is done. Entering the same step again changes nothing. */
export function enterStep(draft: ExecutionDraft, step: StepName, now: Instant): void {
  if (draft.step === step && draft.steps.some(({ name }) => name === step)) return;
  draft.steps = [
    ...draft.steps.map((one) => (one.endedAt ? one : { ...one, endedAt: now })),
    { name: step, startedAt: now },
  ];
  draft.step = step;
  delete draft.progress; // of the step before
}

/** Ends the last step. */
export function endSteps(draft: ExecutionDraft, now: Instant): void {
  draft.steps = draft.steps.map((one) => (one.endedAt ? one : { ...one, endedAt: now }));
}

/**
 * The value of `status.execution`; parts that are not there are null, which removes them in a merge patch.
 * Kept within the byte budget by leaving out, in this order, first rows of rules, later deliveries, later artifacts,
 * and, where texts are so long that nothing else helps, the end of the sentence about how it ended.
 */
export function executionOf(draft: ExecutionDraft, now: Instant): Readonly<Record<string, unknown>> {
  const whole: Whole = {
    ...draft,
    heartbeatAt: now,
    artifacts: draft.artifacts.length > 0 ? draft.artifacts.slice(0, listed) : undefined,
    deliveries:
      draft.deliveries.length > 0 ? openFirst(draft.deliveries).slice(0, listed).map(shortDelivery) : undefined,
    deliveryCounts: deliveryCountsOf(draft),
    outcome: draft.outcome && { ...draft.outcome, message: shortened(draft.outcome.message, outcomeCharacters) },
  };
  for (const shorten of [withoutFirstRows, withFewerDeliveries, withFewerArtifacts, withShorterWords]) {
    for (let previous = Number.POSITIVE_INFINITY, size = sizeOf(whole); size > budgetBytes && size < previous; ) {
      shorten(whole);
      previous = size;
      size = sizeOf(whole);
    }
  }
  const removed = optionalParts.filter((part) => whole[part] === undefined).map((part) => [part, null]);
  return { ...whole, ...Object.fromEntries(removed) };
}

type Loose<T> = { -readonly [key in keyof T]: T[key] | undefined };
type Whole = Loose<Execution>;

/** What a person must look at is never what the limits cut. */
const openStates: readonly DeliveryEntry["state"][] = ["InFlight", "Unknown", "Conflict", "Failed"];

function openFirst(deliveries: readonly DeliveryEntry[]): DeliveryEntry[] {
  const rank = ({ state }: DeliveryEntry) => {
    const place = openStates.indexOf(state);
    return place < 0 ? openStates.length : place;
  };
  return deliveries.toSorted((first, second) => rank(first) - rank(second));
}

/** Deliveries that the manifest has and this attempt has not come to yet are pending, whatever an earlier attempt did. */
function deliveryCountsOf({ deliveries, manifest }: ExecutionDraft): Execution["deliveryCounts"] {
  if (deliveries.length === 0) return undefined;
  const howMany = (state: DeliveryEntry["state"]) => deliveries.filter((one) => one.state === state).length;
  return {
    pending: howMany("Pending") + Math.max(0, (manifest?.deliveries ?? 0) - deliveries.length),
    inFlight: howMany("InFlight"),
    unknown: howMany("Unknown"),
    delivered: howMany("Delivered"),
    conflict: howMany("Conflict"),
    failed: howMany("Failed"),
  };
}

function withoutFirstRows(whole: Whole): void {
  const findings = whole.findings;
  if (findings) whole.findings = { ...findings, byRule: findings.byRule.map((one) => ({ ...one, firstRows: [] })) };
}

function withFewerDeliveries(whole: Whole): void {
  whole.deliveries = withoutLast(whole.deliveries);
}

function withFewerArtifacts(whole: Whole): void {
  whole.artifacts = withoutLast(whole.artifacts);
}

/** One of each is shown as long as that fits; the manifest has all, and the counts say how many. */
function withoutLast<T>(list: readonly T[] | undefined): T[] | undefined {
  return list && list.length > 1 ? list.slice(0, -1) : undefined;
}

function withShorterWords(whole: Whole): void {
  const { outcome } = whole;
  if (outcome)
    whole.outcome = { ...outcome, message: shortened(outcome.message, Math.ceil(outcome.message.length / 2)) };
}

function shortDelivery(one: DeliveryEntry): DeliveryEntry {
  return one.lastError === undefined ? one : { ...one, lastError: shortened(one.lastError, messageCharacters) };
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
