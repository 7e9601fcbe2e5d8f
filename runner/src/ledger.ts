/** Owns the ledger: who makes a filing, what was handed over under which name, and what receivers confirmed. Nothing in it is replaced. */
import { createHash } from "node:crypto";
import { canonicalJson, type RunPlan } from "@openreg/crds";
import { z } from "zod";
import { by, createEntry, findEntry, readEntry } from "./ledger-entry.ts";
import { ledgerKeys } from "./store/keys.ts";
import type { Store } from "./store/store.ts";

const claim = by.extend({ submission: z.number() });
const met = by.extend({ submission: z.number() });
const intent = by.extend({
  filing: z.string(),
  submission: z.number(),
  destination: z.string(),
  address: z.string(),
  output: z.string(),
  part: z.number(),
  fileName: z.string(),
  sha256: z.string(),
  sizeBytes: z.number(),
});
const receipt = by.extend({
  fileName: z.string(),
  location: z.string(),
  sizeBytes: z.number(),
  sha256: z.string().optional(),
  artifactSha256: z.string(),
  /** What was proven: the whole file was read back, its size was, or nothing but the receiver's word. */
  verifiedBy: z.enum(["Hash", "Size", "None"]),
  /** Not there when the file was handed over; true when the receiver was asked afterwards what it has. */
  settled: z.boolean().optional(),
});

/** The kinds of entries about filings and submissions. */
export const ledgerFormats = { claim, met, intent, receipt } as const;

/** A run's claim to make a submission of a filing. */
export type Claim = z.infer<typeof claim>;
/** What a run is about to hand over. */
export type Intent = z.infer<typeof intent>;
/** What a receiver holds. */
export type Receipt = z.infer<typeof receipt>;

/** The filing key: what makes two runs the same filing. No name of a run, no slot and no period is in it. */
export function filingKeyOf(
  run: Partial<RunPlan["run"]> & Pick<RunPlan["run"], "namespace" | "mode" | "businessDate" | "purpose">,
  series: string,
  parameters: Readonly<Record<string, unknown>>,
): string {
  const { namespace, mode, businessDate, purpose } = run;
  return hashOf({ namespace, series, mode, businessDate, parameters, purpose, correctedSubmission: null });
}

/** The submission key: one file of one submission of a filing at one receiver. */
export function submissionKeyOf(parts: {
  readonly filing: string;
  readonly address: string;
  readonly output: string;
  readonly part: number;
  readonly submission: number;
}): string {
  const { filing, address, output, part, submission } = parts;
  return hashOf({ filing, address, output, part, submission });
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/** Reads and extends the ledger in a store. */
export class Ledger {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The claims of a filing, oldest first, and what of it was met. */
  async filing(
    filing: string,
  ): Promise<{ claims: readonly (Claim & { number: number })[]; met: readonly z.infer<typeof met>[] }> {
    const names = await this.#store.list(ledgerKeys.filing(filing));
    const claims = await Promise.all(
      numbersOf(names, "claim").map(async (number) => ({
        ...(await this.#read(ledgerKeys.claim(filing, number), claim)),
        number,
      })),
    );
    const fulfilled = await Promise.all(
      numbersOf(names, "met").map((number) => this.#read(ledgerKeys.met(filing, number), met)),
    );
    return { claims, met: fulfilled };
  }

  /** Adds a claim. Answers false when another run added one of that number first. */
  claim(filing: string, number: number, entry: Claim): Promise<boolean> {
    return this.#create(ledgerKeys.claim(filing, number), entry);
  }

  /** Records that a submission is complete; recording it twice changes nothing. */
  async meet(filing: string, entry: Claim): Promise<void> {
    await this.#create(ledgerKeys.met(filing, entry.submission), entry);
  }

  /** What was about to be handed over under a submission key, oldest first. */
  async intents(submission: string): Promise<readonly Intent[]> {
    const names = await this.#store.list(ledgerKeys.submission(submission));
    return Promise.all(
      numbersOf(names, "intent").map((number) => this.#read(ledgerKeys.intent(submission, number), intent)),
    );
  }

  /** Records an intent before the first byte. Answers false when another process recorded one meanwhile. */
  intend(submission: string, number: number, entry: Intent): Promise<boolean> {
    return this.#create(ledgerKeys.intent(submission, number), entry);
  }

  /** The receipt of a submission key, or undefined. */
  receipt(submission: string): Promise<Receipt | undefined> {
    return findEntry(this.#store, ledgerKeys.receipt(submission), receipt);
  }

  /** Records a receipt; the first one stands. */
  async confirm(submission: string, entry: Receipt): Promise<void> {
    await this.#create(ledgerKeys.receipt(submission), entry);
  }

  #create(key: string, entry: object): Promise<boolean> {
    return createEntry(this.#store, key, entry);
  }

  #read<T>(key: string, schema: z.ZodType<T>): Promise<T> {
    return readEntry(this.#store, key, schema);
  }
}

function numbersOf(names: readonly string[], kind: string): readonly number[] {
  const pattern = new RegExp(`^${kind}-([0-9]+)$`);
  return names
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}
