/** Owns the bundles of timed programs: the image runs bundles too, so the cost of reading TypeScript is not measured. */
import { join } from "node:path";
import { build } from "esbuild";

/** A program beside this file that runs as a process of its own. */
export type ProgramName = "report-process" | "stage-process" | "upload-process";

/** Bundles a program into a folder and gives its path. */
export async function bundleProgram(name: ProgramName, folder: string): Promise<string> {
  const outfile = join(folder, `${name}.cjs`);
  await build({
    ...{ entryPoints: [join(import.meta.dirname, `${name}.ts`)], outfile },
    ...{ bundle: true, platform: "node", format: "cjs", target: "node26", keepNames: true, logLevel: "warning" },
    external: ["*.node", "cpu-features", "pg-native"],
  });
  return outfile;
}
