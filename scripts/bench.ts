/** The bench: our ways beside plain ones on the same machine in the same minutes; it prints ratios and fails on no number. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { newProgress } from "../test/cluster/progress.ts";
import { measureCluster } from "./bench/cluster.ts";
import { measureDataPath } from "./bench/data-path.ts";
import { load, machineFacts } from "./bench/machine-facts.ts";
import { factsText, jsonOf, pageWith, type Results, type Section, tableOf, warningsOf } from "./bench/results.ts";
import { root } from "./run-command.ts";

const usage = `npm run bench                       50,000 and 1,000,000 rows, and runs on a cluster
npm run bench -- --quick            50,000 and 200,000 rows
npm run bench -- --only PART        data-path or cluster
npm run bench -- --json FILE        writes JSON, one line per measure
npm run bench -- --page             writes the numbers into docs/performance.md
npm run bench -- --context NAME --image-repository REPO  the cluster of a kubeconfig context`;

const page = join(root, "docs/performance.md");

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    json: { type: "string" },
    page: { type: "boolean", default: false },
    context: { type: "string" },
    "image-repository": { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const progress = newProgress();

const { context, "image-repository": imageRepository } = values;

const parts: Readonly<Record<string, () => Promise<Section>>> = {
  "data-path": () => measureDataPath([50_000, values.quick ? 200_000 : 1_000_000], progress),
  cluster: () => measureCluster({ context, imageRepository, progress }),
};

async function main(): Promise<void> {
  const wanted = values.only === undefined ? Object.keys(parts) : [values.only];
  const before = load();
  const sections: Section[] = [];
  for (const name of wanted) sections.push(await partOf(name)());
  const facts = { ...(await machineFacts()), "load before": before, "load after": load() };
  const results: Results = { facts, sections };
  console.log(`\n${factsText(facts)}`);
  for (const section of sections) {
    console.log(`\n${factsText(section.facts)}\n\n${tableOf(section)}`);
    for (const warning of warningsOf(section)) console.log(`  WARNING ${warning}`);
  }
  if (values.json !== undefined) await writeFile(values.json, jsonOf(results));
  if (values.page) await writeFile(page, pageWith(await readFile(page, "utf8"), results));
}

function partOf(name: string): () => Promise<Section> {
  const part = parts[name];
  if (!part) throw new Error(`there is no part '${name}': --only takes ${Object.keys(parts).join(" or ")}`);
  return part;
}

try {
  if (values.help) console.log(usage);
  else await main();
} catch (error) {
  console.error(`\nThe bench failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
