/** The bench: our ways beside plain ones on the same machine in the same minutes; it fails on ratios only. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { newProgress } from "../test/cluster/progress.ts";
import { clusterPart } from "./bench/cluster.ts";
import { dataPathParts } from "./bench/data-path/parts.ts";
import { load, machineFacts } from "./bench/machine-facts.ts";
import { type Bench, type Part, type PartResult, wantedParts } from "./bench/part.ts";
import { jsonOf, merged, type Results, remarksOf, resultsOf } from "./bench/results.ts";
import { scaleParts } from "./bench/scale/parts.ts";
import { factsText, pageWith, tableOf } from "./bench/show-results.ts";
import { openTxnDatabase, type TxnDatabase } from "./bench/txn/txn-database.ts";
import { root } from "./run-command.ts";

const parts: readonly Part[] = [...dataPathParts, clusterPart, ...scaleParts];

const usage = `npm run bench                       1,000,000 rows, and runs on a cluster
npm run bench -- --quick            200,000 rows
npm run bench -- --only NAME,…      ${[...new Set(parts.map(({ section }) => section))].join(", ")}
                                    or parts of them: ${parts.map(({ name }) => name).join(", ")}
npm run bench -- --json FILE        writes JSON, one line per measure
npm run bench -- --add FILE         the same, keeping what FILE has of other parts
npm run bench -- --page             writes the numbers into docs/performance.md
npm run bench -- --context NAME --image-repository REPO  the cluster of a kubeconfig context
Exit status 1: a gate is not met, its rounds lie too far apart, or a part could not be measured.`;

const page = join(root, "docs/performance.md");

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    json: { type: "string" },
    add: { type: "string" },
    page: { type: "boolean", default: false },
    context: { type: "string" },
    "image-repository": { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const progress = newProgress();

async function main(): Promise<void> {
  const wanted = wantedParts(parts, values.only);
  const before = load();
  const { measured, failures } = await measureAll(wanted);
  const facts = { ...(await machineFacts()), "load before": before, "load after": load() };
  const fresh: Results = { facts, sections: sectionsOf(measured) };
  const order = parts.map(({ name }) => name);
  const earlier = values.add !== undefined && existsSync(values.add) ? await readFile(values.add, "utf8") : undefined;
  const results = earlier === undefined ? fresh : merged(resultsOf(earlier), fresh, order);
  console.log(`\n${factsText(facts)}`);
  for (const section of fresh.sections) console.log(`\n${factsText(section.facts)}\n\n${tableOf(section)}`);
  const remarks = [...fresh.sections.flatMap(remarksOf), ...failures];
  for (const remark of remarks) console.log(`  ${remark}`);
  const file = values.json ?? values.add;
  if (file !== undefined) await writeFile(file, jsonOf(results));
  if (values.page) await writeFile(page, pageWith(await readFile(page, "utf8"), results));
  if (remarks.length > 0) process.exitCode = 1;
}

interface Measured {
  readonly part: Part;
  readonly result: PartResult;
}

/** A part that cannot be measured does not keep the others from it. */
async function measureAll(wanted: readonly Part[]): Promise<{ measured: Measured[]; failures: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "openreg-bench-"));
  let database: Promise<TxnDatabase> | undefined;
  const bench: Bench = {
    ...{ isQuick: values.quick, progress, folder },
    database: () => {
      database ??= progress.step("starting PostgreSQL", () => openTxnDatabase());
      return database;
    },
    cluster: { context: values.context, imageRepository: values["image-repository"] },
  };
  const measured: Measured[] = [];
  const failures: string[] = [];
  try {
    for (const part of wanted) {
      progress.say(part.name);
      try {
        measured.push({ part, result: await part.run(bench) });
      } catch (error) {
        failures.push(`${part.name}: not measured: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await (await database)?.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return { measured, failures };
}

function sectionsOf(measured: readonly Measured[]): Results["sections"] {
  const names = [...new Set(measured.map(({ part }) => part.section))];
  return names.map((name) => {
    const own = measured.filter(({ part }) => part.section === name);
    return {
      name,
      measures: own.flatMap(({ part, result }) => result.measures.map((one) => ({ part: part.name, ...one }))),
      facts: Object.assign({}, ...own.map(({ result }) => result.facts)),
    };
  });
}

try {
  if (values.help) console.log(usage);
  else await main();
} catch (error) {
  console.error(`\nThe bench failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
