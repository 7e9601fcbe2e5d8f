/** Owns how definitions are read from YAML files and put in order by kind and name. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { apiVersion, kinds } from "@openreg/crds";
import { parseAllDocuments } from "yaml";
import { UsageError } from "./usage-error.ts";

/** An object as a YAML file holds it. */
export interface Manifest {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string };
  readonly spec?: unknown;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
}

/** Reads the YAML files of the paths; a folder stands for its `*.yaml` files. Throws UsageError that names the file and the line. */
export async function readManifests(paths: readonly string[]): Promise<readonly Manifest[]> {
  const files = (await Promise.all(paths.map(filesOf))).flat();
  return (await Promise.all(files.map(readFileManifests))).flat();
}

async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((cause) => {
    throw new UsageError(`${path} cannot be read: it does not exist or is not open to you`, { cause });
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).sort();
  return names.map((name) => join(path, name));
}

async function readFileManifests(file: string): Promise<readonly Manifest[]> {
  const documents = parseAllDocuments(await readFile(file, "utf8"), { version: "1.1" });
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new UsageError(`${file}: ${error.message}`);
    const manifest = document.toJS() as Manifest | null;
    if (manifest === null) return [];
    if (typeof manifest.kind !== "string")
      throw new UsageError(`${file}: a document has no kind; is it a Kubernetes object?`);
    return [checked(manifest, file)];
  });
}

/** Holds a manifest of ours against the schema of its kind; others pass. */
function checked(manifest: Manifest, file: string): Manifest {
  const kind = kinds.find((one) => one.kind === manifest.kind && manifest.apiVersion === apiVersion);
  if (!kind) return manifest;
  const result = kind.spec.safeParse(manifest.spec);
  if (result.success) return manifest;
  const [issue] = result.error.issues;
  const where = ["spec", ...(issue?.path ?? [])].join(".");
  throw new UsageError(`${file}: ${manifest.kind} ${manifest.metadata?.name}: ${where}: ${issue?.message}`);
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
