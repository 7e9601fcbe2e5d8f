/** Owns how what a run left in the folder of a store is found and read: findings, and the evidence of what was made. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Finding, newFolderStore, newLineReader } from "@openreg/runner";
import type { Section } from "./comparison.ts";
import { UsageError } from "./usage-error.ts";

const findingsFile = "findings.ndjson.zst";
const evidenceFile = "evidence.json";
const checkpointFile = "checkpoints/artifacts.json";

/** The folder of a run: the one that is named, or the latest below it. Throws UsageError when there is none. */
export async function runFolderOf(path: string): Promise<string> {
  const folder = resolve(path);
  if (await isRunFolder(folder)) return folder;
  const below = await subfoldersOf(folder);
  const found = await Promise.all(
    below.map(async (one) => ((await isRunFolder(one)) ? { one, at: (await stat(one)).mtimeMs } : undefined)),
  );
  const [latest] = found.flatMap((one) => one ?? []).sort((first, second) => second.at - first.at);
  if (latest) return latest.one;
  throw new UsageError(
    `${path} is no folder of a run: it has no ${findingsFile}, ${evidenceFile} or ${checkpointFile}`,
  );
}

/** The folder of a run by its name in a store. Throws UsageError that lists the runs there are. */
export async function runFolderIn(store: string, run: string): Promise<string> {
  const runs = join(resolve(store), "runs");
  const names = (await subfoldersOf(runs)).map((one) => basename(one));
  if (names.includes(run)) return runFolderOf(join(runs, run));
  throw new UsageError(`there is no run '${run}' in ${store}; there are ${names.sort().join(", ") || "none"}`);
}

/** Says whether a path is the folder of a run, or holds folders of one. */
export async function holdsRun(path: string): Promise<boolean> {
  return runFolderOf(path).then(
    () => true,
    () => false,
  );
}

/** The findings of a run, in the order of its rows. Throws UsageError when there are none to read. */
export async function* findingsOf(folder: string): AsyncGenerator<Finding> {
  if (!(await exists(join(folder, findingsFile)))) throw new UsageError(`${folder} has no ${findingsFile}`);
  const { lines } = newLineReader(newFolderStore(dirname(folder)), `${basename(folder)}/${findingsFile}`);
  for await (const group of lines) for (const line of group) yield JSON.parse(line) as Finding;
}

/** What is compared of a run: its version, what it read, its rows, findings by rule, artifacts. */
export async function runSections(folder: string): Promise<readonly Section[]> {
  const evidence = (await readJson(join(folder, evidenceFile))) ?? {};
  const made = (await readJson(join(folder, checkpointFile))) ?? {};
  const { run = {}, version = {}, source, otherSources = [], rows = made.rows } = evidence;
  const { businessDate, mode, parameters } = run;
  const sources = [source, ...otherSources].flatMap((one) => (one ? [one] : []));
  const artifacts = evidence.artifacts ?? made.artifacts ?? [];
  return [
    { name: "RUN", parts: new Map(Object.entries({ businessDate, mode, parameters, version: version.contentHash })) },
    {
      name: "INPUTS",
      parts: new Map(sources.map((one) => [one.input, { rows: one.rows, sha256: one.snapshot?.sha256 }])),
    },
    { name: "ROWS", parts: new Map(Object.entries(rows ?? {})) },
    { name: "FINDINGS", parts: await countsByRule(folder) },
    {
      name: "ARTIFACTS",
      parts: new Map(
        artifacts.map(({ output, part, fileName, records, sizeBytes, sha256 }) => [
          part === undefined ? output : `${output} part ${part}`,
          { fileName, records, sizeBytes, sha256 },
        ]),
      ),
    },
  ];
}

/** What is read of evidence.json and of the checkpoint of a run that has none. */
interface RunRecord {
  readonly run?: { readonly businessDate?: string; readonly mode?: string; readonly parameters?: object };
  readonly version?: { readonly contentHash?: string };
  readonly source?: SourceRecord;
  readonly otherSources?: readonly SourceRecord[];
  readonly rows?: object;
  readonly artifacts?: readonly ArtifactRecord[];
}

interface SourceRecord {
  readonly input: string;
  readonly rows: number;
  readonly snapshot?: { readonly sha256: string };
}

interface ArtifactRecord {
  readonly output: string;
  readonly part?: number;
  readonly fileName: string;
  readonly records: number;
  readonly sizeBytes: number;
  readonly sha256: string;
}

async function countsByRule(folder: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  if (!(await exists(join(folder, findingsFile)))) return counts;
  for await (const { rule } of findingsOf(folder)) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return new Map([...counts].sort(([first], [second]) => (first < second ? -1 : 1)));
}

async function isRunFolder(folder: string): Promise<boolean> {
  const found = await Promise.all([findingsFile, evidenceFile, checkpointFile].map((one) => exists(join(folder, one))));
  return found.includes(true);
}

async function subfoldersOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []); // not there, or a file: it holds none
  return entries.filter((one) => one.isDirectory()).map(({ name }) => join(folder, name));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function readJson(path: string): Promise<RunRecord | undefined> {
  if (!(await exists(path))) return undefined;
  try {
    return JSON.parse(await readFile(path, "utf8")) as RunRecord;
  } catch (cause) {
    throw new UsageError(`${path} cannot be read as JSON`, { cause });
  }
}
