/** Bundles operator and runner for fault plans, as the image does; a mutation is bundled with one of its guards taken out. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

const root = join(import.meta.dirname, "../..");

/** One change of the sources: the text must be there exactly once. */
export interface Patch {
  /** Path from the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The programs of one bundle. */
export interface Bundles {
  readonly operator: string;
  readonly runner: string;
}

/** Bundles into a folder. Throws when a patch does not fit: then the guard has moved, and the list of mutations must follow. */
export async function bundlePrograms(folder: string, patches: readonly Patch[] = []): Promise<Bundles> {
  await mkdir(folder, { recursive: true });
  const used = new Set<Patch>();
  await build({
    entryPoints: [
      { in: "operator/src/main.ts", out: "operator" },
      { in: "operator/src/check-worker.ts", out: "check-worker" },
      { in: "runner/src/main.ts", out: "runner" },
      { in: "runner/src/rows/lane-worker.ts", out: "lane-worker" },
    ],
    absWorkingDir: root,
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node26",
    external: ["*.node", "cpu-features", "pg-native", "supports-color", "bufferutil", "utf-8-validate"],
    define: {
      "import.meta.url": "importMetaUrl",
      "import.meta.filename": "__filename",
      "import.meta.dirname": "__dirname",
    },
    banner: { js: `const importMetaUrl = require("node:url").pathToFileURL(__filename).href;` },
    keepNames: true,
    logLevel: "error",
    plugins: patches.length > 0 ? [patching(patches, used)] : [],
  });
  const unused = patches.filter((patch) => !used.has(patch));
  if (unused.length > 0) throw new Error(`nothing bundles ${unused.map(({ file }) => file).join(", ")}`);
  return { operator: join(folder, "operator.cjs"), runner: join(folder, "runner.cjs") };
}

function patching(patches: readonly Patch[], used: Set<Patch>): Plugin {
  return {
    name: "patches",
    setup({ onLoad }) {
      onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
        const wanted = patches.filter(({ file }) => join(root, file) === path);
        if (wanted.length === 0) return undefined;
        let contents = await readFile(path, "utf8");
        for (const patch of wanted) {
          const parts = contents.split(patch.find);
          if (parts.length !== 2) throw new Error(`${patch.file} has ${parts.length - 1} times: ${patch.find}`);
          contents = parts.join(patch.replace);
          used.add(patch);
        }
        return { contents, loader: "ts" };
      });
    },
  };
}
