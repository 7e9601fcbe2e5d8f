/** Owns the reference of fetch and CSV: psql copies the query as the runner sends it, and what is hashed goes through tee. */
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { resolveDefinition } from "../../../cli/src/resolve-report.ts";
import { newQuery } from "../../../runner/src/connectors/postgresql/query.ts";
import type { TxnDatabase } from "../txn/txn-database.ts";
import { txnManifests } from "../txn/txn-report.ts";
import { type WatchedEnd, watch } from "../watched-process.ts";

/** What is copied. */
export interface CopySource {
  readonly database: TxnDatabase;
  readonly businessDate: string;
}

/** A copy that was hashed. */
export interface HashedCopy extends WatchedEnd {
  readonly sha256: string;
  readonly rows: number;
  readonly bytes: number;
}

/** Copies as CSV to nowhere: the least that psql can do with it. */
export async function copyAway(source: CopySource): Promise<WatchedEnd> {
  return psql(source, { form: "csv", line: '"$PSQL" -X -c "$COPY" > /dev/null' });
}

/** Copies as CSV into a file that is hashed on the way, and counts the rows of the file afterwards. */
export async function copyHashed(source: CopySource, folder: string): Promise<HashedCopy> {
  const file = join(folder, "copy.csv");
  const end = await psql(source, { form: "csv", line: '"$PSQL" -X -c "$COPY" | tee "$FILE" | sha256sum', file });
  const measured = await measureFile(file);
  await rm(file);
  return { ...end, ...measured, sha256: end.output.split(" ")[0] ?? "" };
}

/** The sha256 of the rows as text: values between tabs, `\N` for null. */
export async function copiedTextDigest(source: CopySource): Promise<string> {
  const end = await psql(source, { form: "text", line: '"$PSQL" -X -c "$COPY" | sha256sum' });
  return end.output.split(" ")[0] ?? "";
}

interface CopyForm {
  readonly form: "csv" | "text";
  readonly line: string;
  readonly file?: string;
}

async function psql({ database, businessDate }: CopySource, { form, line, file = "" }: CopyForm): Promise<WatchedEnd> {
  const { address, psql: program } = database;
  const copy = `\\copy (${await txnQuery(database, businessDate)}) to stdout (format ${form})`;
  const env = {
    ...{ PSQL: program, COPY: copy, FILE: file, PGPASSWORD: address.password, PGHOST: address.host },
    ...{ PGPORT: String(address.port), PGDATABASE: address.database, PGUSER: address.username },
    ...{ PGCLIENTENCODING: "UTF8", PGOPTIONS: "-c TimeZone=UTC" },
  };
  return watch({ program: "sh", args: ["-c", line], env });
}

/** The query as the runner sends it, on one line as psql wants it, with its values written into it. */
export async function txnQuery(database: TxnDatabase, businessDate: string): Promise<string> {
  const { inputs, record } = resolveDefinition(await txnManifests(database.address, ["csv"]), undefined);
  const [input] = inputs;
  if (!input || inputs.length > 1) throw new Error("the Report has more than one input: say which one psql copies");
  const isText = (name: string) => input.columns?.find((column) => column.name === name)?.type === "String";
  const { text, values } = newQuery({
    ...{ input: input.name, query: input.sql.query, columns: undefined, signal: new AbortController().signal },
    value: (name) => (name === "businessDate" ? businessDate : undefined),
    order: record.key.map((name) => ({ name, text: isText(name) })),
  });
  return text.replaceAll(/\s+/g, " ").replaceAll(/\$(\d+)/g, (_, number) => `'${values[Number(number) - 1]}'`);
}

/** Rows are lines, since no generated value holds a line break. */
async function measureFile(path: string): Promise<{ readonly rows: number; readonly bytes: number }> {
  let [rows, bytes] = [0, 0];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows += 1;
  }
  return { rows, bytes };
}
