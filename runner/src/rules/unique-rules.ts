/** Owns the rules `unique` of an input while its rows pass in order: which rows repeat the values of one before. */
import type { Row } from "../connectors/connector.ts";
import { StepError } from "../errors.ts";
import type { Rule } from "../rows/finding.ts";
import { KeySet, type Spill } from "./key-set.ts";

/** Most memory that the keys of all rules of an input may take, in bytes: 23 million rows for one rule whose texts are spilled. */
export const uniqueBytes = 384 * 1024 * 1024;

/** Most memory that the texts of these keys may take before the oldest are spilled, in bytes. */
const textBytes = 64 * 1024 * 1024;

/** What the rules are checked on. */
export interface UniqueSource {
  readonly input: string;
  readonly rules: readonly Rule[];
  /** Positions of the columns by which equal rows are neighbours; empty when they may be anywhere. */
  readonly neighbours: { readonly names: readonly string[]; readonly positions: readonly number[] };
  readonly limit?: number;
  /** Makes where texts of one rule go that no longer fit; without it all stay in memory. */
  readonly newSpill?: () => Spill;
  readonly textLimit?: number;
}

/** The rules with the keys they have met. */
export class UniqueRules {
  readonly #source: UniqueSource;
  readonly #spills: readonly (Spill | undefined)[];
  readonly #sets: readonly KeySet[];
  /** Whether equal keys of a rule can only be in rows that follow each other. */
  readonly #isLocal: readonly boolean[];
  #last: Row | undefined;

  constructor(source: UniqueSource) {
    this.#source = source;
    this.#spills = source.rules.map(() => source.newSpill?.());
    this.#sets = this.#spills.map((spill) => new KeySet(spill));
    const { names } = source.neighbours;
    this.#isLocal = source.rules.map(
      ({ unique }) => names.length > 0 && names.every((name) => unique?.columns.includes(name)),
    );
  }

  /** Moves to a row: keys of rows that are no neighbours of it are forgotten. Called for every row when `forgets`. */
  next(row: Row): void {
    const { positions } = this.#source.neighbours;
    const last = this.#last;
    this.#last = row;
    if (!last || positions.every((position) => last[position] === row[position])) return;
    for (const [index, set] of this.#sets.entries()) if (this.#isLocal[index]) set.clear();
  }

  /** Whether rows must be told by `next`. */
  get forgets(): boolean {
    return this.#isLocal.includes(true);
  }

  /** Answers the first row with this key, or 0. */
  add(rule: number, key: string, row: number): number {
    return this.#sets[rule]?.add(key, row) ?? 0;
  }

  /** Spills what is beyond the room for texts. Throws StepError `TooLargeForMemory` when the keys take more than they may. */
  checkSize(row: number): void {
    const { input, limit = uniqueBytes, textLimit = textBytes } = this.#source;
    for (const set of this.#sets) set.spillTo(textLimit / this.#sets.length);
    const bytes = this.#sets.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (bytes <= limit) return;
    const bound = `${Math.floor(limit / (1024 * 1024))} MiB`;
    const ids = this.#source.rules.filter((_, index) => !this.#isLocal[index]).map(({ id }) => id);
    const remedy = "let record.key be of type String and among the columns of the rule, or compare shorter columns";
    const message = `input ${input}, row ${row}: the values that rule ${ids.join(", ")} compares take more than ${bound}; ${remedy}`;
    throw new StepError("TooLargeForMemory", message);
  }

  /** Gives the room of what was spilled back, when no row comes any more. May be called twice. */
  close(): void {
    for (const spill of this.#spills) spill?.clear();
  }
}
