/** Owns the candidate of whole runs: the Report `txn` by the runner's own code, in a process of its own. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runnerNodeFlags } from "@openreg/crds";
import type { Manifest } from "../../../cli/src/manifests.ts";
import { type TxnOutput, txnManifests } from "../txn/txn-report.ts";
import { type WatchedEnd, watch } from "../watched-process.ts";
import type { CopySource } from "./psql-copy.ts";
import type { ReportAnswer, ReportRequest } from "./report-process.ts";

/** What is run, by the bundled program. */
export interface RunSource extends CopySource {
  readonly program: string;
  readonly folder: string;
  readonly outputs: readonly TxnOutput[];
  /** Changes what `txnManifests` gives. */
  readonly edit?: (manifests: readonly Manifest[]) => readonly Manifest[];
  /** Default as many as there are cores. */
  readonly lanes?: number;
  /** Names of programs whose own peak is wanted. */
  readonly peaksOf?: readonly string[];
}

/** A run that ended well, with its files still there unless nobody looks at them. */
export interface TxnRun extends WatchedEnd {
  readonly rows: ReportAnswer["rows"];
  readonly findings: ReportAnswer["findings"];
  readonly runSeconds: number;
  readonly lanes: number | undefined;
  /** The digest and the path of each output. */
  readonly artifacts: ReadonlyMap<string, { readonly sha256: string; readonly path: string }>;
}

/** Runs once, gives `look` the run while its files are there, and removes them. */
export async function runTxn<T>(source: RunSource, look: (run: TxnRun) => T | Promise<T>): Promise<T> {
  const { database, businessDate, folder, program, outputs, edit = (all) => all, lanes, peaksOf } = source;
  const storeFolder = join(folder, "store");
  const requestFile = join(folder, "request.json");
  const manifests = edit(await txnManifests(database.address, outputs));
  const request: ReportRequest = { manifests, businessDate, storeFolder, ...(lanes !== undefined && { lanes }) };
  await writeFile(requestFile, JSON.stringify(request));
  await mkdir(storeFolder);
  try {
    const end = await watch({
      ...{ program: process.execPath, args: [...runnerNodeFlags, program, requestFile] },
      ...(peaksOf && { peaksOf }),
    });
    const { rows, findings, runSeconds, artifacts, lanes: used } = JSON.parse(end.output) as ReportAnswer;
    if (rows.written !== outputs.length * (rows.fetched - rows.excluded))
      throw new Error(`${rows.fetched} rows were read and ${rows.excluded} excluded, but ${rows.written} written`);
    const files = artifacts.map(
      ({ output, sha256, key }) => [output, { sha256, path: join(storeFolder, key) }] as const,
    );
    return await look({ ...end, rows, findings, runSeconds, lanes: used, artifacts: new Map(files) });
  } finally {
    await rm(storeFolder, { recursive: true });
  }
}

/** The digests of a run, in the order of the outputs. */
export function digestsOf({ artifacts }: TxnRun): string {
  return [...artifacts].map(([output, { sha256 }]) => `${output} ${sha256.slice(0, 12)}`).join(", ");
}
