/** Owns the database of the bench: a PostgreSQL of its own, with the example's table and generator. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type DatabaseAddress, dailyTradesFolder } from "../../test/fixtures/daily-trades.ts";
import { startPostgresql } from "../../test/peers/postgresql.ts";
import { nextBusinessDate } from "../demo/business-date.ts";

/** The running database. */
export interface Trades {
  readonly address: DatabaseAddress;
  readonly version: string;
  /** The psql of the same version; Debian's `psql` on PATH is a script that costs time. */
  readonly psql: string;
  /** Makes trades of a business date that has none yet, and gives the date: the same ones in every run. */
  generate(amount: number): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a server and loads the example's table. */
export async function openTrades(): Promise<Trades> {
  const peer = await startPostgresql();
  const text = async (sql: string) => (await peer.sql(sql))[0]?.[0] ?? "";
  try {
    await peer.sql(await readFile(join(dailyTradesFolder, "trades.sql"), "utf8"));
    const version = await text("SHOW server_version");
    const { host, port, database, reader } = peer;
    let last: string | undefined;
    return {
      ...{ address: { host, port, database, ...reader }, version, psql: await psqlOf(version) },
      generate: async (amount) => {
        last = nextBusinessDate(last);
        await peer.sql(`SELECT generate_trades('${last}', ${amount})`);
        await peer.sql("VACUUM ANALYZE trade"); // hint bits and statistics now, not in the first round
        return last;
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
