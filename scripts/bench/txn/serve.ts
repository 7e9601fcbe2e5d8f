/** Keeps the bench's database running and leaves requests for `report-process.ts` beside it, for work on one stage by hand. */
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundleProgram } from "../data-path/bundle-program.ts";
import { openTxnDatabase } from "./txn-database.ts";
import { txnManifests, txnOutputs } from "./txn-report.ts";

const usage = `scripts/node scripts/bench/txn/serve.ts [--rows 50000,200000] [--folder FOLDER]
until SIGINT. In the folder: report-process.cjs, and for each amount csv-AMOUNT.json and all-AMOUNT.json:
  mkdir -p STORE && scripts/node FOLDER/report-process.cjs FOLDER/all-200000.json   (the request names STORE)`;

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "50000,200000" },
    folder: { type: "string", default: join(tmpdir(), "openreg-txn") },
    help: { type: "boolean", default: false },
  },
});

async function serve(folder: string, amounts: readonly number[]): Promise<void> {
  const database = await openTxnDatabase();
  process.on("SIGINT", () => void database.stop());
  process.on("SIGTERM", () => void database.stop());
  await mkdir(folder, { recursive: true });
  console.log(`program  ${await bundleProgram("report-process", folder)}`);
  for (const amount of amounts) {
    const businessDate = await database.generate(amount);
    for (const [name, outputs] of [
      ["csv", ["csv"]],
      ["all", txnOutputs],
    ] as const) {
      const storeFolder = join(folder, "store");
      const request = { manifests: await txnManifests(database.address, outputs), businessDate, storeFolder };
      const file = join(folder, `${name}-${amount}.json`);
      await writeFile(file, JSON.stringify(request));
      console.log(`request  ${file}`);
    }
  }
  const { host, port, username, password } = database.address;
  console.log(`database postgresql://${username}:${password}@${host}:${port}/postgres, version ${database.version}`);
}

if (values.help) console.log(usage);
else await serve(values.folder, values.rows.split(",").map(Number));
