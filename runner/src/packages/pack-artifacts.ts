/** Owns the packed files of a run: for each receiver with packages, what it gets in place of an artifact. */
import type { RenderedCheckpoint } from "../checkpoints.ts";
import { type RunContext, temporaryOwnerOf } from "../context.ts";
import { type Receiver, receiversOf, takes } from "../deliveries.ts";
import { StepError } from "../errors.ts";
import { runParametersOf } from "../run-parameters.ts";
import { runKeys } from "../store/keys.ts";
import { packFile } from "./packing.ts";

type Artifact = RenderedCheckpoint["artifacts"][number];

/** A packed file, in the place of the artifact with the key `of`. */
export type PackedArtifact = NonNullable<RenderedCheckpoint["packed"]>[number];

/** Packs artifacts for the receivers that want it, and publishes the files. Throws StepError `OutputValueInvalid` for a part that is too large. */
export async function packArtifacts(
  context: RunContext,
  artifacts: readonly Artifact[],
): Promise<readonly PackedArtifact[]> {
  const packed: PackedArtifact[] = [];
  for (const receiver of receiversOf(context)) {
    for (const artifact of artifacts) {
      if (receiver.package.length > 0 && takes(receiver, artifact))
        packed.push(await packOne(context, receiver, artifact));
    }
  }
  return packed;
}

async function packOne(context: RunContext, receiver: Receiver, artifact: Artifact): Promise<PackedArtifact> {
  const { store, plan, values, definition } = context;
  const { output, part, records, fileName } = artifact;
  const destination = receiver.destination.name;
  const writer = await store.newWriter(temporaryOwnerOf(plan));
  try {
    const numbers = { number: part ?? 1, records, sequence: artifact.sequence ?? "" };
    const done = await packFile(
      store.readStream(artifact.key),
      { fileName, part: numbers },
      {
        settings: receiver.package,
        texts: { run: values, runParameters: runParametersOf(definition) },
        writer,
      },
    );
    refuseOther(artifact, done.unpacked.sha256);
    refuseLarge(context, artifact, done.packed.sizeBytes);
    const key = runKeys.packed(plan.run, destination, done.fileName);
    const { destination: only, sequence } = artifact;
    const numbered = { ...(part !== undefined && { part }), ...(only !== undefined && { sequence }) };
    const stored = await writer.commit(key);
    return { destination, of: artifact.key, output, fileName: done.fileName, ...numbered, records, key, ...stored };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** What was packed must be what was published. */
function refuseOther({ key, sha256 }: Artifact, found: string): void {
  if (found === sha256) return;
  const message = `${key} has not the bytes that were written; rerun, and find out who changed the store`;
  throw new StepError("CheckpointCorrupt", message);
}

/** Sizes of packages are estimated when parts are cut; here they are known. */
function refuseLarge({ definition }: RunContext, { output, fileName }: Artifact, sizeBytes: number): void {
  const split = definition.outputs.find(({ name }) => name === output)?.split;
  if (split?.measured !== "Compressed" || sizeBytes <= (split.maxSizeBytes ?? sizeBytes)) return;
  const message = `output ${output}: the package of ${fileName} has ${sizeBytes} bytes, more than split.maxSize; set a smaller maxSize, or maxRecords`;
  throw new StepError("OutputValueInvalid", message);
}
