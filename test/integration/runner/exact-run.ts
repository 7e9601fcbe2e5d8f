/** Owns a run over the table of extremes that writes every format, and what independent readers find in its files. */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition } from "@openreg/crds";
import { type LocalEnd, runLocally, secretsInMemory } from "@openreg/runner";
import type { Row } from "../../../runner/src/connectors/connector.ts";
import { readWith } from "../../conformance/read-with.ts";
import {
  computedColumns,
  declaredColumns,
  type ExactColumn,
  storedColumns,
  textsOf,
} from "../../fixtures/exact-table.ts";
import type { PostgresqlPeer } from "../../peers/postgresql.ts";
import { newDefinitionFor, newPlan } from "./test-plan.ts";

type Output = Definition["outputs"][number];

const id: ExactColumn = { header: "id", type: { kind: "int" }, value: "row.id", sql: "id::text" };
const small = (name: string): ExactColumn => ({
  header: name,
  type: { kind: "string" },
  value: `row.${name}`,
  sql: name,
});
/** With the text as far as it can be held. */
const withText = (name: string) => [id, small(name), ...storedColumns.slice(1), ...computedColumns];

/** The columns of each format; fixed width and cells cannot hold every text. */
export const columnsOf = {
  csv: withText("text"),
  array: withText("text"),
  lines: withText("text"),
  xml: withText("text"),
  fixed: withText("line"),
  book: withText("cell"),
} as const;

/** How wide a column of the fixed-width file is. */
export const fixedWidth = 80;
const namespace = "urn:example:extremes";
const fields = computedColumns.map(({ header, value }) => ({ name: header, value }));
const isField = new Set(computedColumns.map(({ header }) => header));
/** A column of an output reads the field of its name. */
const expressionOf = ({ header, value }: ExactColumn) => (isField.has(header) ? `row.${header}` : value);

function output(name: keyof typeof columnsOf, format: Partial<Output>): Output {
  return { name, from: "trades", fileName: `${name}.file`, whenEmpty: "Fail", ...format };
}

const headed = (columns: readonly ExactColumn[]) =>
  columns.map((one) => ({ header: one.header, value: expressionOf(one) }));
const named = (columns: readonly ExactColumn[]) =>
  columns.map((one) => ({ name: one.header, value: expressionOf(one) }));
const dialect = { columnNames: true, delimiter: ",", quote: "Minimal", newline: "LF", bom: false } as const;

/** Types whose text depends on settings of the session. */
const unset = {
  share: "id::float8 / 3",
  lasts: "make_interval(months => 14, secs => id)",
  raw: "decode(md5(id::text), 'hex')",
};
const dated = ["id", "amount", ...Object.keys(unset)].map((name) => ({ header: name, value: `row.${name}` }));

const outputs: readonly Output[] = [
  output("csv", { csv: { ...dialect, formulas: "Keep", columns: headed(columnsOf.csv) } }),
  output("array", { json: { form: "Array", columns: named(columnsOf.array) } }),
  output("lines", { json: { form: "Lines", columns: named(columnsOf.lines) } }),
  output("xml", {
    xml: {
      namespaces: [{ prefix: "e", uri: namespace }],
      recordAt: "e:extremes/row",
      choices: [{ elements: columnsOf.xml.map((one) => ({ at: `values/${one.header}`, value: expressionOf(one) })) }],
    },
  }),
  output("fixed", {
    fixedWidth: {
      newline: "CRLF",
      columns: columnsOf.fixed.map((one) => ({
        ...{ value: expressionOf(one), width: fixedWidth, pad: " " },
        align: one.type.kind === "string" ? "Left" : "Right",
      })),
    },
  }),
  output("book", { xlsx: { sheets: [{ name: "Rows", from: "trades", columns: headed(columnsOf.book) }] } }),
  {
    ...{ name: "dated", from: "trades", fileName: "dated_{run.createdAt:yyyyMMddHHmmss}.csv", whenEmpty: "Fail" },
    csv: { ...dialect, formulas: "Keep", header: ["{run.createdAt}"], columns: dated },
  },
];

/** The table, the run and its files. */
export interface ExactRun {
  readonly end: LocalEnd;
  readonly storeFolder: string;
  readonly file: (name: keyof typeof columnsOf) => Promise<Buffer>;
  /** What the database says of the columns of an output. */
  readonly said: (name: keyof typeof columnsOf) => Promise<readonly Row[]>;
  readonly remove: () => Promise<void>;
}

/** Rules, and how many threads work on rows. */
export interface ExactOptions {
  readonly rules?: Definition["rules"];
  readonly lanes?: number;
}

/** Runs the Report over the table `extremes`. */
export async function runOverExtremes(
  database: Pick<PostgresqlPeer, "host" | "port" | "database" | "reader" | "sql">,
  { rules = [], lanes }: ExactOptions = {},
): Promise<ExactRun> {
  const storeFolder = await mkdtemp(join(tmpdir(), "openreg-exact-"));
  const also = Object.entries(unset).map(([name, sql]) => `${sql} AS ${name}`);
  const query = `SELECT *, coalesce(exact, 0) AS exact0, coalesce(amount, 0) AS amount0, ${also.join()} FROM extremes`;
  const columns = [
    ...declaredColumns,
    ...Object.keys(unset).map((name) => ({ name, type: "String", required: true, personal: false })),
  ];
  const inputs = [{ name: "trades", sql: { connector: "warehouse", query }, columns }];
  const definition = newDefinitionFor(database, query, { inputs, fields, rules, outputs: [...outputs] });
  const endpoint = `${database.host}:${database.port}`;
  const secrets = secretsInMemory({ "connectors/warehouse": { ...database.reader, endpoint } });
  const end = await runLocally({
    ...{ plan: newPlan(definition), storeFolder, secrets, show: () => {} },
    ...(lanes !== undefined && { lanes }),
  });
  const file = (name: keyof typeof columnsOf) => {
    const artifact = end.execution.artifacts.find((one) => one.output === name);
    return readFile(join(storeFolder, artifact?.key ?? `nothing of ${name}`));
  };
  return {
    end,
    storeFolder,
    file,
    said: (name) => textsOf(database, columnsOf[name]),
    remove: () => rm(storeFolder, { recursive: true, force: true }),
  };
}

/** What lxml finds: one list of cells per record. */
export async function readXml(file: Uint8Array): Promise<unknown> {
  const at = (name: string) => `{${namespace}}${name}`;
  const names = columnsOf.xml.map(({ header }) => `${at("values")}/${at(header)}`);
  return readWith("read_xml.py", file, [at("row"), ...names]);
}

/** Lets PostgreSQL read a CSV file into two tables by COPY: `copied`, of the types of `extremes`, and `texts`, of text. */
export async function copyBack(database: PostgresqlPeer, csv: Uint8Array): Promise<void> {
  const path = join(database.folder, "rows.csv");
  await writeFile(path, csv);
  await chmod(path, 0o644);
  const names = columnsOf.csv.map(({ header }) => header);
  const kept = ["id", ...storedColumns.map(({ header }) => header)];
  await database.sql(`
    SET TimeZone = 'America/St_Johns';
    CREATE TABLE texts (${names.map((name) => `${name} text`).join()});
    COPY texts FROM '${path}' (FORMAT csv, HEADER);
    CREATE TABLE copied AS SELECT ${kept.join()} FROM extremes WITH NO DATA;
    ALTER TABLE copied ${computedColumns.map(({ header }) => `ADD ${header} text`).join()};
    COPY copied FROM '${path}' (FORMAT csv, HEADER)`);
}

/** How many rows of the table COPY did not read back to the same values, in either direction. */
export async function lostRows(database: PostgresqlPeer): Promise<number> {
  const names = ["id", ...storedColumns.map(({ header }) => header)].join();
  const [own, back] = [`SELECT ${names} FROM extremes`, `SELECT ${names} FROM copied`];
  const [row] = await database.sql(
    `SELECT count(*) FROM ((${own} EXCEPT ALL ${back}) UNION ALL (${back} EXCEPT ALL ${own})) AS lost`,
  );
  return Number(row?.[0]);
}
