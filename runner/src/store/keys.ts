/** Owns where everything lies in a store; `docs/store-layout.md` explains it to people. */

/** Who a run is, as far as its keys are concerned. */
export interface RunIdentity {
  readonly name: string;
  readonly uid: string;
}

const folderOf = (run: RunIdentity): string => `runs/${run.name}/${run.uid}`;

/** Keys of what one run keeps. The UID keeps apart runs that had the same name one after the other. */
export const runKeys = {
  snapshot: (run: RunIdentity, input: string): string => `${folderOf(run)}/snapshots/${input}.ndjson.zst`,
  fetched: (run: RunIdentity): string => `${folderOf(run)}/checkpoints/fetched.json`,
  rendered: (run: RunIdentity): string => `${folderOf(run)}/checkpoints/artifacts.json`,
  findings: (run: RunIdentity): string => `${folderOf(run)}/findings.ndjson.zst`,
  exceptions: (run: RunIdentity): string => `${folderOf(run)}/exceptions.ndjson.zst`,
  artifact: (run: RunIdentity, output: string, fileName: string): string =>
    `${folderOf(run)}/artifacts/${output}/${fileName}`,
  packed: (run: RunIdentity, destination: string, fileName: string): string =>
    `${folderOf(run)}/packed/${destination}/${fileName}`,
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
} as const;
