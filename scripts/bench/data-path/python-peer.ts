/** Owns the tuned Python peer: its environment, one run of it, and the comparison of its files with ours. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensurePython, pythonScript, runPython } from "../../../test/peers/python.ts";
import { txnOutputs } from "../txn/txn-report.ts";
import { type WatchedEnd, watch } from "../watched-process.ts";
import { type CopySource, txnQuery } from "./psql-copy.ts";
import type { TxnRun } from "./txn-run.ts";

const packages = "txn-requirements.txt";

/** What the peer prints. */
export interface PeerAnswer {
  readonly rows: { readonly fetched: number; readonly excluded: number };
  readonly findings: Readonly<Record<string, number>>;
  readonly artifacts: readonly { readonly output: string; readonly path: string; readonly sha256: string }[];
  readonly stageSeconds: Readonly<Record<string, number>>;
  readonly versions: Readonly<Record<string, string>>;
}

/** A run of the peer; its files stay until the next one. */
export type PeerRun = WatchedEnd & PeerAnswer;

/** Runs the peer once with all three outputs. */
export async function runPeer({ database, businessDate }: CopySource, folder: string): Promise<PeerRun> {
  const { host, port, database: name, username, password } = database.address;
  const day = Temporal.PlainDate.from(businessDate);
  const request = {
    ...{ businessDate, folder, outputs: txnOutputs, lei: "9999OPENREG000000168" },
    dsn: `host=${host} port=${port} dbname=${name} user=${username} password=${password}`,
    query: await txnQuery(database, businessDate),
    periodStart: `${day}T00:00:00Z`,
    periodEnd: `${day.add({ days: 1 })}T00:00:00Z`,
  };
  const file = join(folder, "peer.json");
  await writeFile(file, JSON.stringify(request));
  const end = await watch({ program: await ensurePython(packages), args: [pythonScript("txn_peer.py"), file] });
  return { ...end, ...(JSON.parse(end.output) as PeerAnswer) };
}

/** How many records of an output are compared; all where it is not named. */
export type CompareLimits = Readonly<Partial<Record<(typeof txnOutputs)[number], number>>>;

interface Comparison {
  readonly records: number;
  readonly differences: readonly string[];
}

/** Compares the files of both, and gives how many records of each output were the same. Throws when a value differs. */
export async function compareWithPeer(
  ours: Pick<TxnRun, "artifacts">,
  theirs: PeerAnswer,
  { outputs, limits = {}, folder }: { outputs: readonly string[]; limits?: CompareLimits; folder: string },
): Promise<string> {
  const pathsOf = (path: (output: string) => string | undefined) =>
    Object.fromEntries(outputs.map((output) => [output, path(output)]));
  const request = {
    ours: pathsOf((output) => ours.artifacts.get(output)?.path),
    theirs: pathsOf((output) => theirs.artifacts.find((one) => one.output === output)?.path),
    limits,
  };
  const file = join(folder, "compare.json");
  await writeFile(file, JSON.stringify(request));
  const answer = JSON.parse(await runPython("txn_compare.py", [file], packages)) as Record<string, Comparison>;
  const differences = Object.values(answer).flatMap((one) => one.differences);
  if (differences.length > 0) throw new Error(`the peer's files are not ours: ${differences.join("; ")}`);
  return Object.entries(answer)
    .map(([output, { records }]) => `${output} ${records}`)
    .join(", ");
}
