/** Owns the tables of mapping sets: the entries of a business date, inline or from a part of the definition. */
import type { Definition } from "@openreg/crds";
import { parseMappingTable, type RunValues } from "@openreg/language";
import { StepError } from "../errors.ts";
import { type PartReader, partNamed } from "../parts.ts";
import { isWithin } from "../rules/effective-rules.ts";
import { LookupTable } from "./lookup-table.ts";
import { newTypedKeys } from "./typed-keys.ts";

type MappingSet = NonNullable<Definition["mappingSets"]>[number];

/** What tables are made from. */
export interface MappingSource {
  readonly definition: Definition;
  readonly values: RunValues;
  readonly parts: PartReader;
}

/** The tables by name. Throws StepError `PlanInvalid` for entries that do not fit, and for a key that is there twice. */
export async function newMappingTables(source: MappingSource): Promise<ReadonlyMap<string, LookupTable>> {
  const tables = new Map<string, LookupTable>();
  for (const set of source.definition.mappingSets ?? []) tables.set(set.name, await newTable(set, source));
  return tables;
}

async function newTable(set: MappingSet, { definition, values, parts }: MappingSource): Promise<LookupTable> {
  const entries = set.entries ?? (await entriesOfPart(set, definition, parts));
  const table = new LookupTable(set.keys.map(({ type }) => type));
  const columns = [...set.keys, ...set.values].map(({ name, type }) => ({ name, type, required: false }));
  const typed = newTypedKeys({ columns, keys: set.keys.map(({ name }) => name), values });
  for (const [index, entry] of entries.entries()) {
    if (!isWithin(values.businessDate, entry)) continue;
    const place = index + 1;
    const keys = typed([...entry.keys, ...entry.values]);
    if (!Array.isArray(keys)) throw invalid(set, `entry ${place}, ${keys.column}: ${keys.shown} is not a ${keys.type}`);
    const before = table.add(keys, entry.values, place);
    if (before === undefined) continue;
    const shown = entry.keys.join(", ");
    throw invalid(set, `entries ${before} and ${place} both hold for ${shown} on ${values.businessDate}`);
  }
  return table;
}

async function entriesOfPart(set: MappingSet, definition: Definition, parts: PartReader) {
  const text = await parts(partNamed(definition, set.part ?? ""));
  const table = parseMappingTable(text, set);
  if ("entries" in table) return table.entries;
  throw invalid(set, `line ${table.line} of ${set.part}: ${table.message}; ${table.hint}`);
}

function invalid({ name }: MappingSet, why: string): StepError {
  return new StepError("PlanInvalid", `MappingSet ${name}: ${why}; correct the MappingSet and rerun`);
}
