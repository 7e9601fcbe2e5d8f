/** Owns a table that rows look up in: keys as texts of their types, found without joining them. */
import type { Find } from "@openreg/language";

type Values = readonly (string | null)[];
type Level = Map<string, Level | Entry>;

interface Entry {
  readonly values: Values;
  readonly place: number;
}

/** A table as plain values, which can be sent to another thread. */
export interface LookupTableContent {
  readonly keyTypes: readonly string[];
  readonly root: unknown;
}

/** A table in memory. Numbers and timestamps are one key whatever their digits behind the point: 1.5 is 1.50. */
export class LookupTable {
  readonly #root: Level;
  readonly #keyTypes: readonly string[];
  readonly #normal: readonly ((text: string) => string)[];

  /** Types of the keys in their order. */
  constructor(keyTypes: readonly string[], root: Level = new Map()) {
    this.#root = root;
    this.#keyTypes = keyTypes;
    this.#normal = keyTypes.map((type) => (/^(Decimal|Timestamp)/.test(type) ? withoutTrailingZeros : asIs));
  }

  /** The table with a content. */
  static of({ keyTypes, root }: LookupTableContent): LookupTable {
    return new LookupTable(keyTypes, root as Level);
  }

  get content(): LookupTableContent {
    return { keyTypes: this.#keyTypes, root: this.#root };
  }

  /** Adds an entry; one without all keys is found by nobody. Answers the place of an entry with the same keys, which stays. */
  add(keys: Values, values: Values, place: number): number | undefined {
    if (keys.some((key) => key === null)) return undefined;
    let level = this.#root;
    for (const [index, key] of keys.entries()) {
      const text = this.#normal[index]?.(key ?? "") ?? "";
      const next = level.get(text);
      if (index === keys.length - 1) {
        if (next) return (next as Entry).place;
        level.set(text, { values, place });
      } else if (next) level = next as Level;
      else {
        const made: Level = new Map();
        level.set(text, made);
        level = made;
      }
    }
    return undefined;
  }

  /** Finds the values of keys; the same entry gives the same array. */
  readonly find: Find = (keys) => {
    let found: Level | Entry | undefined = this.#root;
    for (let index = 0; index < keys.length; index++) {
      found = (found as Level).get(this.#normal[index]?.(keys[index] ?? "") ?? "");
      if (!found) return undefined;
    }
    return (found as Entry).values;
  };
}

function asIs(text: string): string {
  return text;
}

/** 1.50 and 1.5, 12:00:00.000Z and 12:00:00Z. */
function withoutTrailingZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+(?=Z?$)/, "") : text;
}
