/** Measures the rules by themselves: rows in memory, judged by the generated program on one core. */
import { newMeasure } from "../measure.ts";
import type { Part } from "../part.ts";
import { count } from "../txn/count.ts";
import { checkSame, rowsOf } from "./amounts.ts";
import { bundleProgram } from "./bundle-program.ts";
import { runStage } from "./stage.ts";

const amount = 200_000;
const rounds = 3;
/** Rows per second of one core that 20 rules must reach. */
const wantedSpeed = 1_000_000;

/** 20 rules, against a speed that is promised. */
export const rulesPart: Part = {
  name: "rules",
  section: "data-path",
  async run(bench) {
    const [database, businessDate] = [await bench.database(), await rowsOf(bench, amount)];
    const program = await bundleProgram("stage-process", bench.folder);
    const answers = [];
    for (let round = 0; round < rounds; round += 1)
      answers.push(await runStage({ database, businessDate, program, folder: bench.folder }, "rules"));
    checkSame(
      "rows that a rule does not pass",
      answers.map(({ found = 0 }) => found),
    );
    const unit = "rows/s";
    const information = `rows in memory, by processor time; ${answers[0]?.found} times a row does not pass a rule`;
    return {
      measures: [
        newMeasure({
          ...{ name: `20 rules: rows per second of a core against ${count(wantedSpeed)}`, unit, information },
          ...{ reference: [wantedSpeed], gate: { limit: 1, side: "AtLeast" } },
          candidate: answers.map(
            ({ rows, cpuSeconds, cpuSecondsWithout = 0 }) => rows / (cpuSeconds - cpuSecondsWithout),
          ),
        }),
        newMeasure({
          ...{ name: `20 rules and the check of 25 values against their types, against ${count(wantedSpeed)}`, unit },
          ...{
            reference: [wantedSpeed],
            candidate: answers.map(({ rows, cpuSeconds }) => rows / cpuSeconds),
            information,
          },
        }),
      ],
      facts: {},
    };
  },
};
