/** The demo without a cluster: the example's report by the runner's own code, from an embedded PostgreSQL or one that is named. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { runReport } from "../../cli/src/local-run.ts";
import { readManifests } from "../../cli/src/manifests.ts";
import { tablesOf } from "../../cli/src/tables.ts";
import type { Progress } from "../../test/cluster/progress.ts";
import { dailyTradesFolder, onAddress } from "../../test/fixtures/daily-trades.ts";

const businessDate = "2026-04-01";
const storeFolder = join(import.meta.dirname, "../../.openreg/local-store");

/** Where the sample database answers. */
export interface SampleDatabase {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  stop(): Promise<void>;
}

/** Runs the example on this machine; true when its files were made. `url` names a PostgreSQL that has the example's table; without it one is embedded. */
export async function runLocally(progress: Progress, url: string | undefined): Promise<boolean> {
  const database =
    url === undefined ? await progress.step("filling the sample database", startSample) : namedDatabase(url);
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

/** An embedded PostgreSQL with the example's table and 50,000 trades; it takes one connection at a time. */
async function startSample(): Promise<SampleDatabase> {
  const db = new PGlite();
  await db.exec(await readFile(join(dailyTradesFolder, "trades.sql"), "utf8"));
  await db.query("SELECT generate_trades($1, 50000)", [businessDate]);
  const server = new PGLiteSocketServer({ db, host: "127.0.0.1", port: 0 });
  const listening = new Promise<{ host: string; port: number }>((resolve) =>
    server.addEventListener("listening", (event) =>
      resolve((event as CustomEvent<{ host: string; port: number }>).detail),
    ),
  );
  await server.start();
  const { host, port } = await listening;
  const stop = async () => {
    await server.stop();
    await db.close();
  };
  return { host, port, database: "postgres", username: "postgres", password: "embedded", stop };
}

function namedDatabase(text: string): SampleDatabase {
  const url = new URL(text);
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    database: decodeURIComponent(url.pathname.slice(1)),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    stop: async () => {},
  };
}
