/** Measures CSV, XLSX and XML together: a whole run of ours, beside the tuned Python peer that makes the same files. */
import { compared, newMeasure } from "../measure.ts";
import type { Bench, Part } from "../part.ts";
import { alternate, type Rounds } from "../rounds.ts";
import { count } from "../txn/count.ts";
import type { TxnDatabase } from "../txn/txn-database.ts";
import { txnOutputs } from "../txn/txn-report.ts";
import type { WatchedEnd } from "../watched-process.ts";
import { amountOf, checkSame, rowsOf } from "./amounts.ts";
import { bundleProgram } from "./bundle-program.ts";
import { compareWithPeer, type PeerRun, runPeer } from "./python-peer.ts";
import { digestsOf, runTxn, type TxnRun } from "./txn-run.ts";

const warmUpAmount = 50_000;
const comparedCells = { xlsx: 5_000 };

/** All three outputs, against pandas, openpyxl, lxml and RestrictedPython. */
export const peerPart: Part = {
  name: "peer",
  section: "data-path",
  async run(bench) {
    const amount = amountOf(bench);
    const place = {
      bench,
      database: await bench.database(),
      program: await bundleProgram("report-process", bench.folder),
    };
    const compared = await warmUp(place);
    const source = { ...place, businessDate: await rowsOf(bench, amount) };
    const { reference, candidate } = await measured(source);
    checkSame(
      "rows",
      [...reference, ...candidate].map(({ rows }) => rows.fetched),
      amount,
    );
    checkSame(
      "rows excluded",
      [...reference, ...candidate].map(({ rows }) => rows.excluded),
    );
    checkSame("what rules found", [...reference, ...candidate].map(findingsOf));
    checkSame("the digests of our files", candidate.map(digestsOf));
    const seconds = { reference: reference.map((one) => one.seconds), candidate: candidate.map((one) => one.seconds) };
    const name = `CSV, XLSX and XML of ${count(amount)} rows`;
    return {
      measures: [
        newMeasure({
          ...{ name: `${name}: speed against the Python peer`, unit: "s", isSpeed: true, ...seconds },
          ...{
            gate: { limit: 15, side: "AtLeast" },
            information: `${roundsText(reference)}; ${cpuText(reference, candidate)}; ${stagesText(reference[0])}`,
          },
        }),
        newMeasure({
          ...{ name: `${name}: peak memory against the Python peer`, unit: "MB", information: "all processes" },
          ...{ reference: reference.map(megabytes), candidate: candidate.map(megabytes) },
        }),
      ],
      facts: {
        PostgreSQL: place.database.version,
        ...reference[0]?.versions,
        "compared with the peer": compared,
        findings: findingsOf(candidate[0] as TxnRun),
        files: digestsOf(candidate[0] as TxnRun),
      },
    };
  },
};

interface Place {
  readonly bench: Bench;
  readonly database: TxnDatabase;
  readonly program: string;
}

/** Both sides once on fewer rows, as the peer takes minutes; all values of CSV and XML must be the same, and a sample of the cells. */
async function warmUp({ bench, database, program }: Place): Promise<string> {
  const { folder, progress } = bench;
  const source = { database, program, folder, businessDate: await rowsOf(bench, warmUpAmount) };
  const peer = await progress.step("peer, warm-up", () => runPeer(source, folder));
  return progress.step("comparing values", () =>
    runTxn({ ...source, outputs: txnOutputs }, (run) =>
      compareWithPeer(run, peer, { outputs: txnOutputs, limits: comparedCells, folder }),
    ),
  );
}

/** Three rounds of each; of a million rows the peer makes one only, between ours. */
async function measured({
  bench,
  database,
  program,
  businessDate,
}: Place & { readonly businessDate: string }): Promise<Rounds<PeerRun, TxnRun>> {
  const { folder, progress } = bench;
  const source = { database, businessDate, program, folder };
  const theirs = () => progress.step("peer", () => runPeer(source, folder));
  const ours = () => progress.step("run", () => runTxn({ ...source, outputs: txnOutputs }, (run) => run));
  await ours();
  if (bench.isQuick) return alternate({ reference: theirs, candidate: ours }, { warmUp: false });
  const first = await ours();
  const peer = await theirs();
  return { reference: [peer], candidate: [first, await ours(), await ours()] };
}

function findingsOf({ findings }: Pick<PeerRun | TxnRun, "findings">): string {
  return Object.entries(findings)
    .map(([rule, rows]) => `${rule} ${rows}`)
    .sort()
    .join(", ");
}

function roundsText(reference: readonly PeerRun[]): string {
  return reference.length === 1 ? "the peer ran once, as it takes minutes" : `${reference.length} rounds of each`;
}

function cpuText(reference: readonly WatchedEnd[], candidate: readonly WatchedEnd[]): string {
  const seconds = (side: readonly WatchedEnd[]) => side.map(({ cpuSeconds }) => cpuSeconds);
  return compared("processor time without the server's", seconds(reference), seconds(candidate));
}

function stagesText(peer: PeerRun | undefined): string {
  const stages = Object.entries(peer?.stageSeconds ?? {}).map(([name, seconds]) => `${name} ${seconds.toFixed(1)}`);
  return `the peer's stages in s: ${stages.join(", ")}`;
}

function megabytes({ peakBytes }: { readonly peakBytes: number }): number {
  return Math.round(peakBytes / 1e6);
}
