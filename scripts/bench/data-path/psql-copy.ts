/** The reference of the data path: psql copies the query of the run as CSV into a file that is hashed on the way. */
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readManifests } from "../../cli/src/manifests.ts";
import { resolveDefinition } from "../../cli/src/resolve-report.ts";
import { newQuery } from "../../runner/src/connectors/postgresql/query.ts";
import { dailyTradesFolder } from "../../test/fixtures/daily-trades.ts";
import type { Trades } from "./bench-database.ts";
import type { DataRound } from "./data-path.ts";
import { watch } from "./watched-process.ts";

/** What is copied, and where to. */
export interface CopySource {
  readonly database: Trades;
  readonly businessDate: string;
  readonly folder: string;
}

/** Gives the function that copies once. */
export async function newCopy({ database, businessDate, folder }: CopySource): Promise<() => Promise<DataRound>> {
  const file = join(folder, "copy.csv");
  const { address, psql } = database;
  const command = `\\copy (${await queryOf(businessDate)}) to stdout csv`;
  const env = {
    ...{ PSQL: psql, COPY: command, FILE: file, PGPASSWORD: address.password },
    ...{ PGHOST: address.host, PGPORT: String(address.port), PGDATABASE: address.database, PGUSER: address.username },
    ...{ PGCLIENTENCODING: "UTF8", PGOPTIONS: "-c TimeZone=UTC" },
  };
  const line = '"$PSQL" -X -c "$COPY" | tee "$FILE" | sha256sum';
  return async () => {
    const end = await watch({ program: "sh", args: ["-c", line], env });
    const { rows, bytes } = await measureFile(file);
    await rm(file);
    const information = `${(bytes / 1e6).toFixed(0)} MB of CSV`;
    return { ...end, sha256: end.output.split(" ")[0] ?? "", rows, information };
  };
}

/** The query as the runner sends it, on one line as psql wants it, with its values written into it. */
async function queryOf(businessDate: string): Promise<string> {
  const { inputs, record } = resolveDefinition(await readManifests([dailyTradesFolder]), undefined);
  const [input] = inputs;
  if (!input || inputs.length > 1) throw new Error("the example has more than one input: say which one psql copies");
  const isText = (name: string) => input.columns?.find((column) => column.name === name)?.type === "String";
  const { text, values } = newQuery({
    ...{ input: input.name, query: input.sql.query, columns: undefined, signal: new AbortController().signal },
    value: (name) => (name === "businessDate" ? businessDate : undefined),
    order: record.key.map((name) => ({ name, text: isText(name) })),
  });
  return text.replaceAll(/\s+/g, " ").replaceAll(/\$(\d+)/g, (_, number) => `'${values[Number(number) - 1]}'`);
}

/** Rows are lines, since no value of the generated trades holds a line break. */
async function measureFile(path: string): Promise<{ readonly rows: number; readonly bytes: number }> {
  let [rows, bytes] = [0, 0];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows += 1;
  }
  return { rows, bytes };
}
