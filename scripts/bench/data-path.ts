/** Measures the data path: PostgreSQL to CSV with ten rules, beside psql that copies the same query to a file and hashes it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Progress } from "../../test/cluster/progress.ts";
import { openTrades, type Trades } from "./bench-database.ts";
import { bundleReportProcess } from "./bundle-report-process.ts";
import { newCopy } from "./copy-reference.ts";
import { type Measure, median, newMeasure } from "./measure.ts";
import { newReport } from "./report-candidate.ts";
import type { Section } from "./results.ts";
import { alternate } from "./rounds.ts";
import type { WatchedEnd } from "./watched-process.ts";

/** A round of a side: its time and memory, and what it made. */
export interface DataRound extends WatchedEnd {
  readonly sha256: string;
  /** Rows read. */
  readonly rows: number;
  /** What the side says about its own round. */
  readonly information: string;
}

const title = "Data path: PostgreSQL to CSV";
const absences =
  "Absent: TLS, network delay (loopback), delivery, the limits of a container. " +
  "On our side only: ten row rules, two computed fields, a compressed snapshot of the rows, files synced to disk.";

/** Measures at both numbers of rows; the first is the smaller one. */
export async function measureDataPath(amounts: readonly [number, number], progress: Progress): Promise<Section> {
  const folder = await mkdtemp(join(tmpdir(), "openreg-bench-"));
  const database = await progress.step("starting PostgreSQL", () => openTrades());
  try {
    const program = await bundleReportProcess(folder);
    const [small, large] = amounts;
    const first = await measureAmount({ database, program, folder, amount: small, progress });
    const second = await measureAmount({ database, program, folder, amount: large, progress });
    const memory = newMeasure({
      ...{ name: `peak memory at ${count(large)} against ${count(small)} rows`, unit: "MB" },
      ...{ reference: first.peakMegabytes, candidate: second.peakMegabytes },
      information: "all processes of the run, sampled every 50 ms; both sides are ours",
    });
    return {
      ...{ name: "data-path", title, absences, measures: [first.time, second.time, memory] },
      facts: { PostgreSQL: database.version, data: [first.data, second.data].join("; ") },
    };
  } finally {
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Setting {
  readonly database: Trades;
  readonly program: string;
  readonly folder: string;
  readonly amount: number;
  readonly progress: Progress;
}

interface AmountResult {
  readonly time: Measure;
  readonly peakMegabytes: readonly number[];
  readonly data: string;
}

async function measureAmount(setting: Setting): Promise<AmountResult> {
  const { database, amount, progress } = setting;
  const businessDate = await progress.step(`generating ${count(amount)} trades`, () => database.generate(amount));
  const source = { ...setting, businessDate };
  const [copy, report] = [await newCopy(source), await newReport(source)];
  const told = (side: string, run: () => Promise<DataRound>) => async () => {
    const round = await run();
    progress.say(`${side}: ${round.seconds.toFixed(2)} s, ${megabytes(round)} MB; ${round.information}`);
    return round;
  };
  const rounds = await alternate({ reference: told("psql", copy), candidate: told("report", report) });
  checkSame("rows", [...rounds.reference, ...rounds.candidate], ({ rows }) => rows, amount);
  const copied = checkSame("the sha256 of the copy", rounds.reference, ({ sha256 }) => sha256);
  checkSame("the sha256 of the artifact", rounds.candidate, ({ sha256 }) => sha256);
  const seconds = (side: readonly DataRound[]) => side.map((one) => one.seconds);
  const time = newMeasure({
    ...{ name: `time at ${count(amount)} rows`, unit: "s" },
    ...{ reference: seconds(rounds.reference), candidate: seconds(rounds.candidate) },
    information: `${count(Math.round(amount / median(seconds(rounds.candidate))))} rows/s; ${middle(rounds.candidate)?.information}`,
  });
  const data = `${count(amount)} trades of ${businessDate}, sha256 ${copied?.slice(0, 12)}`;
  return { time, peakMegabytes: rounds.candidate.map(megabytes), data };
}

/** The round that took the median time. */
function middle(side: readonly DataRound[]): DataRound | undefined {
  const time = median(side.map(({ seconds }) => seconds));
  return side.find(({ seconds }) => seconds === time);
}

/** Gives the value that all rounds have; a time from outputs that differ is worth nothing, so it throws. */
function checkSame<T>(
  what: string,
  rounds: readonly DataRound[],
  of: (round: DataRound) => T,
  expected = rounds.map(of)[0],
): T | undefined {
  const values = rounds.map(of);
  if (values.some((one) => one !== expected))
    throw new Error(`${what} differs between rounds: ${values.join(", ")}; it must be ${expected} in each`);
  return expected;
}

function megabytes({ peakBytes }: WatchedEnd): number {
  return Math.round(peakBytes / 1e6);
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
