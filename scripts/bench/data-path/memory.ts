/** Measures the memory of whole runs with all three outputs: the sum of all processes, at two numbers of rows. */
import { newMeasure } from "../measure.ts";
import type { Bench, Part } from "../part.ts";
import { alternate } from "../rounds.ts";
import { count } from "../txn/count.ts";
import { txnOutputs } from "../txn/txn-report.ts";
import { rowsOf } from "./amounts.ts";
import { bundleProgram } from "./bundle-program.ts";
import { runTxn } from "./txn-run.ts";

const mostMegabytes = 600;

/** Peak memory against what is promised, and against that of fewer rows. */
export const memoryPart: Part = {
  name: "memory",
  section: "data-path",
  async run(bench) {
    const [small, large] = bench.isQuick ? [50_000, 200_000] : [200_000, 1_000_000];
    const program = await bundleProgram("report-process", bench.folder);
    const of = async (amount: number) => {
      const businessDate = await rowsOf(bench, amount);
      return () => peakMegabytes(bench, { program, businessDate });
    };
    const { reference, candidate } = await alternate({ reference: await of(small), candidate: await of(large) });
    const information = "resident bytes of all processes of the run, sampled every 50 ms; CSV, XLSX and XML";
    const peak = newMeasure({
      ...{ name: `peak memory at ${count(large)} rows against ${mostMegabytes} MB`, unit: "MB", information },
      ...{ reference: [mostMegabytes], candidate, gate: { limit: 1, side: "AtMost" } },
    });
    const growth = newMeasure({
      ...{ name: `peak memory at ${count(large)} rows against ${count(small)} rows`, unit: "MB", information },
      ...{ reference, candidate },
      // so few rows do not fill what is held at once
      ...(!bench.isQuick && { gate: { limit: 1.15, side: "AtMost" } as const }),
    });
    return { measures: [peak, growth], facts: {} };
  },
};

async function peakMegabytes(
  { database, folder, progress }: Bench,
  how: { readonly program: string; readonly businessDate: string },
): Promise<number> {
  const source = { ...how, folder, database: await database(), outputs: txnOutputs };
  const { peakBytes } = await progress.step("run", () => runTxn(source, (run) => run));
  return Math.round(peakBytes / 1e6);
}
