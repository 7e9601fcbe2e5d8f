/** Owns Python with the readers that tests compare with: an environment of its own below the cache, made when first needed. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../cluster/command.ts";
import { cacheFolder } from "../cluster/config.ts";

const scripts = join(import.meta.dirname, "python");

/** What environments there are, by the file that pins their packages: readers for tests, and the peer of the bench. */
export type PythonPackages = "requirements.txt" | "txn-requirements.txt";

/** Where a script of `test/peers/python` is. */
export function pythonScript(name: string): string {
  return join(scripts, name);
}

/** Runs a script of `test/peers/python` and gives what it prints. Throws when there is no Python, or no way to its packages. */
export async function runPython(
  script: string,
  args: readonly string[],
  packages: PythonPackages = "requirements.txt",
): Promise<string> {
  return run(await ensurePython(packages), [pythonScript(script), ...args]);
}

/** The interpreter of an environment that holds what the file pins. */
export async function ensurePython(packages: PythonPackages = "requirements.txt"): Promise<string> {
  const requirements = join(scripts, packages);
  const name = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 12);
  const folder = join(cacheFolder, `python-${name}`);
  const interpreter = join(folder, "bin/python3");
  const mark = join(folder, "complete");
  if (existsSync(mark)) return interpreter;
  // half an environment has no mark
  await rm(folder, { recursive: true, force: true });
  await mkdir(cacheFolder, { recursive: true });
  const next = "Install Python 3 with venv and pip (Debian: python3-venv), and let pip reach its index.";
  await run("python3", ["-m", "venv", folder], { next });
  await run(interpreter, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements], {
    next,
  });
  await writeFile(mark, "");
  return interpreter;
}
