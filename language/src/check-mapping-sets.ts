/** Owns the check of mapping sets: names, types, values, and that one key has one value at a time. */
import type { Definition } from "@openreg/crds/types";
import { firstOverlap, isEmptyWindow, windowText } from "./check-window.ts";
import { isColumnType } from "./column-type.ts";
import { type DefinitionDiagnostic, problem } from "./definition-problem.ts";
import { isListType } from "./definition-scope.ts";
import { parseMappingTable } from "./mapping-table.ts";
import { dateProblem } from "./run-calendar.ts";
import { valueProblem } from "./run-parameters.ts";

type MappingSet = NonNullable<Definition["mappingSets"]>[number];
type Entry = NonNullable<MappingSet["entries"]>[number];

/** Texts of parts by name; a part that is not there is not looked into. */
export type PartTexts = ReadonlyMap<string, string>;

/** A wrong thing in a table. */
interface Wrong {
  readonly where: string;
  readonly message: string;
  readonly hint: string;
  readonly source: string;
}

/** Most remarks about one table. */
const mostRemarks = 5;

/** Checks the mapping sets of a definition; a remark has the path of the first lookup that uses the set. */
export function checkMappingSets(definition: Definition, parts: PartTexts): DefinitionDiagnostic[] {
  return (definition.mappingSets ?? []).flatMap((set) => {
    const user = definition.fields.findIndex(({ lookup }) => lookup?.mappingSet === set.name);
    const path = `spec.fields[${user}].lookup.mappingSetRef`;
    return wrongIn(set, parts)
      .slice(0, mostRemarks)
      .map(({ where, message, hint, source }) =>
        problem({ path, code: "BadLookup", source, message: `MappingSet '${set.name}'${where}: ${message}`, hint }),
      );
  });
}

function wrongIn(set: MappingSet, parts: PartTexts): readonly Wrong[] {
  const types = wrongTypes(set);
  if (types.length > 0) return types;
  if (set.entries) return wrongEntries(set, set.entries, (index) => `, entry ${index + 1}`);
  const text = set.part === undefined ? undefined : parts.get(set.part);
  if (text === undefined) return [];
  const table = parseMappingTable(text, set);
  if ("entries" in table) return wrongEntries(set, table.entries, (index) => `, record ${index + 1} of ${set.part}`);
  const { line, message, hint } = table;
  return [{ where: `, line ${line} of ${set.part}`, message, hint, source: "" }];
}

function wrongTypes({ keys, values }: MappingSet): readonly Wrong[] {
  const names = keys.map(({ name }) => name);
  return [...keys, ...values].flatMap(({ name, type }, index) => {
    const one = { where: "", source: type };
    if (!isColumnType(type))
      return [
        {
          ...one,
          message: `'${type}' is no type`,
          hint: "use String, Integer, Decimal(p,s), Boolean, Date or Timestamp(0..9)",
        },
      ];
    if (isListType(type)) return [{ ...one, message: `'${name}' cannot be a list`, hint: `use ${type.slice(0, -2)}` }];
    if (index < names.length || !names.includes(name)) return [];
    return [{ ...one, message: `'${name}' is both a key and a value`, hint: "give the value another name" }];
  });
}

function wrongEntries(set: MappingSet, entries: readonly Entry[], place: (index: number) => string): readonly Wrong[] {
  const each = entries.flatMap((entry, index) =>
    wrongEntry(set, entry).map((wrong) => ({ ...wrong, where: place(index) })),
  );
  return each.length > 0 ? each : wrongWindows(set, entries, place);
}

function wrongEntry({ keys, values }: MappingSet, entry: Entry): readonly Omit<Wrong, "where">[] {
  const cells = [
    ...keys.map((key, index) => ({ ...key, text: entry.keys[index] ?? null, isKey: true })),
    ...values.map((value, index) => ({ ...value, text: entry.values[index] ?? null, isKey: false })),
  ];
  const texts = cells.flatMap(({ name, type, text, isKey }) => {
    if (text === null)
      return isKey ? [{ message: `there is no key '${name}'`, hint: "write a value for each key", source: "" }] : [];
    const wrong = valueProblem(type, text);
    return wrong ? [{ message: `'${name}' is ${type}, but ${wrong}`, hint: `write a ${type}`, source: text }] : [];
  });
  const dates = [entry.from, entry.until].flatMap((date) => {
    const wrong =
      date === undefined
        ? undefined
        : /^\d{4}-\d{2}-\d{2}$/.test(date)
          ? dateProblem(date)
          : `${JSON.stringify(date)} is not a date YYYY-MM-DD`;
    return wrong ? [{ message: wrong, hint: "write a date such as 2026-04-01", source: date ?? "" }] : [];
  });
  if (texts.length + dates.length > 0 || !isEmptyWindow(entry)) return [...texts, ...dates];
  const message = `the window ${windowText(entry)} holds no day`;
  return [{ message, hint: "effectiveUntil is the first day on which it no longer holds", source: entry.until ?? "" }];
}

function wrongWindows(set: MappingSet, entries: readonly Entry[], place: (index: number) => string): readonly Wrong[] {
  const byKey = new Map<string, number[]>();
  for (const [index, { keys }] of entries.entries()) {
    const key = JSON.stringify(keys);
    const places = byKey.get(key);
    if (places) places.push(index);
    else byKey.set(key, [index]);
  }
  return [...byKey.values()].flatMap((places) => {
    const found = firstOverlap(places.map((index) => entries[index] ?? {}));
    if (!found) return [];
    const [first, second] = found.map((one) => places[one] ?? 0) as [number, number];
    const key = (entries[second]?.keys ?? []).map((text, index) => `${set.keys[index]?.name} ${text}`).join(", ");
    const windows = [first, second].map((index) => windowText(entries[index] ?? {})).join(" and ");
    const hint = "give each key one value at a time: end the first before the second begins";
    return [{ where: place(second), message: `${key} is there twice: ${windows}`, hint, source: key }];
  });
}
