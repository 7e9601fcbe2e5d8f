/** Owns how the table of a MappingSet is read from CSV. Pure; the runner reads the same text. */
import type { Definition } from "@openreg/crds/types";

type MappingSet = NonNullable<Definition["mappingSets"]>[number];
type Entry = NonNullable<MappingSet["entries"]>[number];

/** The entries of a table, or why it cannot be read: `line` counts from 1. */
export type MappingTable =
  | { readonly entries: readonly Entry[] }
  | { readonly line: number; readonly message: string; readonly hint: string };

const windowColumns = ["effectiveFrom", "effectiveUntil"];

/** Reads the CSV text of a mapping table: comma, quotes as in RFC 4180, the first line names the columns, an empty value is null. */
export function parseMappingTable(text: string, { keys, values }: Pick<MappingSet, "keys" | "values">): MappingTable {
  const records = recordsOf(text.replace(/^\uFEFF/, ""));
  if ("message" in records) return records;
  const [head, ...rows] = records;
  const names = head?.cells.map((cell) => cell ?? "") ?? [];
  const wanted = [...keys, ...values].map(({ name }) => name);
  const missing = wanted.find((name) => !names.includes(name));
  if (missing !== undefined)
    return wrong(1, `there is no column '${missing}'`, `the first line names ${wanted.join(", ")}`);
  const unknown = names.find((name, at) => ![...wanted, ...windowColumns].includes(name) || names.indexOf(name) < at);
  if (unknown !== undefined) return wrong(1, `the column '${unknown}' is unknown or there twice`, "take it out");
  const narrow = rows.find(({ cells }) => cells.length !== names.length);
  if (narrow)
    return wrong(narrow.line, `${narrow.cells.length} values, not ${names.length}`, "write one value per column");
  const at = new Map(names.map((name, index) => [name, index]));
  const cell = (cells: readonly (string | null)[], name: string) => cells[at.get(name) ?? -1] ?? null;
  return {
    entries: rows.map(({ cells }) => {
      const from = cell(cells, "effectiveFrom");
      const until = cell(cells, "effectiveUntil");
      return {
        keys: keys.map(({ name }) => cell(cells, name)),
        values: values.map(({ name }) => cell(cells, name)),
        ...(from !== null && { from }),
        ...(until !== null && { until }),
      };
    }),
  };
}

function wrong(line: number, message: string, hint: string): MappingTable & { readonly line: number } {
  return { line, message, hint };
}

interface CsvRecord {
  readonly line: number;
  readonly cells: readonly (string | null)[];
}

/** Quoted or plain value, then what follows it; a quoted value may hold line breaks. */
const cellPattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

function recordsOf(text: string): readonly CsvRecord[] | { line: number; message: string; hint: string } {
  const records: CsvRecord[] = [];
  const pattern = new RegExp(cellPattern);
  let cells: (string | null)[] = [];
  let line = 1;
  let begun = 1;
  while (pattern.lastIndex < text.length || cells.length > 0) {
    const match = pattern.exec(text);
    if (!match)
      return {
        line,
        message: "a quote does not close or stands inside a value",
        hint: 'write " as "" inside of quotes',
      };
    const [whole, quoted, plain = "", end] = match;
    cells.push(quoted === undefined ? plain || null : quoted.replaceAll('""', '"'));
    line += whole.split("\n").length - 1;
    if (end === ",") continue;
    if (cells.length > 1 || cells[0] !== null) records.push({ line: begun, cells });
    cells = [];
    begun = line;
    if (end === "") break;
  }
  return records;
}
