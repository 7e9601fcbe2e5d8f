/** Owns how the stream of rows is put together: from the source, or from the snapshot that an earlier attempt kept. */
import type { Definition } from "@openreg/crds";
import { queryValue } from "@openreg/language";
import type { FetchedCheckpoint } from "./checkpoints.ts";
import type { Piece } from "./connectors/connector.ts";
import { connectorKindOf } from "./connectors/registry.ts";
import { type RunContext, temporaryOwnerOf } from "./context.ts";
import { DataPath, type PreparedOutput } from "./data-path.ts";
import { StepError } from "./errors.ts";
import { newFormat } from "./formats/registry.ts";
import { OutputFile, writersOf } from "./output-file.ts";
import { releaseConnector } from "./release.ts";
import type { Lane } from "./rows/lane.ts";
import { newRowLane, textColumns } from "./rows/row-lane.ts";
import { newSnapshotWriter, readSnapshot, type SnapshotWriter } from "./rows/snapshot.ts";
import { runParametersOf } from "./run-parameters.ts";
import { newLineWriter } from "./store/lines.ts";
import type { StoreWriter } from "./store/store.ts";

/** What checkpoints say about where rows came from. */
export type SourceFacts = Pick<FetchedCheckpoint, "input" | "columns" | "facts">;

interface OpenedRows extends SourceFacts {
  readonly pieces: AsyncIterable<Piece>;
  readonly isFromSource: boolean;
  readonly close: () => Promise<void>;
}

type Input = Definition["inputs"][number];

/** Opens the rows and everything they pass. */
export async function newDataPath(context: RunContext): Promise<{ dataPath: DataPath; source: SourceFacts }> {
  const input = context.definition.inputs[0] as Input; // Initializing refuses any other number of inputs
  const rows = await openRows(context, input);
  try {
    const dataPath = await assembled(context, input, rows);
    return { dataPath, source: { input: rows.input, columns: rows.columns, facts: rows.facts } };
  } catch (error) {
    await rows.close();
    throw error;
  }
}

async function assembled(context: RunContext, input: Input, rows: OpenedRows): Promise<DataPath> {
  const { definition, store, values, interruption } = context;
  const columns = input.columns ?? textColumns(rows.columns);
  const lane = newRowLane({ definition, columns, values });
  const owner = temporaryOwnerOf(context.plan);
  return new DataPath({
    pieces: rows.pieces,
    lane,
    snapshot: rows.isFromSource ? await beginSnapshot(context, rows, columns) : undefined,
    findings: await newLineWriter(store, owner),
    exceptions: await newLineWriter(store, owner),
    outputs: await beginOutputs(context, lane.columns),
    signal: interruption.signal,
    onPiece: newReporter(context),
  });
}

async function openRows(context: RunContext, input: Input): Promise<OpenedRows> {
  const { fetched } = context.memory.checkpoints;
  if (fetched) {
    context.log.info(
      { rows: fetched.rows, attempt: fetched.madeBy.attempt },
      "rows come from the snapshot of an earlier attempt",
    );
    const { columns, facts } = fetched;
    return {
      input: input.name,
      columns,
      facts,
      pieces: readSnapshot(context.store, fetched),
      isFromSource: false,
      close: async () => {},
    };
  }
  const settings = context.definition.connectors.find(({ name }) => name === input.sql.connector);
  if (!settings)
    throw new StepError(
      "PlanInvalid",
      `input ${input.name} reads from Connector ${input.sql.connector}, which the definition lacks`,
    );
  const connector = connectorKindOf(settings).newConnector(settings, await releaseConnector(context, settings));
  const { columns, facts, pieces, close } = await connector.read({
    input: input.name,
    query: input.sql.query,
    value: (name) => queryValue(context.values, name),
    columns: input.columns?.map(({ name }) => name),
    order: orderOf(context.definition, input),
    signal: context.interruption.signal,
  });
  return { input: input.name, columns, facts, pieces, isFromSource: true, close };
}

/** The record's key orders the rows, so that bytes repeat; without a key the query's own order stands. */
function orderOf({ record }: Definition, input: Input) {
  const typeOf = (name: string): string => input.columns?.find((column) => column.name === name)?.type ?? "String";
  return record.key.map((name) => ({ name, text: typeOf(name) === "String" }));
}

function beginSnapshot(
  context: RunContext,
  rows: OpenedRows,
  columns: readonly { name: string; type: string }[],
): Promise<SnapshotWriter> {
  const typed = columns.map(({ name, type }) => ({ name, type }));
  const header = { format: "openreg-snapshot/v1", input: rows.input, columns: typed } as const;
  return newSnapshotWriter(context.store, temporaryOwnerOf(context.plan), header);
}

async function beginOutputs(context: RunContext, columns: Lane["columns"]): Promise<PreparedOutput[]> {
  const { definition, store, plan, values } = context;
  const texts = { run: values, runParameters: runParametersOf(definition) };
  const prepared: PreparedOutput[] = [];
  for (const [index, output] of definition.outputs.entries()) {
    const format = newFormat(output, columns[index] ?? [], texts);
    const writers: StoreWriter[] = [];
    while (writers.length < writersOf(format)) writers.push(await store.newWriter(temporaryOwnerOf(plan)));
    prepared.push({ output, file: new OutputFile(format, writers) });
  }
  return prepared;
}

/** Counters ride on heartbeats; the first piece is also a place at which tests end the runner. */
function newReporter({ progress, failpoint }: RunContext): ConstructorParameters<typeof DataPath>[0]["onPiece"] {
  let isFirst = true;
  return async (rows, findings) => {
    progress.draft.rows = rows;
    progress.draft.findings = findings;
    progress.changed();
    if (isFirst) await failpoint("fetch.first-piece");
    isFirst = false;
  };
}
