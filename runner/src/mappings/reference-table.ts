/** Owns an input that is looked up in: all its rows in memory, up to a bound, and a table over them. */
import type { Definition } from "@openreg/crds";
import type { RunValues } from "@openreg/language";
import type { Piece } from "../connectors/connector.ts";
import { StepError } from "../errors.ts";
import { masked } from "../rows/finding.ts";
import { LookupTable } from "./lookup-table.ts";
import { newTypedKeys } from "./typed-keys.ts";

type Input = Definition["inputs"][number];

/** Most memory that the rows of one such input may take, in bytes as counted here. */
export const referenceBytes = 128 * 1024 * 1024;

const bytesPerValue = 24;
const bytesPerRow = 64;

/** Reads all rows. Throws StepError `TooLargeForMemory` as soon as they are more than `limit` bytes. */
export async function readWhole(
  input: string,
  pieces: AsyncIterable<Piece>,
  limit: number = referenceBytes,
): Promise<readonly Piece[]> {
  const kept: Piece[] = [];
  let bytes = 0;
  let rows = 0;
  for await (const piece of pieces) {
    for (const row of piece) {
      bytes += bytesPerRow;
      for (const value of row) bytes += bytesPerValue + 2 * (value?.length ?? 0);
    }
    rows += piece.length;
    if (bytes > limit) throw tooLarge(input, rows, limit);
    kept.push(piece);
  }
  return kept;
}

function tooLarge(input: string, rows: number, limit: number): StepError {
  const bound = `${Math.floor(limit / (1024 * 1024))} MiB`;
  const remedy = "select only the rows and columns that are looked up, or join them in the query";
  const message = `input ${input}: its first ${rows} rows take more than the ${bound} that an input with lookupBy may; ${remedy}`;
  return new StepError("TooLargeForMemory", message);
}

/** What a table is made with: rows by number, from 1, that rules took out are not in it. */
export interface ReferenceOptions {
  readonly values: RunValues;
  readonly taken?: ReadonlySet<number>;
}

/** The table over the rows. Throws StepError `SourceValueInvalid` for a value that does not fit, and for a key that is there twice. */
export function newReferenceTable(
  input: Input,
  pieces: readonly Piece[],
  { values, taken }: ReferenceOptions,
): LookupTable {
  const { name, lookupBy = [], columns = [] } = input;
  const typeOf = (key: string): string => columns.find((column) => column.name === key)?.type ?? "String";
  const table = new LookupTable(lookupBy.map(typeOf));
  const typed = newTypedKeys({ columns, keys: lookupBy, values });
  const show = (column: string, text: unknown): string =>
    columns.some((one) => one.name === column && one.personal) ? masked : String(text);
  let place = 0;
  for (const row of pieces.flatMap((piece) => [...piece])) {
    place += 1;
    if (taken?.has(place)) continue;
    const keys = typed(row);
    if (!Array.isArray(keys)) {
      const { column, shown, type, reason } = keys;
      const message = `input ${name}, row ${place}, column ${column}: ${show(column, shown)} is not a ${type} (${reason})`;
      throw new StepError("SourceValueInvalid", message);
    }
    const before = table.add(keys, row, place);
    if (before !== undefined)
      throw twice(
        name,
        [before, place],
        lookupBy.map((key, at) => `${key} ${show(key, keys[at])}`),
      );
  }
  return table;
}

function twice(input: string, [before, place]: readonly [number, number], keys: readonly string[]): StepError {
  const message = `input ${input}: rows ${before} and ${place} both have ${keys.join(", ")}; lookupBy must name one row`;
  return new StepError("SourceValueInvalid", message);
}
