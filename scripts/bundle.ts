/** Bundles operator, runner and command line, each into one file that Node runs without node_modules, and gathers the licences of what is in them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build, type Metafile } from "esbuild";
import { root } from "./run-command.ts";

/** What is bundled: the name of the bundle, and the file that it begins with. */
const programs: Readonly<Record<string, string>> = {
  operator: "operator/src/main.ts",
  "check-worker": "operator/src/check-worker.ts",
  runner: "runner/src/main.ts",
  "lane-worker": "runner/src/rows/lane-worker.ts",
  openreg: "cli/src/main.ts",
};

/** Parts that their users do without: required inside `try`, or only on request. */
const leftOut = ["*.node", "cpu-features", "pg-native", "supports-color", "bufferutil", "utf-8-validate"];

/** CommonJS has no import.meta; these are its parts by other names. */
const importMeta = {
  "import.meta.url": "importMetaUrl",
  "import.meta.filename": "__filename",
  "import.meta.dirname": "__dirname",
};

const { values } = parseArgs({ options: { out: { type: "string", default: join(root, "dist") } } });
const folder = resolve(values.out);

const missing = Object.values(programs).filter((path) => !existsSync(join(root, path)));
if (missing.length > 0) fail(`there is nothing to bundle at ${missing.join(", ")}`);

const { files, metafile } = await bundled();
const licences = licencesOf(metafile);
replaceFolder(new Map([...files, ["THIRD-PARTY-LICENSES.txt", Buffer.from(licences.text)]]));
for (const [name, bytes] of files) {
  if (name.endsWith(".cjs")) console.log(`${name.padEnd(24)} ${(bytes.length / 1024).toFixed(0).padStart(6)} KiB`);
}
console.log(`licences of ${licences.packages} packages`);

async function bundled(): Promise<{ files: ReadonlyMap<string, Uint8Array>; metafile: Metafile }> {
  try {
    const result = await build({
      entryPoints: Object.entries(programs).map(([out, path]) => ({ in: path, out })),
      absWorkingDir: root,
      outdir: "dist",
      write: false,
      outExtension: { ".js": ".cjs" },
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node26",
      external: leftOut,
      define: importMeta,
      banner: { js: `const importMetaUrl = require("node:url").pathToFileURL(__filename).href;` },
      sourcemap: "linked",
      sourcesContent: false,
      keepNames: true,
      legalComments: "none",
      metafile: true,
      logLevel: "warning",
    });
    const files = result.outputFiles.map(({ path, contents }) => [basename(path), contents] as const);
    return { files: new Map(files), metafile: result.metafile };
  } catch (error) {
    fail(`esbuild could not bundle: ${(error as Error).message}`);
  }
}

/** The licence of each package that is in a bundle, as text; a package without one ends the script. */
function licencesOf({ inputs }: Metafile): { readonly text: string; readonly packages: number } {
  const packages = Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []);
  const parts = [...new Set(packages)].sort().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8"));
    const names = readdirSync(join(root, path)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
    const texts = names.sort().map((file) => readFileSync(join(root, path, file), "utf8").trim());
    if (texts.length === 0 && typeof license !== "string") fail(`${path} has no licence: leave it out of the bundle`);
    return [`${name} ${version} (${license ?? "see below"})`, "", ...texts].join("\n");
  });
  return { text: `${parts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`, packages: parts.length };
}

/** File by file, so that whoever reads the folder meanwhile finds each of them whole. */
function replaceFolder(wanted: ReadonlyMap<string, Uint8Array>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of wanted) {
    const path = join(folder, name);
    if (existsSync(path) && readFileSync(path).equals(bytes)) continue;
    const isProgram = Buffer.from(bytes.subarray(0, 2)).toString() === "#!";
    writeFileSync(`${path}.${process.pid}`, bytes, { mode: isProgram ? 0o755 : 0o644 });
    renameSync(`${path}.${process.pid}`, path);
  }
  for (const name of readdirSync(folder)) {
    if (!wanted.has(name)) rmSync(join(folder, name), { recursive: true });
  }
}

function fail(message: string): never {
  console.error(`bundle: ${message}`);
  process.exit(1);
}
