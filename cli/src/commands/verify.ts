/** `openreg verify`: whether a store still holds what its runs proved, without asking anybody. */
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ParseArgsOptionsConfig } from "node:util";
import { visible } from "@openreg/language";
import { type Command, parsedArguments, print } from "../command-line.ts";
import { type Manifest, readPlacedManifests } from "../manifests.ts";
import { counted } from "../tables.ts";
import { UsageError } from "../usage-error.ts";
import { type PublicKeys, readPublicKeys, type SignedRun } from "../verify/check-signatures.ts";
import { type Verdict, verifyStore } from "../verify/verify-store.ts";

const usage = `openreg verify STORE [--run NAME] [-f PATH …] [--key FILE …] [--json]

Checks a store offline: every object that evidence names is there with its size and sha256; chains of evidence are whole and in order;
receipts belong to intents, intents to filings, filings to runs; sequences have no gap but void numbers; nothing was added.
STORE is the folder of a store, or the folder of one run in it; with --run only what is about that run is checked. With ReportRuns among
the files of -f (kubectl get reportruns -o yaml) their signatures are checked too, against the public keys of --key (PEM) and of the
ConfigMap openreg-evidence-keys among those files.
Each deviation is a line: what it is, where, and what to do. Exit codes: 0 all as proven, 1 deviations, 2 it could not begin.`;

const options = {
  run: { type: "string" },
  file: { type: "string", short: "f", multiple: true, default: [] },
  key: { type: "string", multiple: true, default: [] },
  json: { type: "boolean", default: false },
} satisfies ParseArgsOptionsConfig;

/** The command. */
export const verifyCommand: Command = { usage, start };

async function start(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsedArguments(args, options);
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0)
    throw new UsageError("name one folder: that of a store, or of a run in it");
  const manifests = values.file.length > 0 ? await manifestsOf(values.file) : [];
  const { folder, run } = await storeOf(path, values.run);
  const runs = manifests.filter(({ kind }) => kind === "ReportRun").map(signedRun);
  const verdict = await verifyStore({ folder, run, runs, keys: await keysOf(values.key, manifests) });
  if (values.json) await print(JSON.stringify({ folder, ...(run !== undefined && { run }), ...verdict }));
  else await show(verdict);
  console.error(summaryOf(verdict, runs.length));
  return verdict.deviations.length > 0 ? 1 : 0;
}

async function show({ deviations, remarks }: Verdict): Promise<void> {
  for (const { code, where, message } of deviations) await print(visible(`${where}: ${code}: ${message}`));
  for (const { where, message } of remarks) console.error(visible(`${where}: ${message}`));
}

function summaryOf({ objects, links, signed, deviations, remarks }: Verdict, runs: number): string {
  const signatures =
    runs > 0 ? `${counted(signed, "signature")} right` : "no signatures checked (name ReportRuns with -f)";
  return `${counted(objects, "object")}, ${counted(links, "link")}, ${signatures}: ${counted(deviations.length, "deviation")}, ${counted(remarks.length, "remark")}`;
}

/** The folder of a run lies in `runs/<name>/<uid>` of its store. */
async function storeOf(
  path: string,
  run: string | undefined,
): Promise<{ readonly folder: string; readonly run: string | undefined }> {
  const folder = resolve(path);
  const [, store, name] = /^(.*)[/\\]runs[/\\]([^/\\]+)(?:[/\\][^/\\]+)?$/.exec(folder) ?? [];
  const isStore = await stat(join(folder, "runs")).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isStore || store === undefined || name === undefined) return { folder, run };
  if (run !== undefined && run !== name) throw new UsageError(`${path} is the folder of run ${name}, not of ${run}`);
  return { folder: store, run: name };
}

/** Objects of the files; a list of kubectl stands for its items. */
async function manifestsOf(paths: readonly string[]): Promise<readonly Manifest[]> {
  const { placed, errors } = await readPlacedManifests(paths);
  const [error] = errors;
  if (error) throw new UsageError(`${error.file.path}: ${error.message}`);
  return placed.flatMap(({ manifest }) => {
    const { items } = manifest as { readonly items?: unknown };
    return manifest.kind.endsWith("List") && Array.isArray(items) ? (items as Manifest[]) : [manifest];
  });
}

interface RunObject extends Manifest {
  readonly metadata: { readonly name?: string; readonly uid?: string };
  readonly status?: { readonly state?: string; readonly evidence?: SignedRun["evidence"] };
}

function signedRun({ metadata, status }: RunObject): SignedRun {
  return {
    name: metadata.name ?? "",
    uid: metadata.uid ?? "",
    state: status?.state ?? "",
    evidence: status?.evidence,
  };
}

async function keysOf(paths: readonly string[], manifests: readonly Manifest[]): Promise<PublicKeys> {
  const named = await Promise.all(
    paths.map((path) =>
      readFile(path, "utf8").catch((cause) => {
        throw new UsageError(`${path} cannot be read: name a public key in PEM form`, { cause });
      }),
    ),
  );
  const published = manifests
    .filter(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "openreg-evidence-keys")
    .flatMap(({ data = {} }) => Object.values(data));
  try {
    return readPublicKeys([...named, ...published]);
  } catch (cause) {
    throw new UsageError("a public key cannot be read: it is not in PEM form", { cause });
  }
}
