/** Owns how the stream of rows is put together: tables first, then what every row passes. */
import type { Definition } from "@openreg/crds";
import type { Piece } from "./connectors/connector.ts";
import { type RunContext, temporaryOwnerOf } from "./context.ts";
import { DataPath, type PreparedOutput } from "./data-path.ts";
import { sectionsOf as outputSections } from "./formats/registry.ts";
import type { LookupTable } from "./mappings/lookup-table.ts";
import { newMappingTables } from "./mappings/mapping-tables.ts";
import { newReferenceTable, readWhole } from "./mappings/reference-table.ts";
import { newOutputFiles } from "./new-output-files.ts";
import { percentOf } from "./percent.ts";
import { creditFor } from "./rows/credit.ts";
import { InputPass } from "./rows/input-pass.ts";
import type { LaneSection } from "./rows/lane.ts";
import { checkLane, type LaneChecks, textColumns } from "./rows/lane-facts.ts";
import { newLanePool } from "./rows/lane-pool.ts";
import type { LaneColumn, LaneSource, LookupTables } from "./rows/lane-spec.ts";
import type { OutputColumns } from "./rows/section-writers.ts";
import { newSnapshotWriter, type SnapshotWriter } from "./rows/snapshot.ts";
import { effectiveRules, ruleDaysOf } from "./rules/effective-rules.ts";
import { Totals } from "./rules/totals.ts";
import { UniqueRules } from "./rules/unique-rules.ts";
import { type OpenedRows, openedLater, openRows, type SourceFacts } from "./source-rows.ts";
import { newSpillFile } from "./spill-file.ts";
import { newLineWriter } from "./store/lines.ts";

type Input = Definition["inputs"][number];

/** An input whose rows will pass, with what is known of it. */
interface OpenInput {
  readonly input: Input;
  readonly columns: readonly LaneColumn[];
  readonly rows: OpenedRows;
}

/** Opens the rows and everything they pass. `sources` are in the order of the passes. */
export async function newDataPath(
  context: RunContext,
): Promise<{ readonly dataPath: DataPath; readonly sources: readonly SourceFacts[] }> {
  const opened: OpenInput[] = [];
  try {
    const { definition } = effectiveRules(context.definition, ruleDaysOf(context.definition, context.plan.run));
    const tables = { mappingSets: await newMappingTables(context), inputs: new Map<string, LookupTable>() };
    for (const input of inOrder(definition)) opened.push(await openInput(context, input, { definition, tables }));
    const dataPath = await assembled(context, { definition, opened, tables });
    return { dataPath, sources: opened.map(({ rows }) => rows) };
  } catch (error) {
    await Promise.all(opened.map(({ rows }) => rows.close()));
    throw error;
  }
}

/** What is looked up in is read first, and the record's input before other streams. */
function inOrder({ inputs, record }: Definition): readonly Input[] {
  const placeOf = ({ name, lookupBy }: Input): number => (lookupBy ? 0 : name === record.input ? 1 : 2);
  return [...inputs].sort((one, other) => placeOf(one) - placeOf(other));
}

async function openInput(
  context: RunContext,
  input: Input,
  { definition, tables }: { readonly definition: Definition; readonly tables: GrowingTables },
): Promise<OpenInput> {
  const isRecord = input.name === definition.record.input;
  // one connection at a time where that is possible: a source may not have two
  if (!input.lookupBy && !isRecord && input.columns)
    return { input, columns: input.columns, rows: openedLater(context, input, input.columns) };
  const rows = await openRows(context, input);
  const columns = input.columns ?? textColumns(rows.columns);
  if (!input.lookupBy) return { input, columns, rows };
  const whole = await readWhole(input.name, rows.pieces);
  const open = { input, columns, rows: { ...rows, pieces: inMemory(whole) } };
  const taken = await takenOut(context, { definition, opened: [], tables }, { open, whole });
  tables.inputs.set(input.name, newReferenceTable(input, whole, { values: context.values, taken }));
  return open;
}

/** Rows that Correctable rules about an input take out: nothing can be found in them. */
async function takenOut(
  context: RunContext,
  assembly: Assembly,
  { open, whole }: { readonly open: OpenInput; readonly whole: readonly Piece[] },
): Promise<ReadonlySet<number>> {
  const { definition } = assembly;
  const isTaking = ({ from, severity }: Definition["rules"][number]): boolean =>
    from === open.input.name && severity === "Correctable";
  const taken = new Set<number>();
  if (!definition.rules.some(isTaking)) return taken;
  const totals = new Totals(definition, context.values);
  const planned = planPass(context, assembly, { ...open, rows: { ...open.rows, isFromSource: false } });
  const pass = await newPass({ ...context, lanes: 0 }, planned, { totals, outputs: undefined });
  try {
    for (const piece of whole)
      for (const { row } of (await pass.judge(pass.start(piece, false))).exceptions) taken.add(row);
    return taken;
  } finally {
    await pass.parts.close();
  }
}

interface GrowingTables extends LookupTables {
  readonly inputs: Map<string, LookupTable>;
}

async function* inMemory<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

interface Assembly {
  readonly definition: Definition;
  readonly opened: readonly OpenInput[];
  readonly tables: LookupTables;
}

async function assembled(context: RunContext, assembly: Assembly): Promise<DataPath> {
  const { store, interruption, plan, values } = context;
  const owner = temporaryOwnerOf(plan);
  const totals = new Totals(assembly.definition, values);
  const planned = assembly.opened.map((one) => planPass(context, assembly, one));
  const outputs = columnsOf(
    assembly.definition,
    planned.flatMap(({ checks }) => checks.facts.sections),
  );
  const passes: InputPass[] = [];
  const begun: (() => Promise<unknown>)[] = [];
  const kept = async <T>(beginning: Promise<T>, end: (one: T) => Promise<unknown>): Promise<T> => {
    const one = await beginning;
    begun.push(() => end(one));
    return one;
  };
  try {
    for (const one of planned) passes.push(await kept(newPass(context, one, { totals, outputs }), endPass));
    const personal = passes.find(({ parts }) => parts.isRecord)?.parts.lane.personal;
    const prepared = await kept(
      beginOutputs(context, outputs, (name) => personal?.has(name) ?? true),
      abortOutputs,
    );
    return new DataPath({
      passes,
      totals,
      outputs: prepared,
      findings: await kept(newLineWriter(store, owner), (writer) => writer.abort()),
      exceptions: await newLineWriter(store, owner),
      signal: interruption.signal,
      onPiece: newReporter(context),
    });
  } catch (error) {
    await Promise.all(begun.map((end) => end())); // what cannot be put together leaves no file open
    throw error;
  }
}

async function endPass({ parts }: InputPass): Promise<void> {
  await parts.close();
  await parts.snapshot?.abort();
}

async function abortOutputs(prepared: readonly PreparedOutput[]): Promise<void> {
  await Promise.all(prepared.map(({ files }) => files.abort()));
}

/** An input with what its rows are checked for. */
interface PlannedPass extends OpenInput {
  readonly definition: Definition;
  readonly isRecord: boolean;
  readonly source: LaneSource;
  readonly checks: LaneChecks;
}

function planPass(context: RunContext, { definition, tables }: Assembly, open: OpenInput): PlannedPass {
  const { input, columns } = open;
  const source = { definition, input: input.name, columns, values: context.values, tables };
  const isRecord = input.name === definition.record.input;
  return { ...open, definition, isRecord, source, checks: checkLane(source) };
}

interface PassParts {
  readonly totals: Totals;
  readonly outputs: OutputColumns | undefined;
}

async function newPass(
  context: RunContext,
  { input, columns, rows, definition, isRecord, source, checks }: PlannedPass,
  { totals, outputs }: PassParts,
): Promise<InputPass> {
  const { unique: rules, amounts } = checks.facts;
  const key = isRecord ? textKeyOf(definition, columns) : { names: [], positions: [] };
  // a lane makes one text of the columns by which rows are neighbours
  const neighbours = { names: key.names, positions: [0] };
  const unique = new UniqueRules({ input: input.name, rules, neighbours, newSpill: () => newSpillFile(context.disk) });
  const asked = { ...source, ...(unique.forgets && { neighbours: key.positions }) };
  const lane = newLanePool({ source: asked, checks, outputs, lanes: context.lanes });
  const { input: name } = rows;
  return new InputPass({
    ...{ input: name, isRecord, lane, totals, unique, credit: creditFor(context.lanes) },
    isAmountLate: amounts.map(({ rule }) => definition.rules[rule]?.phase !== undefined),
    pieces: rows.pieces,
    snapshot: rows.isFromSource ? await beginSnapshot(context, rows, columns) : undefined,
    close: async () => {
      unique.close();
      await Promise.all([rows.close(), lane.close()]);
    },
  });
}

/** Rows come in the order of the record's key; texts that are equal are then neighbours, numbers may be written in several ways. */
function textKeyOf({ record }: Definition, columns: readonly LaneColumn[]) {
  const positions = record.key.map((name) => columns.findIndex((column) => column.name === name));
  const isText = positions.every((position) => columns[position]?.type === "String");
  return isText ? { names: record.key, positions } : { names: [], positions: [] };
}

function beginSnapshot(
  context: RunContext,
  rows: OpenedRows,
  columns: readonly { name: string; type: string }[],
): Promise<SnapshotWriter> {
  const typed = columns.map(({ name, type }) => ({ name, type }));
  const header = { format: "openreg-snapshot/v2", input: rows.input, columns: typed } as const;
  return newSnapshotWriter(context.store, temporaryOwnerOf(context.plan), header);
}

/** The columns of all sections of all outputs, by whatever input they come from. */
function columnsOf({ outputs }: Definition, sections: readonly LaneSection[]): OutputColumns {
  return outputs.map((output, index) =>
    outputSections(output).map(
      (_, place) => sections.find((one) => one.output === index && one.section === place)?.columns ?? [],
    ),
  );
}

async function beginOutputs(
  context: RunContext,
  columns: OutputColumns,
  isPersonal: (name: string) => boolean,
): Promise<PreparedOutput[]> {
  const prepared: PreparedOutput[] = [];
  try {
    for (const [index, output] of context.definition.outputs.entries()) {
      const files = await newOutputFiles(context, { output, sections: columns[index] ?? [], isPersonal });
      prepared.push({ output, files });
    }
    return prepared;
  } catch (error) {
    await abortOutputs(prepared);
    throw error;
  }
}

/**
 * Counters ride on heartbeats; the first piece is also a place at which tests end the runner. How much there is to read is known only
 * where the rows come from a snapshot: a source does not say.
 */
function newReporter({
  progress,
  failpoint,
  memory,
}: RunContext): ConstructorParameters<typeof DataPath>[0]["onPiece"] {
  let isFirst = true;
  return async (rows, findings) => {
    progress.draft.rows = rows;
    progress.draft.findings = findings;
    const percent = percentOf("FetchingData", rows.fetched, memory.checkpoints.fetched?.rows ?? 0);
    if (percent !== undefined) progress.draft.progress = { percent };
    progress.changed();
    if (isFirst) await failpoint("fetch.first-piece");
    isFirst = false;
  };
}
