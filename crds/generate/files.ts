/** Owns how the generated files compare with those on disk. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type GeneratedFile, generatedFiles, generatedPlaces } from "./main.ts";

/** What has to change on disk: files to write, and paths of files that nothing generates any more. */
export interface Difference {
  readonly changed: readonly GeneratedFile[];
  readonly leftOver: readonly string[];
}

/** Generates everything in memory and compares it with the files below `root`. Writes nothing; throws GeneratorError. */
export function differenceOf(root: string): Difference {
  const textOf = (path: string) => readText(join(root, path));
  const wanted = generatedFiles(textOf);
  const paths = new Set(wanted.map(({ path }) => path));
  const present = generatedPlaces.flatMap(({ folder, ending }) =>
    namesIn(join(root, folder)).flatMap((name) => (name.endsWith(ending) ? [`${folder}/${name}`] : [])),
  );
  return {
    changed: wanted.filter(({ path, text }) => textOf(path) !== text),
    leftOver: present.filter((path) => !paths.has(path)),
  };
}

function readText(path: string): string | undefined {
  return orMissing(() => readFileSync(path, "utf8"));
}

function namesIn(folder: string): readonly string[] {
  return orMissing(() => readdirSync(folder)) ?? [];
}

function orMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
}
