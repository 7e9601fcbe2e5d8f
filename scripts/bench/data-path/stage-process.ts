/** The program of single stages: fetches, judges, or compares the keys of all rows, and says in JSON how long that took. */
import { createHash, type Hash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Definition } from "@openreg/crds";
import { compileRowProgram, newRunValues } from "@openreg/language";
import type { Manifest } from "../../../cli/src/manifests.ts";
import { resolveDefinition } from "../../../cli/src/resolve-report.ts";
import type { Piece, Row } from "../../../runner/src/connectors/connector.ts";
import { connectorKindOf } from "../../../runner/src/connectors/registry.ts";
import type { Credentials } from "../../../runner/src/credentials.ts";
import { newNetwork } from "../../../runner/src/network/address-guard.ts";
import { newLaneSpec } from "../../../runner/src/rows/lane-spec.ts";
import { joinedKey } from "../../../runner/src/rows/unique-key.ts";
import { UniqueRules } from "../../../runner/src/rules/unique-rules.ts";

/** What the program reads from the file that its first argument names. */
export interface StageRequest {
  readonly stage: "fetch" | "digest" | "rules" | "unique";
  readonly manifests: readonly Manifest[];
  readonly businessDate: string;
  readonly credentials: { readonly username: string; readonly password: string };
}

/** What the program prints. */
export interface StageAnswer {
  readonly rows: number;
  /** Of the stage alone, without the start of Node. */
  readonly seconds: number;
  /** Processor time of the process in the stage. */
  readonly cpuSeconds: number;
  readonly sha256?: string;
  /** Rows that a rule does not pass; rows whose key was there before. */
  readonly found?: number;
  /** Processor time of the same rows without the rules: what it takes to check each value against its type. */
  readonly cpuSecondsWithout?: number;
}

/** Rows are judged as they come; to hold all of them would time the collection of garbage that no run has. */
const heldRows = 20_000;
const passes = 20;
const keyColumns = ["tx_id", "isin"];

async function main(): Promise<void> {
  const request = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as StageRequest;
  const definition = resolveDefinition(request.manifests, undefined);
  console.log(JSON.stringify(await stages[request.stage](request, definition)));
}

type Stage = (request: StageRequest, definition: Definition) => Promise<StageAnswer>;

const stages: Readonly<Record<StageRequest["stage"], Stage>> = {
  fetch: (request, definition) => timed(() => read(request, definition, makeTexts)),
  digest: async (request, definition) => {
    const hash = createHash("sha256");
    const answer = await timed(() => read(request, definition, (piece) => addText(hash, piece)));
    return { ...answer, sha256: hash.digest("hex") };
  },
  rules: async (request, definition) => {
    const rows: Row[] = [];
    await read(request, definition, (piece) => {
      if (rows.length < heldRows) rows.push(...piece);
    });
    const [judge, decode] = [newJudge(request, definition), newJudge(request, { ...definition, rules: [] })];
    let found = 0;
    const pass = async (act: (row: Row) => number): Promise<number> => {
      for (const row of rows) if (act(row) !== 0) found += 1;
      return rows.length;
    };
    await pass(judge); // until both are compiled as far as they will be
    await pass(decode);
    const judged: StageAnswer[] = [];
    const decoded: StageAnswer[] = [];
    for (let round = 0; round < passes; round += 1) {
      judged.push(await timed(() => pass(judge)));
      decoded.push(await timed(() => pass(decode)));
    }
    return { ...sumOf(judged), found, cpuSecondsWithout: sumOf(decoded).cpuSeconds };
  },
  unique: async (request, definition) => {
    const { columns = [] } = definition.inputs[0] ?? {};
    const positions = keyColumns.map((name) => columns.findIndex((column) => column.name === name));
    const keys: (readonly string[])[] = [];
    await read(request, definition, (piece) => {
      for (const row of piece) keys.push(positions.map((position) => row[position] ?? ""));
    });
    keys.push(keys[0] ?? []); // the first row once more, at the end
    let found = 0;
    const answer = await timed(async () => {
      found = repeatsIn(keys);
      return keys.length - 1;
    });
    return { ...answer, found };
  },
};

async function timed(act: () => Promise<number>): Promise<StageAnswer> {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const rows = await act();
  const { user, system } = process.cpuUsage(cpu);
  return { rows, seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
}

function sumOf(answers: readonly StageAnswer[]): StageAnswer {
  const sum = (of: (answer: StageAnswer) => number) => answers.reduce((total, answer) => total + of(answer), 0);
  return { rows: sum((one) => one.rows), seconds: sum((one) => one.seconds), cpuSeconds: sum((one) => one.cpuSeconds) };
}

/** Reads the input by the runner's connector, connecting included. */
async function read(request: StageRequest, definition: Definition, take: (piece: Piece) => void): Promise<number> {
  const [settings, input] = [definition.connectors[0], definition.inputs[0]];
  if (!settings || !input) throw new Error("the Report has no input");
  const { credentials: values } = request;
  const credentials: Credentials = {
    certificateAuthority: undefined,
    optional: (key) => values[key as keyof typeof values],
    required: (key) => values[key as keyof typeof values],
  };
  const network = newNetwork({ allowLoopback: true, apiServer: [] });
  const source = await connectorKindOf(settings)
    .newConnector(settings, credentials, network)
    .read({
      ...{ input: input.name, query: input.sql.query, columns: input.columns?.map(({ name }) => name) },
      value: (name) => (name === "businessDate" ? request.businessDate : undefined),
      order: definition.record.key.map((name) => ({ name, text: true })),
      signal: new AbortController().signal,
    });
  let rows = 0;
  for await (const piece of source.pieces) {
    rows += piece.length;
    take(piece);
    piece.release();
  }
  return rows;
}

/** A piece holds bytes until somebody asks for its rows. */
function makeTexts(piece: Piece): void {
  for (const row of piece) if (row.length === 0) throw new Error("a row has no values");
}

/** The text form of COPY, so that psql's digest of the same query must be the same. */
function addText(hash: Hash, piece: Piece): void {
  const text = (value: string | null) => value?.replaceAll("\\", "\\\\").replaceAll("\t", "\\t") ?? "\\N";
  for (const row of piece) hash.update(`${row.map(text).join("\t")}\n`);
}

/** Says how many of a row's rules do not pass. */
function newJudge({ businessDate }: StageRequest, definition: Definition): (row: Row) => number {
  const { name: input = "", columns = [] } = definition.inputs[0] ?? {};
  const parameters = Object.fromEntries(definition.parameters.map((one) => [one.name, one.default ?? ""]));
  const values = newRunValues({
    ...{ report: definition.report, series: definition.report, timeZone: definition.timeZone, businessDate },
    ...{ createdAt: "2026-04-20T06:00:00Z", mode: "Test", parameters },
  });
  const tables = { mappingSets: new Map(), inputs: new Map() };
  const { program } = newLaneSpec({ definition, input, columns, values, tables });
  const compiled = compileRowProgram({ ...program, outputs: [] });
  return (row) => compiled.evaluate(row);
}

/** As the runner does it for a rule `unique` whose equal rows may be anywhere. */
function repeatsIn(keys: readonly (readonly string[])[]): number {
  const rule = { id: "once", severity: "Blocking", columns: keyColumns, unique: { columns: keyColumns } } as const;
  const rules = [rule] as unknown as ConstructorParameters<typeof UniqueRules>[0]["rules"];
  const unique = new UniqueRules({ input: "txn", rules, neighbours: { names: [], positions: [] } });
  let found = 0;
  for (const [index, texts] of keys.entries()) {
    const key = joinedKey(texts);
    if (key !== null && unique.add(0, key, index + 1) > 0) found += 1;
  }
  unique.checkSize(keys.length);
  return found;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
