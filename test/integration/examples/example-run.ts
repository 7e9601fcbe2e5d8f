/** Runs an example of the folder `examples` by the code of `openreg run`, on an embedded database filled by its data.sql. */
import { spawnSync } from "node:child_process";
import { glob, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newLineReader } from "@openreg/runner";
import { runReport } from "../../../cli/src/local-run.ts";
import { type Manifest, readManifests } from "../../../cli/src/manifests.ts";
import { writeSchema } from "../../../runner/src/schema-check/schema-text.ts";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { onAddress } from "../../fixtures/daily-trades.ts";
import { type SampleDatabase, startEmbedded } from "../../fixtures/sample-database.ts";

/** When every run of the examples is said to be created. */
const createdAt = "2026-04-02T05:30:00Z";

/** An example with its database. */
export interface Example {
  readonly folder: string;
  readonly database: SampleDatabase;
  /** What its YAML files say, with the stand-in for the schema. */
  readonly manifests: readonly Manifest[];
}

/** Starts the database of an example; `statements` fill it after its data.sql. Stop `database` at the end. */
export async function startExample(name: string, statements: string): Promise<Example> {
  const folder = join(import.meta.dirname, "../../../examples", name);
  const tables = await readFile(join(folder, "data.sql"), "utf8");
  const database = await startEmbedded((db) => db.exec(`${tables}\n${statements}`));
  const manifests = onAddress(await readManifests([folder, join(folder, "testdata")]), database);
  return { folder, database, manifests };
}

/** What a run left: how it ended, its files by name, and which row keys each rule found. */
export interface ExampleEnd {
  readonly code: string;
  readonly message: string;
  readonly rows: unknown;
  readonly files: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
}

/** One finding as the store keeps it. */
export interface Finding {
  readonly rule: string;
  readonly severity: string;
  readonly recordKey: Readonly<Record<string, string>>;
  readonly columns: Readonly<Record<string, string | null>>;
  readonly reference?: object;
  readonly undecided?: string;
}

/** Runs the example for a business date; its store is gone afterwards. */
export async function runExample({ manifests }: Example, businessDate: string): Promise<ExampleEnd> {
  const storeFolder = await mkdtemp(join(tmpdir(), "openreg-example-"));
  try {
    const request = { manifests, businessDate, mode: "Test", parameters: {}, storeFolder, createdAt } as const;
    const end = await runReport({ ...request, show: () => {} });
    const { artifacts, rows } = end.execution;
    const files = artifacts.map(async ({ fileName, key }) => [
      fileName,
      await readFile(join(storeFolder, key), "utf8"),
    ]);
    return {
      code: end.message.code,
      message: end.message.message,
      rows,
      files: Object.fromEntries(await Promise.all(files)),
      findings: await readFindings(storeFolder),
    };
  } finally {
    await rm(storeFolder, { recursive: true, force: true });
  }
}

async function readFindings(storeFolder: string): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for await (const key of glob("runs/*/*/findings.ndjson.zst", { cwd: storeFolder }))
    for await (const lines of newLineReader(newFolderStore(storeFolder), key).lines)
      found.push(...lines.map((line) => JSON.parse(line) as Finding));
  return found;
}

/** What `xmllint --stream` says of a document against the example's schema; an empty text when it is valid. */
export async function schemaRemarks({ manifests }: Example, document: string): Promise<string> {
  const text = manifests.find(({ kind }) => kind === "ConfigMap")?.data?.["bundle.xsd"] ?? "";
  const folder = await mkdtemp(join(tmpdir(), "openreg-schema-"));
  try {
    const schema = await writeSchema(text, join(folder, "schema"));
    const args = ["--stream", "--noout", "--nonet", "--schema", schema, "-"];
    const { status, stderr, error } = spawnSync("xmllint", args, { input: document, encoding: "utf8" });
    if (error) throw error;
    return status === 0 ? "" : stderr;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
