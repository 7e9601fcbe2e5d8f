/** The demo without a cluster: the example's report by the runner's own code, from an embedded PostgreSQL or one that is named. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runReport } from "../../cli/src/local-run.ts";
import { readManifests } from "../../cli/src/manifests.ts";
import { tablesOf } from "../../cli/src/tables.ts";
import type { Progress } from "../../test/cluster/progress.ts";
import { dailyTradesFolder, onAddress } from "../../test/fixtures/daily-trades.ts";
import { namedDatabase, startSample } from "../../test/fixtures/sample-database.ts";

const businessDate = "2026-04-01";
const tradesPerDate = 50_000;
const storeFolder = join(import.meta.dirname, "../../.openreg/local-store");

/** Runs the example on this machine; true when its files were made. `url` names a PostgreSQL that has the example's table; without it one is embedded. */
export async function runLocally(progress: Progress, url: string | undefined): Promise<boolean> {
  const database =
    url === undefined
      ? await progress.step("filling the sample database", () => startSample(businessDate, tradesPerDate))
      : namedDatabase(url);
  try {
    await mkdir(storeFolder, { recursive: true });
    const manifests = onAddress(await readManifests([dailyTradesFolder]), database);
    const request = { manifests, businessDate, mode: "Test", parameters: {}, storeFolder, show: () => {} } as const;
    const end = await progress.step("running daily-trades", () => runReport(request));
    console.log(`\n${tablesOf(end.execution)}\n\n${end.message.code}: ${end.message.message}`);
    const [artifact] = end.execution.artifacts;
    if (artifact) console.log(`The file: ${join(storeFolder, artifact.key)}`);
    return end.exitCode === 0;
  } finally {
    await database.stop();
  }
}
