/** Measures CSV alone: a whole run with 20 rules, beside psql that copies the same query into a file and hashes it. */
import { compared, newMeasure } from "../measure.ts";
import type { Part } from "../part.ts";
import { alternate } from "../rounds.ts";
import { count } from "../txn/count.ts";
import type { WatchedEnd } from "../watched-process.ts";
import { amountOf, checkSame, rowsOf } from "./amounts.ts";
import { bundleProgram } from "./bundle-program.ts";
import { copyHashed } from "./psql-copy.ts";
import { digestsOf, runTxn } from "./txn-run.ts";

/** CSV only, against `psql \copy … csv | tee FILE | sha256sum`. */
export const csvPart: Part = {
  name: "csv",
  section: "data-path",
  async run(bench) {
    const { folder, progress } = bench;
    const amount = amountOf(bench);
    const [database, businessDate] = [await bench.database(), await rowsOf(bench, amount)];
    const program = await bundleProgram("report-process", folder);
    const { reference, candidate } = await alternate({
      reference: () => progress.step("psql", () => copyHashed({ database, businessDate }, folder)),
      candidate: () =>
        progress.step("run", () => runTxn({ database, businessDate, program, folder, outputs: ["csv"] }, (run) => run)),
    });
    checkSame("rows", [...reference.map(({ rows }) => rows), ...candidate.map(({ rows }) => rows.fetched)], amount);
    checkSame(
      "the sha256 of the copy",
      reference.map(({ sha256 }) => sha256),
    );
    checkSame("the sha256 of the file", candidate.map(digestsOf));
    const cpu = (side: readonly WatchedEnd[]) => side.map(({ cpuSeconds }) => cpuSeconds);
    const cpuText = compared("processor time without the server's", cpu(reference), cpu(candidate));
    const measure = newMeasure({
      ...{ name: `CSV of ${count(amount)} rows: time against psql \\copy | tee | sha256sum`, unit: "s" },
      ...{ reference: reference.map(({ seconds }) => seconds), candidate: candidate.map(({ seconds }) => seconds) },
      gate: { limit: 2.6, side: "AtMost" },
      information: `${((reference[0]?.bytes ?? 0) / 1e6).toFixed(0)} MB copied; ${candidate[0]?.rows.excluded} rows excluded; ${cpuText}`,
    });
    return {
      measures: [measure],
      facts: { PostgreSQL: database.version, "CSV only": digestsOf(candidate[0] as never) },
    };
  },
};
