/** Owns how a file under test reaches a reader written in Python. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runPython } from "../peers/python.ts";

/** What the reader prints about the file, as JSON. */
export async function readWith(script: string, file: Uint8Array, args: readonly string[] = []): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "openreg-format-"));
  try {
    const path = join(folder, script.endsWith("xlsx.py") ? "file.xlsx" : "file");
    await writeFile(path, file);
    return JSON.parse(await runPython(script, [path, ...args]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
