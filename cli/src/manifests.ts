/** Owns how definitions are read from YAML files and put in order by kind and name. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Document, LineCounter, parseAllDocuments, type YAMLError } from "yaml";
import { schemaProblems } from "./check-schema.ts";
import { UsageError } from "./usage-error.ts";
import { placeOf } from "./yaml-place.ts";

/** An object as a YAML file holds it. */
export interface Manifest {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string };
  readonly spec?: unknown;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
}

/** A file as it was read; lines and columns of offsets in `text` come from `lines`. */
export interface YamlFile {
  readonly path: string;
  readonly text: string;
  readonly lines: LineCounter;
}

/** An object with the place it was read from. */
export interface PlacedManifest {
  readonly file: YamlFile;
  readonly document: Document;
  readonly manifest: Manifest;
}

/** What was read, and where the files are no YAML or hold something that is no object. */
export interface ReadManifests {
  readonly placed: readonly PlacedManifest[];
  readonly errors: readonly ReadError[];
}

/** Why a file could not be read as objects, at an offset of its text. */
export interface ReadError {
  readonly file: YamlFile;
  readonly offset: number;
  readonly message: string;
}

/** Reads the YAML files of the paths; a folder stands for its `*.yaml` files. Throws UsageError that names the file and the line. */
export async function readManifests(paths: readonly string[]): Promise<readonly Manifest[]> {
  const { placed, errors } = await readPlacedManifests(paths);
  const [error] = errors;
  if (error) throw new UsageError(`${error.file.path}:${lineOf(error.file, error.offset)}: ${error.message}`);
  for (const one of placed) refuseUnfit(one);
  return placed.map(({ manifest }) => manifest);
}

/** The same, with the place of each object, and with errors as values. Throws UsageError for a path that cannot be read. */
export async function readPlacedManifests(paths: readonly string[]): Promise<ReadManifests> {
  if (paths.length === 0) throw new UsageError("name the files or folders of the definition with -f");
  const files = (await Promise.all(paths.map(filesOf))).flat();
  const read = await Promise.all([...new Set(files)].map(readOne));
  return { placed: read.flatMap(({ placed }) => placed), errors: read.flatMap(({ errors }) => errors) };
}

/** Line of an offset, from 1. */
export function lineOf({ lines }: YamlFile, offset: number): number {
  return Math.max(1, lines.linePos(offset).line);
}

async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((cause) => {
    throw new UsageError(`${path} cannot be read: it does not exist or is not open to you`, { cause });
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).sort();
  return names.map((name) => join(path, name));
}

async function readOne(path: string): Promise<ReadManifests> {
  const lines = new LineCounter();
  const text = await readFile(path, "utf8");
  const file = { path, text, lines };
  const documents = [...parseAllDocuments(text, { version: "1.1", lineCounter: lines, prettyErrors: false })];
  const read = documents.map((document) => manifestOf(document, file));
  return { placed: read.flatMap(({ placed }) => placed), errors: read.flatMap(({ errors }) => errors) };
}

function manifestOf(document: Document, file: YamlFile): ReadManifests {
  const offset = document.contents?.range?.[0] ?? 0;
  const failed = (message: string, at = offset): ReadManifests => ({
    placed: [],
    errors: [{ file, offset: at, message }],
  });
  const [error] = document.errors as readonly YAMLError[];
  if (error) return failed(error.message, error.pos[0]);
  try {
    const manifest = document.toJS() as Manifest | null;
    if (manifest === null) return { placed: [], errors: [] };
    if (typeof manifest !== "object" || typeof manifest.kind !== "string")
      return failed("a document has no kind; is it a Kubernetes object?");
    if (typeof manifest.metadata !== "object" || manifest.metadata === null)
      return failed(`${manifest.kind} has no metadata: give it a name`);
    return { placed: [{ file, document, manifest }], errors: [] };
  } catch (cause) {
    return failed(cause instanceof Error ? cause.message : String(cause)); // aliases that grow without end
  }
}

/** Refuses what a cluster would not take; the bound of kubectl on the size of objects does not matter here. */
function refuseUnfit(placed: PlacedManifest): void {
  const { manifest } = placed;
  const [problem] = schemaProblems(manifest).filter(({ code }) => code !== "TooLarge");
  if (!problem) return;
  const { path, message } = problem;
  const { file, line } = placeOf(placed, { path, source: "", line: 1, column: 1 });
  throw new UsageError(`${file}:${line}: ${manifest.kind} ${manifest.metadata.name}: ${path}: ${message}`);
}

/** The specs of one kind by name; a later manifest replaces an earlier one. */
export function specsOf<T>(manifests: readonly Manifest[], kind: string): ReadonlyMap<string, T> {
  return new Map(manifests.filter((one) => one.kind === kind).map((one) => [one.metadata.name ?? "", one.spec as T]));
}

/** The keys of the Secrets by name, as text. */
export function secretsOf(manifests: readonly Manifest[]): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const decoded = ({ data = {} }: Manifest) =>
    Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
  return new Map(
    manifests
      .filter((one) => one.kind === "Secret")
      .map((one) => [one.metadata.name ?? "", { ...decoded(one), ...one.stringData }]),
  );
}
