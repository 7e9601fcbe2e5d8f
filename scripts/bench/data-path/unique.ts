/** Measures how long it takes to find repeated keys among all rows, beside fetching the rows. */
import { newMeasure } from "../measure.ts";
import type { Part } from "../part.ts";
import { alternate } from "../rounds.ts";
import { count } from "../txn/count.ts";
import { amountOf, checkSame, rowsOf } from "./amounts.ts";
import { bundleProgram } from "./bundle-program.ts";
import { runStage } from "./stage.ts";

/** Repeated keys, against the fetch. */
export const uniquePart: Part = {
  name: "unique",
  section: "data-path",
  async run(bench) {
    const amount = amountOf(bench);
    const [database, businessDate] = [await bench.database(), await rowsOf(bench, amount)];
    const program = await bundleProgram("stage-process", bench.folder);
    const source = { database, businessDate, program, folder: bench.folder };
    const { reference, candidate } = await alternate({
      reference: () => runStage(source, "fetch"),
      candidate: () => runStage(source, "unique"),
    });
    checkSame(
      "repeated keys",
      candidate.map(({ found = 0 }) => found),
      1,
    );
    const measure = newMeasure({
      ...{ name: `repeated keys among ${count(amount)} rows: time against their fetch`, unit: "s" },
      ...{ reference: reference.map(({ seconds }) => seconds), candidate: candidate.map(({ seconds }) => seconds) },
      gate: { limit: 1, side: "Below" },
      information: "keys of two columns, anywhere; the last row repeats the first, and is found",
    });
    return { measures: [measure], facts: {} };
  },
};
