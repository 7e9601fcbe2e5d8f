/** Owns how definitions are read from YAML files and put in order by kind and name. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Document, isMap, isNode, isSeq, LineCounter, type Node, parseAllDocuments, type YAMLError } from "yaml";
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
  /** Where it stands in the document; default the document is all of it. */
  readonly node?: Node;
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
  const whole = document.contents ?? undefined;
  const [error] = document.errors as readonly YAMLError[];
  if (error) return failed(file, error.message, error.pos[0]);
  try {
    return objectsIn({ file, document, node: whole }, document.toJS());
  } catch (cause) {
    return failed(file, cause instanceof Error ? cause.message : String(cause), offsetOf(whole)); // aliases that grow without end
  }
}

type Place = Pick<PlacedManifest, "file" | "document"> & { readonly node: Node | undefined };

function failed(file: YamlFile, message: string, offset: number): ReadManifests {
  return { placed: [], errors: [{ file, offset, message }] };
}

function offsetOf(node: Node | undefined): number {
  return node?.range?.[0] ?? 0;
}

/** The object that stands there, or the objects of a List. */
function objectsIn({ node, ...place }: Place, value: unknown): ReadManifests {
  const refused = (message: string) => failed(place.file, message, offsetOf(node));
  if (value === null) return { placed: [], errors: [] };
  const manifest = value as Partial<Manifest> & { readonly items?: unknown };
  if (typeof value !== "object" || typeof manifest.kind !== "string")
    return refused("a document has no kind; is it a Kubernetes object?");
  if (manifest.apiVersion === "v1" && manifest.kind === "List") return itemsIn({ node, ...place }, manifest.items);
  if (typeof manifest.metadata !== "object" || manifest.metadata === null)
    return refused(`${manifest.kind} has no metadata: give it a name`);
  return { placed: [{ ...place, ...(node && { node }), manifest: manifest as Manifest }], errors: [] };
}

/** What `kubectl get -o yaml` writes, and `kubectl apply` takes. */
function itemsIn({ node, ...place }: Place, items: unknown): ReadManifests {
  if (!Array.isArray(items)) return failed(place.file, "a List has no items", offsetOf(node));
  const list = isMap(node) ? node.get("items", true) : undefined;
  const read = items.map((item, index) => {
    const own = isSeq(list) ? list.items[index] : undefined;
    return objectsIn({ ...place, node: isNode(own) ? own : node }, item);
  });
  return { placed: read.flatMap(({ placed }) => placed), errors: read.flatMap(({ errors }) => errors) };
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
