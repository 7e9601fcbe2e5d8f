/** Owns the bundles of timed programs: the image runs bundles too, so the cost of reading TypeScript is not measured. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** A program beside this file that runs as a process of its own. */
export type ProgramName = "report-process" | "stage-process" | "upload-process";

/** What runs in threads of a run, and is looked for beside the program. */
const laneWorker = join(import.meta.dirname, "../../../runner/src/rows/lane-worker.ts");

/** CommonJS has no import.meta; these are its parts by other names. */
const importMeta = {
  "import.meta.url": "importMetaUrl",
  "import.meta.filename": "__filename",
  "import.meta.dirname": "__dirname",
};

/** Bundles a program into a folder, with the thread it may start, and gives its path. */
export async function bundleProgram(name: ProgramName, folder: string): Promise<string> {
  await build({
    entryPoints: [
      { in: join(import.meta.dirname, `${name}.ts`), out: name },
      ...(existsSync(laneWorker) ? [{ in: laneWorker, out: "lane-worker" }] : []),
    ],
    ...{ outdir: folder, outExtension: { ".js": ".cjs" }, define: importMeta },
    banner: { js: `const importMetaUrl = require("node:url").pathToFileURL(__filename).href;` },
    ...{ bundle: true, platform: "node", format: "cjs", target: "node26", keepNames: true, logLevel: "warning" },
    external: ["*.node", "cpu-features", "pg-native"],
  });
  return join(folder, `${name}.cjs`);
}
