/** Owns the database of the data path's bench: a PostgreSQL of its own with the table `txn` and its generator. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DatabaseAddress } from "../../../test/fixtures/daily-trades.ts";
import { startPostgresql } from "../../../test/peers/postgresql.ts";

/** The running database. */
export interface TxnDatabase {
  readonly address: DatabaseAddress;
  readonly version: string;
  /** The psql of the same version; Debian's `psql` on PATH is a script that costs time. */
  readonly psql: string;
  /** Makes the rows of an amount, once, and gives the date that they were traded on: the same rows on every machine. */
  generate(amount: number): Promise<string>;
  stop(): Promise<void>;
}

/** The trade date of each amount; a run of that business date reads so many rows. */
export const tradeDates: Readonly<Record<number, string>> = {
  50000: "2026-04-01",
  200000: "2026-04-08",
  1000000: "2026-04-15",
};

/** Starts a server and loads the table. */
export async function openTxnDatabase(): Promise<TxnDatabase> {
  const peer = await startPostgresql();
  const text = async (sql: string) => (await peer.sql(sql))[0]?.[0] ?? "";
  try {
    await peer.sql(await readFile(join(import.meta.dirname, "txn.sql"), "utf8"));
    const version = await text("SHOW server_version");
    const { host, port, database, reader } = peer;
    const made = new Set<string>();
    return {
      ...{ address: { host, port, database, ...reader }, version, psql: await psqlOf(version) },
      generate: async (amount) => {
        const date = tradeDates[amount];
        if (!date)
          throw new Error(`there is no trade date for ${amount} rows: use ${Object.keys(tradeDates).join(", ")}`);
        if (made.has(date)) return date;
        made.add(date);
        await peer.sql(`SELECT generate_txn('${date}', ${amount})`);
        await peer.sql("VACUUM ANALYZE txn"); // hint bits and statistics now, not in the first round
        return date;
      },
      stop: peer.stop,
    };
  } catch (error) {
    await peer.stop();
    throw error;
  }
}

async function psqlOf(version: string): Promise<string> {
  const program = `/usr/lib/postgresql/${version.split(".")[0]}/bin/psql`;
  await promisify(execFile)(program, ["--version"]);
  return program;
}
