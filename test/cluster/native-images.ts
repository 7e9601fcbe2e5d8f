/** Brings images from buildah's store into the native cluster, each content once. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildah, writeArchive } from "./buildah.ts";
import { stateFolder } from "./config.ts";
import { importArchive } from "./containerd.ts";
import type { Progress } from "./progress.ts";

/** Loads a built image under its tag; one that is there with the same content is left alone. */
export async function loadImage(tag: string, progress: Progress): Promise<void> {
  const id = (await buildah(["inspect", "--type", "image", "--format", "{{.FromImageID}}", tag])).trim();
  const record = join(stateFolder, "images", encodeURIComponent(tag));
  if ((await readFile(record, "utf8").catch(() => "")) === id) return;
  const archive = join(stateFolder, "images", `${encodeURIComponent(tag)}.${process.pid}.tar`);
  await mkdir(join(stateFolder, "images"), { recursive: true });
  await progress.step(`loading image ${tag} into the cluster`, async () => {
    await writeArchive(tag, archive);
    await importArchive(archive);
  });
  await rm(archive);
  await writeFile(record, id);
}
