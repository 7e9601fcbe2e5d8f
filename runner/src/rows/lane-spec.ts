/** Owns what the program of an input computes: its columns, fields and lookups, the rules about it, and every text that somebody wants of a row. */
import type { Definition } from "@openreg/crds";
import { boundNames, type Lookup, type OutputSource, type RowProgramSpec, type RunValues } from "@openreg/language";
import type { SectionSource } from "../formats/format.ts";
import { sectionsOf } from "../formats/registry.ts";
import type { LookupTable } from "../mappings/lookup-table.ts";
import { companionColumns } from "../output-companions.ts";
import { runParametersOf } from "../run-parameters.ts";
import type { Finder, Rule } from "./finding.ts";
import type { LaneAmount } from "./lane.ts";

/** A column as it is declared. */
export type LaneColumn = NonNullable<Definition["inputs"][number]["columns"]>[number];

/** What the lane of an input is made from. */
export interface LaneSource {
  /** With the rules that hold for this run. */
  readonly definition: Definition;
  readonly input: string;
  /** The columns of the input in the order of the rows; all String when the definition declares none. */
  readonly columns: readonly LaneColumn[];
  readonly values: RunValues;
  /** What finds the match of a lookup, by the name of the MappingSet or input. */
  readonly tables: LookupTables;
  /** Positions of the columns by which rows that may be equal are neighbours; only where some rule asks for it. */
  readonly neighbours?: readonly number[];
}

/** Tables by what they are and their names. */
export interface LookupTables {
  readonly mappingSets: ReadonlyMap<string, LookupTable>;
  readonly inputs: ReadonlyMap<string, LookupTable>;
}

/** A lookup of the lane, with what follows when nothing is found. */
export interface LaneLookup {
  readonly field: string;
  /** Of what messages speak, as in `MappingSet venues`. */
  readonly table: string;
  readonly keys: readonly string[];
  readonly onMissing: "SetNull" | "Fail" | "Finding";
  readonly finding: Finder | undefined;
}

/** A section of an output as the lane computes it. */
export interface SectionSpec {
  readonly output: number;
  readonly section: number;
  readonly name: string;
  readonly columns: NonNullable<SectionSource["columns"]>;
}

/** What is computed, and in which of the program's outputs each thing stands: sections come first. */
export interface LaneSpec {
  readonly program: RowProgramSpec;
  readonly rules: readonly Rule[];
  readonly sections: readonly SectionSpec[];
  /** Columns of the record key and of rules, which findings show. */
  readonly shown: { readonly names: readonly string[]; readonly output: number };
  readonly key: readonly string[];
  readonly unique: readonly { readonly rule: Rule; readonly output: number }[];
  readonly amounts: readonly (LaneAmount & { readonly output: number; readonly counts: boolean })[];
  readonly lookups: readonly (LaneLookup & { readonly output: number })[];
}

/** Names what the program computes. */
export function newLaneSpec(source: LaneSource): LaneSpec {
  const { definition, input, columns, values } = source;
  const isRecord = input === definition.record.input;
  const rules = definition.rules.filter(({ from = definition.record.input }) => from === input);
  const asserts = rules.filter(({ assert }) => assert !== undefined);
  const sections = sectionSpecs(source, isRecord);
  const outputs: OutputSource[] = sections.map(({ name, columns: of }) => ({ name, columns: of }));
  const add = (name: string, of: OutputSource["columns"]): number => outputs.push({ name, columns: of }) - 1;
  const key = isRecord ? definition.record.key : (definition.inputs.find(({ name }) => name === input)?.lookupBy ?? []);
  const names = [...new Set([...key, ...rules.flatMap((rule) => rule.columns)])];
  const lookups = isRecord ? laneLookups(definition) : [];
  return {
    rules: asserts,
    sections,
    key,
    shown: { names, output: add("(findings)", names.map(read)) },
    unique: rules.flatMap((rule) =>
      rule.unique ? [{ rule, output: add("(unique)", rule.unique.columns.map(read)) }] : [],
    ),
    amounts: amountsOf(definition, input).map(({ rule, side, amount }) => ({
      ...{ rule, side, counts: amount.sum === undefined },
      output: add("(total)", [{ value: amount.where ?? "true", expected: "bool" }, { value: amount.sum ?? "1" }]),
    })),
    lookups: lookups.map((lookup, index) => ({
      ...lookup,
      output: add("(lookup)", fieldLookups(definition)[index]?.lookup.keys.map(({ value }) => ({ value })) ?? []),
    })),
    program: {
      columns,
      fields: isRecord
        ? definition.fields.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }]))
        : [],
      rules: asserts.map((rule) => ({ id: rule.id, assert: rule.assert ?? "", aliases: aliasesOf(definition, rule) })),
      outputs,
      lookups: isRecord ? programLookups(source) : [],
      ...(isRecord && readsRecord(definition) && { record: definition.record }),
      runParameters: runParametersOf(definition),
      run: values,
    },
  };
}

function read(name: string): { readonly value: string; readonly expected: "list" } {
  return { value: `row[${JSON.stringify(name)}]`, expected: "list" };
}

/** The record's key and action cost time per row, so they are there only where some expression may read them. */
function readsRecord({ rules, outputs, record }: Definition): boolean {
  return record.action !== undefined || JSON.stringify([rules, outputs]).includes("record.");
}

function aliasesOf({ ruleSets = [] }: Definition, { ruleSet }: Rule): ReadonlyMap<string, string> | undefined {
  const set = ruleSets.find(({ name }) => name === ruleSet);
  return ruleSet === undefined || !set ? undefined : boundNames(set);
}

function sectionSpecs({ definition, input, columns }: LaneSource, isRecord: boolean): SectionSpec[] {
  const fields = isRecord ? definition.fields.filter(({ lookup }) => !lookup) : [];
  const all = [...columns, ...fields].map(({ name }) => ({ header: name, value: `row.${name}` }));
  const allFor = ({ takesLists }: SectionSource) =>
    takesLists === true ? all.map((column) => ({ ...column, expected: "list" as const })) : all;
  return definition.outputs.flatMap((output, index) =>
    sectionsOf(output).flatMap((section, place) => {
      if (section.from !== input) return [];
      const of = [...(section.columns ?? allFor(section)), ...companionColumns(output, definition)];
      return [{ output: index, section: place, name: output.name, columns: of }];
    }),
  );
}

function amountsOf({ rules, record }: Definition, input: string) {
  return rules.flatMap(({ totals }, rule) =>
    (["left", "right"] as const).flatMap((side) => {
      const amount = totals?.[side];
      return amount && (amount.from || record.input) === input ? [{ rule, side, amount }] : [];
    }),
  );
}

type LookupField = Definition["fields"][number] & {
  readonly lookup: NonNullable<Definition["fields"][number]["lookup"]>;
};

function fieldLookups({ fields }: Definition): LookupField[] {
  return fields.filter((field): field is LookupField => field.lookup !== undefined);
}

function laneLookups(definition: Definition): LaneLookup[] {
  return fieldLookups(definition).map(({ name, lookup }) => ({
    field: name,
    table: lookup.mappingSet === undefined ? `input ${lookup.input}` : `MappingSet ${lookup.mappingSet}`,
    keys: lookup.keys.map((one) => one.name),
    onMissing: lookup.onMissing,
    finding: lookup.finding,
  }));
}

function programLookups({ definition, tables }: LaneSource): Lookup[] {
  return fieldLookups(definition).map(({ name, lookup }) => {
    const at = definition.fields.findIndex((field) => field.name === name);
    const afterFields = definition.fields.slice(0, at).filter((field) => !field.lookup).length;
    const { mappingSet, input, keys } = lookup;
    const table = mappingSet === undefined ? tables.inputs.get(input ?? "") : tables.mappingSets.get(mappingSet);
    return { name, keys, values: valuesOf(definition, lookup), afterFields, find: table?.find ?? (() => undefined) };
  });
}

/** Values are required where each entry has one, as the check of the definition takes them. */
function valuesOf({ mappingSets, inputs }: Definition, { mappingSet, input }: LookupField["lookup"]) {
  if (mappingSet === undefined) return inputs.find(({ name }) => name === input)?.columns ?? [];
  const set = mappingSets?.find(({ name }) => name === mappingSet);
  const entries = set?.entries ?? [];
  return (set?.values ?? []).map((value, index) => ({
    ...value,
    required: entries.length > 0 && entries.every(({ values }) => values[index] !== null),
  }));
}
