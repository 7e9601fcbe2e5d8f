/** Makes the two images that the native cluster itself runs, each one static program and nothing else. */

import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { buildah, ensureBuildah, writeArchive } from "./buildah.ts";
import { cacheFolder } from "./config.ts";
import type { Progress } from "./progress.ts";

/** The image of the first process of every Pod. */
export const pauseImage = "localhost/pause:1";
/** The image of the cluster's DNS server. */
export const corednsImage = "localhost/coredns:1";

/** The archive of an image that holds the program alone; made once per build of the program. */
export async function ensureScratchArchive(tag: string, program: string, progress: Progress): Promise<string> {
  const archive = join(cacheFolder, "images", `${basename(dirname(program))}.tar`);
  if (!existsSync(archive)) {
    await ensureBuildah(progress);
    await progress.step(`making image ${tag}`, () => make(tag, program, archive));
  }
  return archive;
}

async function make(tag: string, program: string, archive: string): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), "openreg-image-"));
  try {
    const name = basename(program);
    await copyFile(program, join(context, name));
    await writeFile(join(context, "Dockerfile"), `FROM scratch\nCOPY ${name} /${name}\nENTRYPOINT ["/${name}"]\n`);
    await buildah(["build", "--tag", tag, context]);
    await writeArchive(tag, archive);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
