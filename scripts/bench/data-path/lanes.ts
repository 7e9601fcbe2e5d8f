/** Measures that lanes change nothing but the time: the files of one lane and of several must be the same bytes. */
import { availableParallelism } from "node:os";
import { newMeasure } from "../measure.ts";
import type { Part } from "../part.ts";
import { alternate } from "../rounds.ts";
import { count } from "../txn/count.ts";
import { txnOutputs } from "../txn/txn-report.ts";
import { amountOf, checkSame, rowsOf } from "./amounts.ts";
import { bundleProgram } from "./bundle-program.ts";
import { runTxn, type TxnRun } from "./txn-run.ts";

/** One lane, against as many as there are cores. */
export const lanesPart: Part = {
  name: "lanes",
  section: "data-path",
  async run(bench) {
    const { folder, progress } = bench;
    const amount = amountOf(bench);
    const source = {
      ...{ database: await bench.database(), businessDate: await rowsOf(bench, amount), folder, outputs: txnOutputs },
      program: await bundleProgram("report-process", folder),
    };
    const many = Math.max(2, availableParallelism());
    const withLanes = (lanes: number) => () =>
      progress.step(`run with ${lanes} lanes`, () => runTxn({ ...source, lanes }, (run) => run));
    const { reference, candidate } = await alternate(
      { reference: withLanes(1), candidate: withLanes(many) },
      { count: bench.isQuick ? 3 : 1, warmUp: bench.isQuick },
    );
    checkLanes(reference, 1);
    checkLanes(candidate, many);
    checkSame(
      "the files of one lane",
      reference.map((run) => filesOf(run).join()),
    );
    checkSame(
      "the files of several lanes",
      candidate.map((run) => filesOf(run).join()),
    );
    const [one, other] = [filesOf(reference[0]), filesOf(candidate[0])];
    const different = one.filter((file, index) => file !== other[index]).length;
    return {
      measures: [
        newMeasure({
          ...{ name: `files of ${count(amount)} rows that differ between 1 and ${many} lanes`, unit: "files" },
          ...{ reference: [one.length], candidate: [different], gate: { limit: 0, side: "AtMost" } },
          information: "CSV, XLSX and XML by their sha256, in every round",
        }),
        newMeasure({
          ...{ name: `CSV, XLSX and XML of ${count(amount)} rows: speed of ${many} lanes against 1`, unit: "s" },
          ...{ reference: reference.map(secondsOf), candidate: candidate.map(secondsOf), isSpeed: true },
          information: "whole runs",
        }),
      ],
      facts: {},
    };
  },
};

/** The same files from the same lanes would say nothing. */
function checkLanes(runs: readonly TxnRun[], wanted: number): void {
  const used = runs.map(({ lanes }) => lanes);
  if (used.some((lanes) => lanes !== wanted))
    throw new Error(
      `runs were asked to use ${wanted} lanes and used ${used.map((one) => one ?? "one only").join(", ")}`,
    );
}

function filesOf(run: TxnRun | undefined): readonly string[] {
  return [...(run?.artifacts ?? [])].map(([output, { sha256 }]) => `${output} ${sha256}`);
}

function secondsOf({ seconds }: TxnRun): number {
  return seconds;
}
