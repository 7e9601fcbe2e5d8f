/** Owns the state GeneratingArtifacts: prepared outputs get their names and become visible in the store, or nothing does. */
import { newMadeBy, type RenderedCheckpoint, writeCheckpoint } from "../checkpoints.ts";
import { type RunContext, temporaryOwnerOf } from "../context.ts";
import type { DataPath, PreparedOutput } from "../data-path.ts";
import { StepError } from "../errors.ts";
import { fileNameOf } from "../file-name.ts";
import { packArtifacts } from "../packages/pack-artifacts.ts";
import type { WrittenPart } from "../split/output-parts.ts";
import { runKeys } from "../store/keys.ts";
import type { Step } from "./step.ts";

/** Publishes the artifacts and records them, so that a later attempt only delivers. */
export const generatingArtifacts: Step = {
  async run(context) {
    const { memory, progress } = context;
    const { dataPath } = memory;
    if (!dataPath) return;
    try {
      if (dataPath.refused) throw dataPath.refused;
      const named = await nameOutputs(context, dataPath);
      await context.failpoint("artifact.before");
      await publish(context, dataPath, named);
    } catch (error) {
      await dataPath.discard();
      progress.draft.rows = { ...dataPath.rows, written: 0 };
      throw error;
    }
  },
};

interface NamedPart {
  readonly output: PreparedOutput["output"];
  readonly part: WrittenPart;
  readonly fileName: string;
}

/** All names are made and checked before the first artifact is published. */
async function nameOutputs(context: RunContext, dataPath: DataPath): Promise<readonly NamedPart[]> {
  const named: NamedPart[] = [];
  for (const { output, files } of dataPath.parts.outputs) {
    const { name, whenEmpty } = output;
    if (files.records === 0 && whenEmpty === "Fail") {
      const message = `output ${name} has no record and its whenEmpty is Fail; check the query and the business date, or set whenEmpty`;
      throw new StepError("OutputEmpty", message);
    }
    if (files.records === 0 && whenEmpty === "Skip") await files.abort();
    else for (const part of files.parts) named.push({ output, part, fileName: fileNameOf(context, output, part) });
  }
  const double = named.find(
    (other, index) => named.findIndex((one) => one === other || isSameName(one, other)) !== index,
  );
  if (double)
    throw new StepError(
      "FileNameRefused",
      `two files have the name ${double.fileName}; make the fileName of their outputs differ, with {part.number} where an output is split`,
    );
  return named;
}

/** What two receivers get may have the same name; case does not count. */
function isSameName(one: NamedPart, other: NamedPart): boolean {
  return one.fileName.toLowerCase() === other.fileName.toLowerCase() && one.part.destination === other.part.destination;
}

async function publish(context: RunContext, dataPath: DataPath, named: readonly NamedPart[]): Promise<void> {
  const { plan, store, definition, clock, memory, progress } = context;
  const artifacts: RenderedCheckpoint["artifacts"] = [];
  for (const { output, part, fileName } of named) {
    const { destination, sequence } = part;
    const key = runKeys.artifact(plan.run, output.name, fileName, destination);
    const stored = await part.file.commit(key);
    const numbered = {
      ...(output.split && { part: part.number }),
      ...(destination !== undefined && { destination, sequence }),
    };
    artifacts.push({ output: output.name, fileName, ...numbered, records: part.records, key, ...stored });
  }
  const packed = await packArtifacts(context, artifacts);
  await context.failpoint("artifact.written");
  if (!memory.findingsFile) throw new StepError("InternalError", "the findings were not kept before the artifacts");
  const checkpoint: RenderedCheckpoint = {
    madeBy: newMadeBy(plan, definition, clock.now()),
    rows: dataPath.rows,
    findings: dataPath.counts,
    findingsFile: memory.findingsFile,
    ...(memory.exceptionsFile && { exceptionsFile: memory.exceptionsFile }),
    artifacts,
    ...(packed.length > 0 && { packed: [...packed] }),
  };
  await writeCheckpoint(store, temporaryOwnerOf(plan), runKeys.rendered(plan.run), checkpoint);
  memory.checkpoints.rendered = checkpoint;
  progress.draft.artifacts = artifacts.map((one) => ({ ...one }));
  progress.draft.rows = dataPath.rows;
  progress.changed();
  await context.failpoint("artifacts.recorded");
}
