/**
 * Owns the bytes of a JSON file: an array of objects, or one object per line (NDJSON).
 * An int or a decimal is a JSON number with exactly the digits of its text, however many; a boolean is true or false; every
 * other value is a string, null is null, a list is an array of these. Members stand in the order of the columns, one record on each line.
 */
import { StepError } from "../../errors.ts";
import { newSection, textBatch } from "../batch.ts";
import { type Format, type OutputColumn, plainFile } from "../format.ts";
import type { JsonSettings } from "./config.ts";

// U+2028 and U+2029 end a line for some readers, and would break a record of NDJSON in two
const lineSeparators = /[\u2028\u2029]/g;
// what JSON.stringify may have to escape; lone surrogates are refused where rows are decoded, but cost nothing here
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
const special = /[\u0000-\u001f"\\\u2028\u2029\ud800-\udfff]/;

/** A format of one JSON file. Throws StepError `PlanInvalid` for two members of one name. */
export function newJsonFormat({ form }: Pick<JsonSettings, "form">, columns: readonly OutputColumn[]): Format {
  refuseSameNames(columns);
  const encoder = new TextEncoder();
  const writers = columns.map(({ header, type }, index) => ({
    before: `${index === 0 ? "{" : ","}${jsonText(header)}:`,
    write: valueWriter(type),
  }));
  const record = (row: readonly (string | null)[]): string => {
    let text = "";
    for (let index = 0; index < writers.length; index += 1) {
      const { before, write } = writers[index] as (typeof writers)[number];
      const value = row[index] ?? null;
      text += before + (value === null ? "null" : write(value));
    }
    return `${text}}`;
  };
  const isArray = form === "Array";
  return {
    sections: [
      newSection(
        (first, sink) =>
          // the comma belongs to the later record, so that the last one needs not be known
          textBatch(sink, (row, index) =>
            isArray ? `${first + index === 0 ? "\n" : ",\n"}${record(row)}` : `${record(row)}\n`,
          ),
        { isPlaced: isArray },
      ),
    ],
    newFile: () =>
      plainFile(
        () => encoder.encode(isArray ? "[" : ""),
        () => encoder.encode(isArray ? "\n]\n" : ""),
      ),
  };
}

function valueWriter(type: OutputColumn["type"]): (text: string) => string {
  switch (type.kind) {
    case "int":
    case "decimal":
    case "bool":
      return (text) => text;
    case "list": {
      const write = valueWriter(type.element);
      const element = (text: string | null): string => (text === null ? "null" : write(text));
      return (text) => `[${(JSON.parse(text) as (string | null)[]).map(element).join(",")}]`;
    }
    default:
      return jsonText;
  }
}

function jsonText(text: string): string {
  if (!special.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(lineSeparators, (found) => (found === "\u2028" ? "\\u2028" : "\\u2029"));
}

function refuseSameNames(columns: readonly OutputColumn[]): void {
  const names = new Set<string>();
  for (const { header } of columns) {
    if (names.has(header)) {
      const message = `the json output has two columns with the name ${JSON.stringify(header)}; give them different names`;
      throw new StepError("PlanInvalid", message);
    }
    names.add(header);
  }
}
