/** Renders the chart as Helm does, for tests to look at or to install. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { ensureBinaries } from "../../cluster/build-binaries.ts";
import { run } from "../../cluster/command.ts";
import { newProgress } from "../../cluster/progress.ts";

/** The folder of the chart. */
export const chartFolder = join(import.meta.dirname, "../../../charts/openreg");

/** The namespace that the tests install into. */
export const releaseNamespace = "openreg-system";

/** One object of the chart; only what every object has is typed. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the schema of the kind promises.
  readonly [field: string]: any;
}

/** Renders the chart with these values. Throws a ClusterError with Helm's words when Helm refuses them. */
export async function renderChart(values: object = {}): Promise<readonly Manifest[]> {
  return withValues(values, async (file) => {
    const text = await helm(["template", "openreg", chartFolder, "--namespace", releaseNamespace, "--values", file]);
    return parseAllDocuments(text).flatMap((document) => (document.toJSON() as Manifest | null) ?? []);
  });
}

/** Lints the chart with these values and gives Helm's words. Throws a ClusterError when it finds an error or warning. */
export async function lintChart(values: object = {}): Promise<string> {
  return withValues(values, (file) => helm(["lint", "--strict", chartFolder, "--values", file]));
}

async function helm(args: readonly string[]): Promise<string> {
  const binaries = await ensureBinaries(["helm"], newProgress());
  return run(binaries.helm, args);
}

async function withValues<T>(values: object, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "openreg-values-"));
  try {
    const file = join(folder, "values.json");
    await writeFile(file, JSON.stringify(values));
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The one object of that kind and name; throws when there is none. */
export function manifestOf(manifests: readonly Manifest[], kind: string, name: string, namespace?: string): Manifest {
  const found = manifests.find(
    (one) =>
      one.kind === kind &&
      one.metadata.name === name &&
      (namespace ?? one.metadata.namespace) === one.metadata.namespace,
  );
  if (!found) throw new Error(`the chart renders no ${kind} ${name}`);
  return found;
}
