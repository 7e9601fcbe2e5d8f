/** Owns what a part of the bench is: something that is measured by itself and named on the command line. */
import type { Progress } from "../../test/cluster/progress.ts";
import type { Facts } from "./machine-facts.ts";
import type { Measure } from "./measure.ts";
import type { SectionName } from "./results.ts";
import type { TxnDatabase } from "./txn/txn-database.ts";

/** What parts share; each takes what it needs. */
export interface Bench {
  readonly isQuick: boolean;
  readonly progress: Progress;
  /** A folder for whatever a part makes; it goes with the bench. */
  readonly folder: string;
  /** The database of the data path, started when first asked for. */
  readonly database: () => Promise<TxnDatabase>;
  /** As for `ensureCluster`. */
  readonly cluster: { readonly context: string | undefined; readonly imageRepository: string | undefined };
}

/** What a part came to. */
export interface PartResult {
  readonly measures: readonly Measure[];
  /** What was measured with, beyond the machine: versions, digests. */
  readonly facts: Facts;
}

/** A part. It throws when a side does not do what it should, so that no time counts that comes from wrong outputs. */
export interface Part {
  readonly name: string;
  readonly section: SectionName;
  readonly run: (bench: Bench) => Promise<PartResult>;
}

/** The parts that a list of names of parts and sections stands for; all without one. Throws for a name that is neither. */
export function wantedParts(parts: readonly Part[], only: string | undefined): readonly Part[] {
  if (only === undefined) return parts;
  const names = only.split(",");
  const unknown = names.find((name) => !parts.some((part) => part.name === name || part.section === name));
  if (unknown !== undefined) {
    const known = [...new Set(parts.flatMap(({ name, section }) => [section, name]))].join(", ");
    throw new Error(`there is no part '${unknown}': --only takes, with commas between them, ${known}`);
  }
  return parts.filter(({ name, section }) => names.includes(name) || names.includes(section));
}
