/** Owns which values of a row are personal: columns that say so, and everything that is computed from them. Pure. */
import type { Definition } from "@openreg/crds";
import { type CheckedRow, type LookupSource, type Read, readsOf } from "@openreg/language";

/** The rows of an input, and what is computed of them; for an input other than the record's nothing is. */
export interface PersonalSource {
  readonly definition: Pick<Definition, "fields" | "inputs">;
  readonly columns: readonly { readonly name: string; readonly personal: boolean }[];
  readonly checked: Pick<CheckedRow, "fields" | "lookups">;
  /** In the order of `checked.lookups`. */
  readonly lookups: readonly Pick<LookupSource, "name" | "values">[];
}

/** What must not be shown. */
export interface Personal {
  /** Names of columns, fields and lookups. */
  readonly names: ReadonlySet<string>;
  /** Of each lookup, for each of its keys, whether it reads a personal value. */
  readonly keys: readonly (readonly boolean[])[];
}

/** The personal columns of an input, and the fields and lookups that read one, directly or through others. */
export function personalOf({ definition, columns, checked, lookups }: PersonalSource): Personal {
  const names = new Set(columns.filter(({ personal }) => personal).map(({ name }) => name));
  const valueFields = definition.fields.filter(({ lookup }) => !lookup);
  // slots count through: a lookup itself, then its values
  const lookupSlots = lookups.flatMap(({ name, values }) => [name, ...values.map(() => name)]);
  const nameOf = ({ from, index }: Read): string | undefined => {
    if (from === "column") return columns[index]?.name;
    if (from === "field") return valueFields[index]?.name;
    return from === "lookup" ? lookupSlots[index] : undefined;
  };
  const isPersonal = ({ node }: CheckedRow["fields"][number]): boolean =>
    readsOf(node)
      .map(nameOf)
      .some((name) => name !== undefined && names.has(name));
  const keys = lookups.map((): readonly boolean[] => []);
  for (const { name, lookup } of definition.fields) {
    const place = (lookup ? lookups : valueFields).findIndex((one) => one.name === name);
    const sources = lookup ? checked.lookups[place] : checked.fields.slice(place, place + 1);
    if (!sources) continue; // of another input
    const hidden = sources.map(isPersonal);
    if (lookup) keys[place] = hidden;
    const table = definition.inputs.find((one) => one.name === lookup?.input);
    const looksIntoPersonal = table?.columns?.some(({ personal }) => personal) ?? false;
    if (looksIntoPersonal || hidden.includes(true)) names.add(name);
  }
  return { names, keys };
}
