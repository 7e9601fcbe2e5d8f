/** Owns how the files of an output are put together: its format, its parts, and the check against its schema. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition } from "@openreg/crds";
import { type RunContext, temporaryOwnerOf } from "./context.ts";
import { receiversOf } from "./deliveries.ts";
import { newEmptyFileWriter } from "./empty-file.ts";
import type { Format, OutputColumn } from "./formats/format.ts";
import { linesBeforeRecords } from "./formats/xml/renderer.ts";
import { numberedReceivers, takeNumber } from "./numbering.ts";
import { type Companions, companionsOf } from "./output-companions.ts";
import { OutputFile, writersOf } from "./output-file.ts";
import { type OutputFiles, splitOutput, variedOutput, wholeOutput } from "./output-files.ts";
import { partNamed } from "./parts.ts";
import { formatOf } from "./rows/section-writers.ts";
import { newCheckedWriter } from "./schema-check/checked-writer.ts";
import { RecordKeys } from "./schema-check/record-keys.ts";
import { SchemaCheck } from "./schema-check/schema-check.ts";
import { writeSchema } from "./schema-check/schema-text.ts";
import { OutputParts } from "./split/output-parts.ts";
import type { StoreWriter } from "./store/store.ts";

type Output = Definition["outputs"][number];

/** An output with the columns of each of its sections, companions behind them. */
export interface OutputSpec {
  readonly output: Output;
  readonly sections: readonly (readonly OutputColumn[])[];
  /** Whether a column holds personal values. */
  readonly isPersonal: (name: string) => boolean;
}

/** Makes the files of an output, unseen until they are committed. Throws StepError `PlanInvalid`. */
export async function newOutputFiles(context: RunContext, spec: OutputSpec): Promise<OutputFiles> {
  const { definition } = context;
  const { output, sections } = spec;
  const format = formatOf(output, sections, context);
  const companions = companionsOf(output, definition, spec.isPersonal);
  const schema = await newSchema(context, output);
  const newFile = () => newOutputFile(context, { output, format, companions, schemaPath: schema?.path });
  const newVariant = async (sequenceOf?: (part: number) => Promise<string>): Promise<OutputFiles> => {
    const { name, split, whenEmpty } = output;
    if (!split) return wholeOutput(await newFile(), sequenceOf && (() => sequenceOf(1)));
    const parts = new OutputParts({
      ...{ output: name, split, format, newFile },
      sequenceOf: sequenceOf ?? (async () => ""),
    });
    return splitOutput(parts, companions, whenEmpty === "EmptyFile" || whenEmpty === "Nil");
  };
  const files = await newVariants(context, output, newVariant);
  return schema ? closing(files, schema.remove) : files;
}

/** An output for everybody, and one for each receiver that numbers its files; none for everybody when all do. */
async function newVariants(
  context: RunContext,
  { name }: Output,
  newVariant: (sequenceOf?: (part: number) => Promise<string>) => Promise<OutputFiles>,
): Promise<OutputFiles> {
  const numbered = numberedReceivers(context, name);
  const takers = receiversOf(context).filter(({ outputs }) => outputs.includes(name));
  if (numbered.length === 0) return newVariant();
  const variants: { destination: string | undefined; files: OutputFiles }[] = [];
  if (takers.length > numbered.length) variants.push({ destination: undefined, files: await newVariant() });
  for (const receiver of numbered) {
    const files = await newVariant((part) => takeNumber(context, receiver, { output: name, part }));
    variants.push({ destination: receiver.destination.name, files });
  }
  return variedOutput(variants);
}

interface FileSpec {
  readonly output: Output;
  readonly format: Format;
  readonly companions: Companions;
  readonly schemaPath: string | undefined;
}

async function newOutputFile(
  context: RunContext,
  { output, format, companions, schemaPath }: FileSpec,
): Promise<OutputFile> {
  const { store, plan } = context;
  const newWriter = () => store.newWriter(temporaryOwnerOf(plan));
  const writers: StoreWriter[] = [];
  while (writers.length < writersOf(format)) writers.push(await newWriter());
  const [writer, ...waiting] = writers;
  let file: OutputFile | undefined;
  const records = (): number => file?.records ?? 0;
  const orEmpty = (whole: StoreWriter, dropCheck = async () => {}): StoreWriter => {
    if (output.whenEmpty !== "EmptyFile" || !writer) return whole;
    return newEmptyFileWriter({ writer, whole, records, dropCheck });
  };
  if (schemaPath === undefined || !writer) {
    file = new OutputFile(format, writer ? [orEmpty(writer), ...waiting] : writers);
    return file;
  }
  const keys = new RecordKeys(await newWriter());
  const check = new SchemaCheck({ schemaPath });
  const dropCheck = async () => void (await Promise.all([check.abort(), keys.abort()]));
  const checked = newCheckedWriter({
    ...{ output: output.name, writer, keys, check, linesBeforeRecords },
    records,
  });
  file = new OutputFile(format, [orEmpty(checked, dropCheck), ...waiting], {
    keyOf: companions.shownKey,
    onKeys: (names) => keys.add(names),
  });
  return file;
}

/** The schema of an output as files for the checker, which are removed when the output has ended. */
async function newSchema({ definition, parts }: RunContext, { xml }: Output) {
  if (!xml?.schema) return undefined;
  const text = await parts(partNamed(definition, xml.schema.part));
  const folder = await mkdtemp(join(tmpdir(), "openreg-schema-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    return { path: await writeSchema(text, folder), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function closing(files: OutputFiles, close: () => Promise<void>): OutputFiles {
  return {
    get records() {
      return files.records;
    },
    get parts() {
      return files.parts;
    },
    begin: () => files.begin(),
    write: (section, part) => files.write(section, part),
    end: async () => {
      try {
        await files.end();
      } finally {
        await close();
      }
    },
    abort: async () => {
      await files.abort();
      await close();
    },
  };
}
