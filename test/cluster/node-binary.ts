/** Brings the Node binary that goes into images, from the npm registry's platform package. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isExecutable, run } from "./command.ts";
import { cacheFolder, versions } from "./config.ts";
import type { Progress } from "./progress.ts";

/** The path of the Node binary for Linux on this processor, brought into the cache where scripts/node keeps it too. */
export async function ensureNodeBinary(progress: Progress): Promise<string> {
  const name = `node-linux-${process.arch === "arm64" ? "arm64" : "x64"}`;
  const folder = join(cacheFolder, `node-${versions.node}`);
  const binary = join(folder, "node_modules", name, "bin", "node");
  if (await isExecutable(binary)) return binary;
  await mkdir(folder, { recursive: true });
  const flags = ["--no-save", "--no-audit", "--no-fund", "--force", "--loglevel=error"];
  const next = "Check that the npm registry can be reached, then try again.";
  await progress.step(`bringing Node ${versions.node}`, () =>
    run("npm", ["install", "--prefix", folder, ...flags, `${name}@${versions.node}`], { next }),
  );
  return binary;
}
