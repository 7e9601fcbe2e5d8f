/** Owns which deliveries a run has: the receivers of `deliverTo` that are of the run's mode, each with the artifacts it takes. */
import type { Definition } from "@openreg/crds";
import type { RunContext } from "./context.ts";
import { destinationKindOf } from "./destinations/registry.ts";
import { StepError } from "./errors.ts";
import type { ArtifactEntry, DeliveryEntry } from "./execution.ts";
import { submissionKeyOf } from "./ledger.ts";
import type { PackingSettings } from "./packages/packing.ts";
import { SentMeter } from "./sent-meter.ts";

/** A Destination and the outputs it receives. */
export interface Receiver {
  readonly destination: Definition["destinations"][number];
  readonly outputs: readonly string[];
  /** How it gets each file packed, the inner package first; empty for not at all. */
  readonly package: PackingSettings;
  /** The sequence that numbers its files; they are rendered for it alone. */
  readonly sequence?: SequenceSettings;
}

/** How a receiver has its files numbered. */
export type SequenceSettings = NonNullable<Definition["destinations"][number]["sequences"]>[number];

/** The receivers of a run, none on a laptop. Throws StepError `NoDestinationForMode` when `deliverTo` has others only. */
export function receiversOf({
  definition,
  plan,
  deliver,
}: Pick<RunContext, "definition" | "plan" | "deliver">): readonly Receiver[] {
  if (!deliver || definition.deliverTo.length === 0) return [];
  const receivers = definition.deliverTo.flatMap((target): Receiver[] => {
    const { destination: name, outputs, package: packing = [] } = target;
    const destination = definition.destinations.find((one) => one.name === name && one.mode === plan.run.mode);
    return destination ? [{ destination, outputs, package: packing, ...sequenceOf(destination, target) }] : [];
  });
  if (receivers.length > 0) return receivers;
  const message = `the run is of mode ${plan.run.mode}, but deliverTo names only Destinations of the other mode; add one, or run in the other mode`;
  throw new StepError("NoDestinationForMode", message);
}

function sequenceOf(
  { name, sequences = [] }: Definition["destinations"][number],
  { sequence }: Definition["deliverTo"][number],
): Pick<Receiver, "sequence"> {
  if (sequence === undefined) return {};
  const found = sequences.find((one) => one.name === sequence);
  if (found) return { sequence: found };
  throw new StepError("PlanInvalid", `Destination ${name} has no sequence ${sequence}; apply the Report again`);
}

/** Whether a receiver gets a file: one of its outputs, and the one that was rendered for it where it numbers its files. */
export function takes(
  { outputs, sequence, destination }: Receiver,
  file: { readonly output: string; readonly destination?: string | undefined },
): boolean {
  return outputs.includes(file.output) && file.destination === (sequence && destination.name);
}

/** One file for one receiver. */
export interface PlannedDelivery {
  readonly destination: Definition["destinations"][number];
  readonly artifact: ArtifactEntry;
  /** The sequence that its number is from. */
  readonly sequence?: SequenceSettings | undefined;
  /** The submission key. */
  readonly key: string;
  /** What is reported about all deliveries of the run, by their submission keys. */
  readonly entries: ReadonlyMap<string, DeliveryEntry>;
  readonly address: string;
  /** What is reported about it; changes as it goes on. */
  readonly entry: DeliveryEntry;
  /** Counts the bytes of a try for the progress of the run. */
  readonly counted?: (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
}

/** The deliveries of a run in order; their entries become those of the draft, with what earlier attempts reported. */
export function planDeliveries(context: RunContext): readonly PlannedDelivery[] {
  const { draft } = context.progress;
  const { filing } = draft;
  if (!filing) return [];
  const packed = context.memory.checkpoints.rendered?.packed ?? [];
  const entries = new Map<string, DeliveryEntry>();
  const meter = new SentMeter(context.progress);
  const planned = receiversOf(context).flatMap((receiver) =>
    draft.artifacts
      .filter((made) => takes(receiver, made))
      .map((made): PlannedDelivery => {
        const { destination, sequence } = receiver;
        const artifact = packed.find(({ of, destination: to }) => of === made.key && to === destination.name) ?? made;
        const address = destinationKindOf(destination).address(destination);
        const key = submissionKeyOf({
          filing: filing.key,
          address,
          output: artifact.output,
          part: artifact.part ?? 1,
          submission: filing.submission,
        });
        const known = draft.deliveries.find(
          (one) => one.destination === destination.name && one.artifact === artifact.fileName,
        );
        const entry: DeliveryEntry = known ?? {
          destination: destination.name,
          artifact: artifact.fileName,
          state: "Pending",
          attempts: 0,
        };
        entries.set(key, entry);
        meter.expect(entry, artifact.sizeBytes);
        const counted = (bytes: AsyncIterable<Uint8Array>) => meter.counted(entry, bytes);
        return { destination, artifact, sequence, key, entries, address, entry, counted };
      }),
  );
  const inOrder = byNumber(planned);
  draft.deliveries = inOrder.map(({ entry }) => entry);
  return inOrder;
}

/** Receivers stay as they come; what one has numbered goes out by number, for rows give numbers to several outputs in turn. */
function byNumber(planned: readonly PlannedDelivery[]): readonly PlannedDelivery[] {
  const places = new Map(planned.map(({ destination }, index) => [destination, index]));
  const placeOf = ({ destination }: PlannedDelivery): number => places.get(destination) ?? 0;
  const numberOf = ({ artifact }: PlannedDelivery): number => Number(artifact.sequence ?? 0);
  return planned.toSorted((one, other) => placeOf(one) - placeOf(other) || numberOf(one) - numberOf(other));
}
