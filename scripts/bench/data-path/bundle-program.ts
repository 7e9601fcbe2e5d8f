/** Owns the bundle of the timed program: the image runs bundles too, so the cost of reading TypeScript is not measured. */
import { join } from "node:path";
import { build } from "esbuild";

/** Bundles the program into a folder and gives its path. */
export async function bundleReportProcess(folder: string): Promise<string> {
  const outfile = join(folder, "report-process.cjs");
  await build({
    ...{ entryPoints: [join(import.meta.dirname, "report-process.ts")], outfile },
    ...{ bundle: true, platform: "node", format: "cjs", target: "node26", keepNames: true, logLevel: "warning" },
    external: ["*.node", "cpu-features", "pg-native"],
  });
  return outfile;
}
