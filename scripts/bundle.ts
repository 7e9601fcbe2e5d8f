/** Bundles operator and runner, each into one file that Node runs without node_modules, and gathers the licences of what is in them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { root } from "./run-command.ts";

/** What is bundled: the program's file, and the bundle that the image runs. */
const programs: Readonly<Record<string, string>> = {
  operator: "operator/src/main.ts",
  "check-worker": "operator/src/check-worker.ts",
  runner: "runner/src/main.ts",
};

/** Native parts that their users do without: required inside `try`, or only on request. */
const leftOut = ["*.node", "cpu-features", "pg-native"];

/** CommonJS has no import.meta; these are its parts by other names. */
const importMeta = {
  "import.meta.url": "importMetaUrl",
  "import.meta.filename": "__filename",
  "import.meta.dirname": "__dirname",
};

const folder = join(root, "dist");

const missing = Object.values(programs).filter((path) => !existsSync(join(root, path)));
if (missing.length > 0) fail(`there is nothing to bundle at ${missing.join(", ")}`);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
const metafile = await bundled();
const licences = licencesOf(metafile);
writeFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), licences.text);
for (const [path, { bytes }] of Object.entries(metafile.outputs)) {
  if (path.endsWith(".cjs")) console.log(`${path.padEnd(24)} ${(bytes / 1024).toFixed(0).padStart(6)} KiB`);
}
console.log(`licences of ${licences.packages} packages`);

async function bundled(): Promise<Metafile> {
  try {
    const result = await build({
      entryPoints: Object.entries(programs).map(([out, path]) => ({ in: path, out })),
      absWorkingDir: root,
      outdir: "dist",
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
    return result.metafile;
  } catch (error) {
    fail(`esbuild could not bundle: ${(error as Error).message}`);
  }
}

/** The licence of each package that is in a bundle, as text; a package without one ends the script. */
function licencesOf({ inputs }: Metafile): { readonly text: string; readonly packages: number } {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  );
  const parts = [...folders].sort().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8"));
    const files = readdirSync(join(root, path)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
    const texts = files.sort().map((file) => readFileSync(join(root, path, file), "utf8").trim());
    if (texts.length === 0 && typeof license !== "string") fail(`${path} has no licence: leave it out of the bundle`);
    return [`${name} ${version} (${license ?? "see below"})`, "", ...(texts.length > 0 ? texts : [license])].join("\n");
  });
  return { text: `${parts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`, packages: parts.length };
}

function fail(message: string): never {
  console.error(`bundle: ${message}`);
  process.exit(1);
}
