/** Owns where the rows of an input come from: its source, or the snapshot that an earlier attempt kept. */
import type { Definition } from "@openreg/crds";
import { queryValue } from "@openreg/language";
import type { FetchedInput } from "./checkpoints.ts";
import type { Piece } from "./connectors/connector.ts";
import { connectorKindOf } from "./connectors/registry.ts";
import type { RunContext } from "./context.ts";
import { StepError } from "./errors.ts";
import { releaseConnector } from "./release.ts";
import { readSnapshot } from "./rows/snapshot.ts";

type Input = Definition["inputs"][number];

/** What checkpoints say about where rows came from. */
export type SourceFacts = Pick<FetchedInput, "input" | "columns" | "facts">;

/** Rows that wait to be read. */
export interface OpenedRows extends SourceFacts {
  readonly pieces: AsyncIterable<Piece>;
  readonly isFromSource: boolean;
  readonly close: () => Promise<void>;
}

/** Opens the rows of an input. */
export async function openRows(context: RunContext, input: Input): Promise<OpenedRows> {
  const { fetched } = context.memory.checkpoints;
  if (fetched) return fromSnapshot(context, input, [fetched, ...(fetched.others ?? [])]);
  const settings = context.definition.connectors.find(({ name }) => name === input.sql.connector);
  if (!settings) {
    const message = `input ${input.name} reads from Connector ${input.sql.connector}, which the definition lacks`;
    throw new StepError("PlanInvalid", message);
  }
  const credentials = await releaseConnector(context, settings);
  const connector = connectorKindOf(settings).newConnector(settings, credentials, context.network);
  const isDeclared = (name: string): boolean => context.definition.parameters.some((one) => one.name === name);
  const { columns, facts, pieces, close } = await connector.read({
    input: input.name,
    query: input.sql.query,
    value: (name) => queryValue(context.values, name) ?? (isDeclared(name) ? null : undefined),
    columns: input.columns?.map(({ name }) => name),
    order: orderOf(context.definition, input),
    signal: context.interruption.signal,
  });
  return { input: input.name, columns, facts, pieces, isFromSource: true, close };
}

/** Rows whose source is asked when the first of them is wanted; `facts` are known from then on. */
export function openedLater(
  context: RunContext,
  input: Input,
  columns: readonly { readonly name: string }[],
): OpenedRows {
  let opened: OpenedRows | undefined;
  async function* pieces(): AsyncGenerator<Piece> {
    opened = await openRows(context, input);
    yield* opened.pieces;
  }
  return {
    input: input.name,
    columns: columns.map(({ name }) => name),
    get facts() {
      return opened?.facts ?? {};
    },
    pieces: pieces(),
    isFromSource: context.memory.checkpoints.fetched === undefined,
    close: async () => opened?.close(),
  };
}

function fromSnapshot(context: RunContext, { name }: Input, kept: readonly FetchedInput[]): OpenedRows {
  const one = kept.find(({ input }) => input === name);
  if (!one) {
    const message = `the checkpoint of the run has no snapshot of input ${name}; rerun, and find out who changed the store`;
    throw new StepError("CheckpointCorrupt", message);
  }
  const attempt = context.memory.checkpoints.fetched?.madeBy.attempt;
  context.log.info({ input: name, rows: one.rows, attempt }, "rows come from the snapshot of an earlier attempt");
  const { columns, facts } = one;
  const pieces = readSnapshot(context.store, one);
  return { input: name, columns, facts, pieces, isFromSource: false, close: async () => {} };
}

/** The record's key, or what a table is looked up by, orders the rows, so that bytes repeat; without either the query's own order stands. */
function orderOf({ record }: Definition, { name: input, columns, lookupBy = [] }: Input) {
  const typeOf = (name: string): string => columns?.find((column) => column.name === name)?.type ?? "String";
  const key = input === record.input ? record.key : lookupBy;
  return key.map((name) => ({ name, text: typeOf(name) === "String" }));
}
