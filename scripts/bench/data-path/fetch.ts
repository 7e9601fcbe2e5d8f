/** Measures fetching: rows of the runner's connector in memory, beside psql that copies the same query. */
import { newMeasure } from "../measure.ts";
import type { Part } from "../part.ts";
import { alternate } from "../rounds.ts";
import { count } from "../txn/count.ts";
import { amountOf, checkSame, rowsOf } from "./amounts.ts";
import { bundleProgram } from "./bundle-program.ts";
import { copiedTextDigest, copyAway } from "./psql-copy.ts";
import { runStage } from "./stage.ts";

/** Fetch to rows, against `psql \copy … csv`. */
export const fetchPart: Part = {
  name: "fetch",
  section: "data-path",
  async run(bench) {
    const amount = amountOf(bench);
    const [database, businessDate] = [await bench.database(), await rowsOf(bench, amount)];
    const program = await bundleProgram("stage-process", bench.folder);
    const source = { database, businessDate, program, folder: bench.folder };
    const digest = await bench.progress.step("comparing all values", () => runStage(source, "digest"));
    checkSame("the sha256 of the rows", [digest.sha256 ?? "", await copiedTextDigest(source)]);
    const { reference, candidate } = await alternate({
      reference: async () => (await copyAway(source)).seconds,
      candidate: () => runStage(source, "fetch"),
    });
    checkSame(
      "rows",
      candidate.map(({ rows }) => rows),
      amount,
    );
    const measure = newMeasure({
      ...{ name: `fetch of ${count(amount)} rows: speed against psql \\copy`, unit: "s", isSpeed: true },
      ...{ reference, candidate: candidate.map(({ seconds }) => seconds), gate: { limit: 0.9, side: "AtLeast" } },
      information: "connecting included, the start of Node not; psql's rows go to /dev/null",
    });
    return {
      measures: [measure],
      facts: {
        PostgreSQL: database.version,
        rows: `${count(amount)} of ${businessDate}, sha256 ${digest.sha256?.slice(0, 12)}`,
      },
    };
  },
};
