/** Owns the check of sequences: no number is missing, none is for two files, and each was delivered or is void with its reason. */
import { numberEntry } from "@openreg/runner";
import { type Deviation, type Remark, restoreIt } from "./deviation.ts";
import type { StoredObjects } from "./stored-objects.ts";

const entryPattern = /^(sequences\/[^/]+\/[^/]+\/(?:Live|Test)\/[^/]+\/[^/]+\/[^/]+)\/([0-9]+)-([1-9][0-9]*)$/;

/** Whether a key is that of an entry about a number. */
export function isNumberEntry(key: string): boolean {
  return entryPattern.test(key);
}

interface FoundEntry {
  readonly key: string;
  readonly folder: string;
  readonly number: number;
  readonly index: number;
}

interface Found {
  readonly deviations: readonly Deviation[];
  readonly remarks: readonly Remark[];
}

/** Checks every sequence. */
export async function checkSequences(store: StoredObjects): Promise<Found> {
  const found = store.keys.flatMap((key): FoundEntry[] => {
    const [, folder, number, index] = entryPattern.exec(key) ?? [];
    return folder === undefined ? [] : [{ key, folder, number: Number(number), index: Number(index) }];
  });
  const each: Found[] = [];
  for (const [folder, entries] of Map.groupBy(found, (one) => one.folder))
    each.push(await checkSequence(store, folder, entries));
  return {
    deviations: each.flatMap(({ deviations }) => deviations),
    remarks: each.flatMap(({ remarks }) => remarks),
  };
}

/** A number whose log can be read. */
interface ReadNumber {
  readonly number: number;
  /** The last entry. */
  readonly where: string;
  readonly kinds: readonly string[];
  /** The submission key of its file. */
  readonly submission: string;
}

async function checkSequence(store: StoredObjects, folder: string, entries: readonly FoundEntry[]): Promise<Found> {
  const byNumber = Map.groupBy(entries, ({ number }) => number);
  const numbers: ReadNumber[] = [];
  const deviations: Deviation[] = [];
  const highest = Math.max(...byNumber.keys());
  for (let number = Math.min(...byNumber.keys()); number <= highest; number += 1) {
    const log = byNumber.get(number)?.toSorted((one, other) => one.index - other.index) ?? [];
    const read = await readNumber(store, { folder, number, log });
    if ("code" in read) deviations.push(read);
    else numbers.push(read);
  }
  const remarks: Remark[] = [];
  for (const one of numbers) {
    const deviation = contradiction(store, one, numbers);
    if (deviation) deviations.push(deviation);
    else if (!isClosed(one)) remarks.push(open(one));
  }
  return { deviations, remarks };
}

interface NumberPlace {
  readonly folder: string;
  readonly number: number;
  readonly log: readonly FoundEntry[];
}

async function readNumber(store: StoredObjects, { folder, number, log }: NumberPlace): Promise<ReadNumber | Deviation> {
  const gap = log.findIndex(({ index }, place) => index !== place + 1);
  if (log.length === 0 || gap >= 0) {
    const where = `${folder}/${number}-${Math.max(gap, 0) + 1}`;
    const message = `number ${number} has no such entry, and later ones are there; ${restoreIt}`;
    return { code: "SequenceGap", where, message };
  }
  const kinds: string[] = [];
  let submission = "";
  for (const { key, index } of log) {
    const entry = numberEntry.safeParse(await store.json(key)).data;
    if (!entry || (index === 1 && entry.kind !== "Taken"))
      return {
        ...{ code: "Unreadable", where: key },
        message: `it is not what a runner writes about a number; ${restoreIt}`,
      };
    kinds.push(entry.kind);
    if (entry.kind === "Taken") submission = entry.key;
  }
  return { number, where: log.at(-1)?.key ?? folder, kinds, submission };
}

const isVoid = ({ kinds }: ReadNumber) => kinds.includes("Void");
const isDelivered = ({ kinds }: ReadNumber) => kinds.includes("Delivered");
const isClosed = (one: ReadNumber) => isVoid(one) || isDelivered(one);

/** What the log of a number says that cannot be. */
function contradiction(store: StoredObjects, one: ReadNumber, all: readonly ReadNumber[]): Deviation | undefined {
  const { number, where, submission, kinds } = one;
  const wrong = (message: string): Deviation => ({
    ...{ code: "SequenceMismatch", where },
    message: `number ${number} ${message}`,
  });
  if (isVoid(one) && isDelivered(one))
    return wrong("is both void and delivered; ask the receiver whether it has the file, and tell it which is right");
  const ofSameFile = all.filter((other) => other !== one && other.submission === submission && !isVoid(other));
  if (!isVoid(one) && ofSameFile.some((other) => other.number < number))
    return wrong(`is for the same file as number ${ofSameFile[0]?.number}; ${restoreIt}`);
  const receipt = `submissions/${submission}/receipt`;
  if (isDelivered(one) && !store.has(receipt))
    return {
      ...{ code: "ReceiptMismatch", where: receipt },
      message: `number ${number} in ${where} is delivered, and its receipt is gone; ${restoreIt}`,
    };
  if (isVoid(one) && kinds.includes("Offered") && store.has(receipt) && ofSameFile.length === 0)
    return wrong("is void, and there is a receipt for its file; ask the receiver which number the file has");
  return undefined;
}

function open({ number, where }: ReadNumber): Remark {
  const message = `number ${number} is open: taken, neither delivered nor void; it is delivered or made void when its filing, or the next one, goes on`;
  return { where, message };
}
