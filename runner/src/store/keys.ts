/** Owns where everything lies in a store; `docs/store-layout.md` explains it to people. */

/** Who a run is, as far as its keys are concerned. */
export interface RunIdentity {
  readonly name: string;
  readonly uid: string;
}

const folderOf = (run: RunIdentity): string => `runs/${run.name}/${run.uid}`;

/** Which numbers: those of one series at one receiver, which may begin anew with a period (`ever` when they do not). */
export interface SequenceIdentity {
  readonly namespace: string;
  readonly series: string;
  readonly mode: "Live" | "Test";
  readonly destination: string;
  readonly name: string;
  readonly period: string;
}

/** Which evidence follows which: that of one series, real filings and rehearsals apart. */
export type ChainIdentity = Pick<SequenceIdentity, "namespace" | "series" | "mode">;

const chainOf = ({ namespace, series, mode }: ChainIdentity): string => `${namespace}/${series}/${mode}`;
const sequenceOf = (one: SequenceIdentity): string =>
  `sequences/${chainOf(one)}/${one.destination}/${one.name}/${one.period}`;

/** Keys of what one run keeps. The UID keeps apart runs that had the same name one after the other. */
export const runKeys = {
  snapshot: (run: RunIdentity, input: string): string => `${folderOf(run)}/snapshots/${input}.rows.zst`,
  checkpoints: (run: RunIdentity): string => `${folderOf(run)}/checkpoints`,
  /** From which link on the evidence of the run can be in its chain. */
  chainStart: (run: RunIdentity): string => `${folderOf(run)}/checkpoints/chain.json`,
  fetched: (run: RunIdentity): string => `${folderOf(run)}/checkpoints/fetched.json`,
  rendered: (run: RunIdentity): string => `${folderOf(run)}/checkpoints/artifacts.json`,
  findings: (run: RunIdentity): string => `${folderOf(run)}/findings.ndjson.zst`,
  exceptions: (run: RunIdentity): string => `${folderOf(run)}/exceptions.ndjson.zst`,
  /** `destination`: the only receiver it is for, where that numbers its files. */
  artifact: (run: RunIdentity, output: string, fileName: string, destination?: string): string =>
    `${folderOf(run)}/${destination === undefined ? "artifacts" : `numbered/${destination}`}/${output}/${fileName}`,
  packed: (run: RunIdentity, destination: string, fileName: string): string =>
    `${folderOf(run)}/packed/${destination}/${fileName}`,
  /** A copy of the link in the chain. */
  evidence: (run: RunIdentity): string => `${folderOf(run)}/evidence.json`,
  manifest: (run: RunIdentity): string => `${folderOf(run)}/manifest.json`,
} as const;

/** Keys of the ledger: what was filed, by whom, and what receivers confirmed. Shared by all runs; nothing in it is ever replaced. */
export const ledgerKeys = {
  filing: (filing: string): string => `filings/${filing}`,
  claim: (filing: string, number: number): string => `filings/${filing}/claim-${number}`,
  met: (filing: string, submission: number): string => `filings/${filing}/met-${submission}`,
  submission: (submission: string): string => `submissions/${submission}`,
  intent: (submission: string, number: number): string => `submissions/${submission}/intent-${number}`,
  receipt: (submission: string): string => `submissions/${submission}/receipt`,
  sequence: sequenceOf,
  number: (one: SequenceIdentity, number: number, index: number): string => `${sequenceOf(one)}/${number}-${index}`,
  /** Above which number of a sequence those of a submission are. */
  numbers: (filing: string, submission: number, { destination, name, period }: SequenceIdentity): string =>
    `filings/${filing}/numbers-${submission}-${destination}.${name}.${period}`,
  chain: (one: ChainIdentity): string => `evidence/${chainOf(one)}`,
  link: (one: ChainIdentity, number: number): string => `evidence/${chainOf(one)}/${number}.json`,
} as const;
