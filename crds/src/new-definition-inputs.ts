/** Owns how what a Report reads and looks up is resolved: inputs, fields and mapping sets. */
import type { Definition } from "./definition.ts";
import type { MappingSetSpec, ReportSpec } from "./types.ts";

type Lookup = NonNullable<NonNullable<ReportSpec["fields"]>[number]["lookup"]>;
type MappingSet = NonNullable<Definition["mappingSets"]>[number];

/** An input as a definition holds it. Throws an Error for a source that is not available yet. */
export function resolvedInput(input: ReportSpec["inputs"][number]): Definition["inputs"][number] {
  if (!input.sql) throw new Error(`input '${input.name}' has no source that is available yet`);
  return {
    name: input.name,
    sql: { connector: input.sql.connectorRef.name, query: input.sql.query },
    ...(input.lookupBy && { lookupBy: [...input.lookupBy] }),
    ...(input.columns && {
      columns: input.columns.map(({ name, type, required, personal }) => ({
        name,
        type,
        required: required ?? false,
        personal: personal ?? false,
      })),
    }),
  };
}

/** The fields of a Report as a definition holds them. */
export function resolvedFields(
  spec: ReportSpec,
  mappingSets: ReadonlyMap<string, MappingSetSpec>,
): Definition["fields"] {
  return (spec.fields ?? []).map(({ name, value, lookup }) =>
    lookup
      ? { name, lookup: resolvedLookup(name, lookup, keyNamesOf(lookup, spec, mappingSets)) }
      : { name, value: value ?? "" },
  );
}

/** The names of the keys that a lookup needs, in order; none when what it looks in is not there. */
function keyNamesOf(
  lookup: Lookup,
  spec: ReportSpec,
  mappingSets: ReadonlyMap<string, MappingSetSpec>,
): readonly string[] {
  const { mappingSetRef, input } = lookup;
  if (mappingSetRef) return namesIn(mappingSets.get(mappingSetRef.name)?.keys ?? {});
  return spec.inputs.find((one) => one.name === input)?.lookupBy ?? [];
}

function resolvedLookup(
  field: string,
  { mappingSetRef, input, keys, onMissing = "Fail", finding }: Lookup,
  wanted: readonly string[],
): NonNullable<Definition["fields"][number]["lookup"]> {
  const given = namesIn(keys);
  const names = [...wanted.filter((name) => given.includes(name)), ...given.filter((name) => !wanted.includes(name))];
  return {
    ...(mappingSetRef && { mappingSet: mappingSetRef.name }),
    ...(input !== undefined && { input }),
    keys: names.map((name) => ({ name, value: keys[name] ?? "" })),
    onMissing,
    ...(finding && {
      finding: { id: finding.id, severity: finding.severity, message: finding.message ?? `${field}: nothing is found` },
    }),
  };
}

/** A MappingSet as a definition holds it; `part` is the name of the part with a table from a ConfigMap. */
export function resolvedMappingSet(name: string, spec: MappingSetSpec, part: string | undefined): MappingSet {
  const keys = typedNames(spec.keys);
  const values = typedNames(spec.values);
  return {
    name,
    keys,
    values,
    ...(part !== undefined && { part }),
    ...(spec.entries && {
      entries: spec.entries.map((entry) => ({
        keys: keys.map((key) => textIn(entry.keys, key.name)),
        values: values.map((value) => textIn(entry.values, value.name)),
        ...(entry.effectiveFrom !== undefined && { from: entry.effectiveFrom }),
        ...(entry.effectiveUntil !== undefined && { until: entry.effectiveUntil }),
      })),
    }),
  };
}

/** The first name in an entry of a MappingSet that its keys or values do not have, with its place. */
export function unknownEntryName({ keys, values, entries = [] }: MappingSetSpec): string | undefined {
  for (const [index, entry] of entries.entries()) {
    const unknownKey = namesIn(entry.keys).find((name) => !Object.hasOwn(keys, name));
    if (unknownKey !== undefined) return `spec.entries[${index}].keys: unknown key '${unknownKey}'`;
    const unknownValue = namesIn(entry.values).find((name) => !Object.hasOwn(values, name));
    if (unknownValue !== undefined) return `spec.entries[${index}].values: unknown value '${unknownValue}'`;
  }
  return undefined;
}

function typedNames(types: Readonly<Record<string, string>>): { name: string; type: string }[] {
  return namesIn(types).map((name) => ({ name, type: types[name] ?? "" }));
}

/** Own names only, so that `constructor` is one like any other. */
function textIn(texts: Readonly<Record<string, string>>, name: string): string | null {
  return Object.hasOwn(texts, name) ? (texts[name] ?? null) : null;
}

function namesIn(record: object): readonly string[] {
  return Object.keys(record).sort();
}
