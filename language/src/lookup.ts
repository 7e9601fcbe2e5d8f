/** Lookups of a row: keys are computed, a match is found by the caller, its values are decoded once. */
import { cellDecoder } from "./cell-decoder.ts";
import { LanguageError } from "./errors.ts";
import { decodeList } from "./runtime/list.ts";
import type { LookupValue } from "./scope.ts";
import { type ValueType, valueTypeOf } from "./value-type.ts";

/** A lookup of every row; it is read as `row.<name>.<value>`. */
export interface LookupSource {
  readonly name: string;
  readonly keys: readonly LookupKey[];
  readonly values: readonly LookupValue[];
  /** Whether rows without a match are judged and written too, so that values may be null; default true. */
  readonly nullable?: boolean | undefined;
  /** How many fields come before it: these its keys may read, and the fields behind it may read the lookup. Default 0. */
  readonly afterFields?: number | undefined;
}

/** One key: the name in what is looked up, and the expression whose text is searched. */
export interface LookupKey {
  readonly name: string;
  readonly value: string;
  /** Place in the definition; default `lookups[i].keys.<name>`. */
  readonly path?: string | undefined;
}

/** Finds the texts of the values for the texts of the keys, in the order declared; undefined when nothing matches. */
export type Find = (keys: readonly string[]) => readonly (string | null)[] | undefined;

/** What a lookup of the last row came to; see `missing` of a program. */
export const FOUND = 0;
/** Nothing matches, or a key is null. */
export const NOT_FOUND = 1;
/** A key has no result. */
export const NO_KEY = 2;

type Cells = readonly unknown[];

/** Finds and decodes. The same array of texts is decoded once; one that does not fit its types throws a LanguageError. */
export function newFinder({ name, values }: LookupSource, find: Find): (keys: readonly string[]) => Cells | null {
  const known = new WeakMap<readonly (string | null)[], Cells>();
  const decoders = values.map((value) => decoderOf(valueTypeOf(value.type)));
  const decode = (texts: readonly (string | null)[]): Cells =>
    values.map((value, index) => {
      const text = texts[index] ?? null;
      if (text === null && value.required !== true) return null;
      const cell = text === null ? undefined : decoders[index]?.(text);
      if (cell !== undefined) return cell;
      const what = text === null ? "is null but required" : `is not a ${value.type}`;
      throw new LanguageError("BadLookupValue", `lookup '${name}': '${value.name}' ${what}: correct what is looked up`);
    });
  return (keys) => {
    const texts = find(keys);
    if (!texts) return null;
    const before = known.get(texts);
    if (before) return before;
    const cells = decode(texts);
    known.set(texts, cells);
    return cells;
  };
}

function decoderOf(type: ValueType): (text: string) => unknown {
  if (type.kind !== "list") return cellDecoder(type);
  const element = cellDecoder(type.element);
  return (text) => decodeList(text, element);
}
