/**
 * Owns the numbers of one sequence in the ledger. Each has a log of its own: taken for a file, offered to the receiver, and in the end
 * delivered or void. The next number is created only when every lower one is there, so there is no gap; it is created exclusively, so
 * nobody has it twice; and a log grows by exclusive creation too, so of "hand it over" and "it is void" only one happens.
 */
import { z } from "zod";
import { StepError } from "./errors.ts";
import { type By, by, createEntry, findEntry } from "./ledger-entry.ts";
import { ledgerKeys, type SequenceIdentity } from "./store/keys.ts";
import type { Store } from "./store/store.ts";

const use = z.object({
  filing: z.string(),
  submission: z.number(),
  output: z.string(),
  part: z.number(),
  /** The submission key. */
  key: z.string(),
});

/** One entry of the log of a number. */
export const numberEntry = z.discriminatedUnion("kind", [
  by.extend({ kind: z.literal("Taken"), ...use.shape }),
  by.extend({ kind: z.literal("Offered") }),
  /** `closedUpTo`: no number up to that one was open then. */
  by.extend({ kind: z.literal("Delivered"), closedUpTo: z.number() }),
  by.extend({ kind: z.literal("Void"), reason: z.string() }),
]);

/** Above which number of a sequence those of one submission are. */
export const submissionStart = by.extend({ above: z.number() });

/** What a number is for: one file of one submission. */
export type NumberUse = z.infer<typeof use>;

/** One entry of the log of a number. */
export type NumberEntry = z.infer<typeof numberEntry>;

/** A number with its log, oldest entry first. */
export interface NumberLog {
  readonly number: number;
  readonly use: NumberUse;
  readonly entries: readonly NumberEntry[];
  readonly last: NumberEntry;
}

/** The lowest and the highest number taken. */
export interface NumberRange {
  readonly lowest: number;
  readonly highest: number;
}

const mostTries = 200;

/** Reads and extends one sequence. */
export class Sequence {
  readonly identity: SequenceIdentity;
  readonly #store: Store;
  readonly #known = new Map<string, NumberEntry>(); // entries never change

  constructor(store: Store, identity: SequenceIdentity) {
    this.#store = store;
    this.identity = identity;
  }

  /** The lowest and the highest number taken, or undefined. Throws StepError when one between them is not there. */
  async range(): Promise<NumberRange | undefined> {
    const folder = ledgerKeys.sequence(this.identity);
    const names = await this.#store.list(folder);
    const numbers = names
      .flatMap((name) => /^([0-9]+)-1$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    const [lowest] = numbers;
    const highest = numbers.at(-1);
    if (lowest === undefined || highest === undefined) return undefined;
    if (highest - lowest >= numbers.length) await this.#refuseGap(numbers, lowest);
    return { lowest, highest };
  }

  /** A listing is no snapshot: while others add to a folder it may miss what is there. */
  async #refuseGap(listed: readonly number[], lowest: number): Promise<void> {
    let expected = lowest;
    for (const number of listed) {
      for (; expected < number; expected += 1) {
        const key = ledgerKeys.number(this.identity, expected, 1);
        if (await findEntry(this.#store, key, numberEntry)) continue;
        const what = `number ${expected} of the sequence in ${ledgerKeys.sequence(this.identity)}`;
        throw new StepError("CheckpointCorrupt", gone(what));
      }
      expected = number + 1;
    }
  }

  /** The log of a number, or undefined when it was not taken. */
  async log(number: number): Promise<NumberLog | undefined> {
    const entries: NumberEntry[] = [];
    for (let index = 1; ; index += 1) {
      const key = ledgerKeys.number(this.identity, number, index);
      const entry = this.#known.get(key) ?? (await findEntry(this.#store, key, numberEntry));
      if (!entry) break;
      this.#known.set(key, entry);
      entries.push(entry);
      if (entry.kind === "Delivered") break; // nothing comes after it
    }
    const [first] = entries;
    const last = entries.at(-1);
    if (!first || !last) return undefined;
    if (first.kind !== "Taken") {
      const key = ledgerKeys.number(this.identity, number, 1);
      throw new StepError("CheckpointCorrupt", `${key} does not say what the number is for; find out who changed it`);
    }
    const { filing, submission, output, part, key } = first;
    return { number, use: { filing, submission, output, part, key }, entries, last };
  }

  /** The logs of the numbers above one, in order. */
  async *logsAbove(above: number): AsyncGenerator<NumberLog> {
    const range = await this.range();
    if (!range) return;
    for (let number = Math.max(above + 1, range.lowest); number <= range.highest; number += 1) {
      const log = await this.log(number);
      if (log) yield log;
    }
  }

  /**
   * The number of a file: the one that was taken for it above `above` and is not void, or else the next one, which is taken now.
   * Throws StepError `SequenceExhausted` when that needs more digits than `width`.
   */
  async take(
    wanted: NumberUse,
    who: By,
    { above, first, width }: { readonly above: number; readonly first: number; readonly width: number },
  ): Promise<number> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const range = await this.range();
      const own = range && (await this.#taken(wanted, above, range));
      if (own && (await this.#hold(own, who))) return own.number;
      if (own) continue;
      const next = range ? range.highest + 1 : first;
      if (String(next).length > width) throw exhausted(this.identity, next, width);
      if (await this.#append(next, 0, { kind: "Taken", ...wanted, ...who })) return next;
    }
    throw contended(ledgerKeys.sequence(this.identity));
  }

  /** Says that the file of a number is about to be handed over. Throws StepError `SequenceNumberVoid` when the number is void. */
  async offer(number: number, who: By): Promise<void> {
    await this.#extend(number, ({ last, entries }) => {
      if (last.kind === "Delivered") return undefined;
      if (entries.some(({ kind }) => kind === "Void")) throw isVoid(this.identity, number);
      const isOffered = last.kind === "Offered" && last.runUID === who.runUID && last.attempt === who.attempt;
      return isOffered ? undefined : { kind: "Offered", ...who };
    });
  }

  /** Says that the file of a number was delivered. */
  async deliver(number: number, who: By, closedUpTo: number): Promise<void> {
    await this.#extend(number, ({ last }) =>
      last.kind === "Delivered" ? undefined : { kind: "Delivered", ...who, closedUpTo },
    );
  }

  /** Says that a number will not be delivered. Answers false when its log has grown since it was read. */
  void({ number, entries }: NumberLog, who: By, reason: string): Promise<boolean> {
    return this.#append(number, entries.length, { kind: "Void", ...who, reason });
  }

  /** The numbers below one that are neither delivered nor void, highest first, and up to where all are closed once that one is. */
  async openBelow(number: number): Promise<{ readonly open: readonly NumberLog[]; readonly closedUpTo: number }> {
    const lowest = (await this.range())?.lowest ?? number;
    const open: NumberLog[] = [];
    let floor = lowest - 1;
    for (let at = number - 1; at > floor; at -= 1) {
      const log = await this.log(at);
      if (!log) throw contended(ledgerKeys.number(this.identity, at, 1));
      if (log.last.kind === "Delivered") floor = Math.max(floor, log.last.closedUpTo);
      else if (log.last.kind !== "Void") open.push(log);
    }
    return { open, closedUpTo: (open.at(-1)?.number ?? number + 1) - 1 };
  }

  /** What a number is for stands in its first entry, which is read once: a run may take a thousand. */
  async #taken(wanted: NumberUse, above: number, { lowest, highest }: NumberRange): Promise<NumberLog | undefined> {
    for (let number = Math.max(above + 1, lowest); number <= highest; number += 1) {
      const first = this.#known.get(ledgerKeys.number(this.identity, number, 1));
      if (first?.kind === "Taken" && first.key !== wanted.key) continue;
      const log = await this.log(number);
      if (log?.use.key === wanted.key && !log.entries.some(({ kind }) => kind === "Void")) return log;
    }
    return undefined;
  }

  /** A run that goes on with the number of another one says so, lest that one's end makes it void. */
  async #hold({ number, use: held, entries, last }: NumberLog, who: By): Promise<boolean> {
    if (last.kind === "Delivered" || last.runUID === who.runUID) return true;
    return this.#append(number, entries.length, { kind: "Taken", ...held, ...who });
  }

  async #extend(number: number, next: (log: NumberLog) => NumberEntry | undefined): Promise<void> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const log = await this.log(number);
      if (!log) throw new StepError("CheckpointCorrupt", gone(ledgerKeys.number(this.identity, number, 1)));
      const entry = next(log);
      if (!entry || (await this.#append(number, log.entries.length, entry))) return;
    }
    throw contended(ledgerKeys.number(this.identity, number, 1));
  }

  #append(number: number, after: number, entry: NumberEntry): Promise<boolean> {
    return createEntry(this.#store, ledgerKeys.number(this.identity, number, after + 1), entry);
  }
}

const gone = (what: string): string => `${what} is gone from the ledger; find out who changed the store`;

function contended(key: string): StepError {
  return new StepError("StoreUnavailable", `${key} changed ${mostTries} times while it was read; retry the run`);
}

function exhausted({ name, destination }: SequenceIdentity, next: number, width: number): StepError {
  const message = `the next number of sequence ${name} of Destination ${destination} is ${next}, which has more than ${width} digits; agree with the receiver on more, and raise width`;
  return new StepError("SequenceExhausted", message);
}

function isVoid({ name, destination }: SequenceIdentity, number: number): StepError {
  const message = `number ${number} of sequence ${name} of Destination ${destination} was recorded as void while this run had ended; the next attempt makes the file anew with another number`;
  return new StepError("SequenceNumberVoid", message);
}
