/** Owns the check of filings and submissions: receipts belong to intents, intents to filings, filings to runs. */
import { filingKeyOf, ledgerFormats, submissionKeyOf } from "@openreg/runner";
import type { Link } from "./check-chain.ts";
import { type Deviation, restoreIt } from "./deviation.ts";
import type { StoredObjects } from "./stored-objects.ts";

type Check = (store: StoredObjects, key: string, place: RegExpExecArray) => Promise<readonly Deviation[]>;

/** Which entries there are, and what must hold for each. */
const entries: readonly { readonly pattern: RegExp; readonly check: Check }[] = [
  { pattern: /^filings\/([0-9a-f]{64})\/claim-([1-9][0-9]*)$/, check: checkClaim },
  { pattern: /^filings\/([0-9a-f]{64})\/met-([1-9][0-9]*)$/, check: checkMet },
  { pattern: /^filings\/([0-9a-f]{64})\/numbers-[1-9][0-9]*-[^/]+$/, check: async () => [] },
  { pattern: /^submissions\/([0-9a-f]{64})\/intent-([1-9][0-9]*)$/, check: checkIntent },
  { pattern: /^submissions\/([0-9a-f]{64})\/receipt$/, check: checkReceipt },
];

/** Checks every entry about filings and submissions. */
export async function checkFilings(store: StoredObjects, links: readonly Link[]): Promise<readonly Deviation[]> {
  const deviations: Deviation[] = [];
  for (const key of store.keys) {
    for (const { pattern, check } of entries) {
      const place = pattern.exec(key);
      if (place) deviations.push(...(await check(store, key, place)));
    }
  }
  for (const link of links) deviations.push(...(await checkFilingOf(store, link)));
  return deviations;
}

/** Whether a key is that of an entry about filings or submissions. */
export function isFilingEntry(key: string): boolean {
  return entries.some(({ pattern }) => pattern.test(key));
}

const unreadable = (where: string): Deviation => ({
  ...{ code: "Unreadable", where },
  message: `it is not what a runner writes under this key; ${restoreIt}`,
});

async function checkClaim(store: StoredObjects, key: string, [, filing, number]: RegExpExecArray) {
  if (!ledgerFormats.claim.safeParse(await store.json(key)).success) return [unreadable(key)];
  const before = Number(number) - 1;
  const where = `filings/${filing}/claim-${before}`;
  if (before === 0 || store.has(where)) return [];
  return [
    { code: "Missing" as const, where, message: `${key} is there, and the claim before it is gone; ${restoreIt}` },
  ];
}

async function checkMet(store: StoredObjects, key: string, [, filing, submission]: RegExpExecArray) {
  const met = ledgerFormats.met.safeParse(await store.json(key));
  if (!met.success || met.data.submission !== Number(submission)) return [unreadable(key)];
  const claims = store.keys.filter((one) => one.startsWith(`filings/${filing}/claim-`));
  const made = await Promise.all(claims.map(async (one) => ledgerFormats.claim.safeParse(await store.json(one)).data));
  const isClaimed = made.some((one) => one?.runUID === met.data.runUID && one.submission === met.data.submission);
  if (isClaimed) return [];
  const message = `run ${met.data.runName} met the filing as submission ${submission} without a claim to it; ${restoreIt}`;
  return [{ code: "FilingMismatch" as const, where: key, message }];
}

async function checkIntent(store: StoredObjects, key: string, [, submission]: RegExpExecArray) {
  const intent = ledgerFormats.intent.safeParse(await store.json(key));
  if (!intent.success) return [unreadable(key)];
  if (submissionKeyOf({ ...intent.data }) !== submission)
    return [
      {
        ...{ code: "FilingMismatch" as const, where: key },
        message: `what it says is not the submission that its key names; ${restoreIt}`,
      },
    ];
  if (store.keys.some((one) => one.startsWith(`filings/${intent.data.filing}/claim-`))) return [];
  const message = `it belongs to filing ${intent.data.filing}, which nobody claimed; ${restoreIt}`;
  return [{ code: "FilingMismatch" as const, where: key, message }];
}

async function checkReceipt(store: StoredObjects, key: string, [, submission]: RegExpExecArray) {
  const receipt = ledgerFormats.receipt.safeParse(await store.json(key));
  if (!receipt.success) return [unreadable(key)];
  const { fileName, artifactSha256, sizeBytes } = receipt.data;
  const keys = store.keys.filter((one) => one.startsWith(`submissions/${submission}/intent-`));
  const intents = await Promise.all(
    keys.map(async (one) => ledgerFormats.intent.safeParse(await store.json(one)).data),
  );
  const isMeant = intents.some(
    (one) => one?.fileName === fileName && one.sha256 === artifactSha256 && one.sizeBytes === sizeBytes,
  );
  if (isMeant) return [];
  const message = `it is for ${fileName} (sha256 ${artifactSha256}, ${sizeBytes} bytes), which no intent says was to be handed over; ${restoreIt}`;
  return [{ code: "ReceiptMismatch" as const, where: key, message }];
}

/** The filing of evidence is that of its run, the run claimed it, and each delivery has its receipt. */
async function checkFilingOf(store: StoredObjects, { key, evidence }: Link): Promise<readonly Deviation[]> {
  const { run, filing, deliveries } = evidence;
  if (!filing) return [];
  const deviations: Deviation[] = [];
  const { namespace, mode, businessDate, purpose } = run;
  if (filingKeyOf({ namespace, mode, businessDate, purpose }, run.series, run.parameters) !== filing.key) {
    const message = `filing ${filing.key} is not the one that the run makes by its series, mode, date and parameters; ${restoreIt}`;
    deviations.push({ code: "FilingMismatch", where: key, message });
  }
  const named = evidence.ledger.filter((one) => one.key.endsWith("/receipt"));
  const receipts = await Promise.all(
    named.map(async (one) => ledgerFormats.receipt.safeParse(await store.json(one.key)).data),
  );
  for (const { artifact, destination, state } of deliveries) {
    if (state !== "Delivered" || receipts.some((one) => one === undefined || one.fileName === artifact)) continue;
    const message = `${artifact} is said to be delivered to Destination ${destination}, and no receipt says so; ${restoreIt}`;
    deviations.push({ code: "ReceiptMismatch", where: key, message });
  }
  return deviations;
}
