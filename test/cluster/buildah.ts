/** Runs buildah with a store of our own, so that the user's images stay untouched and `down` has nothing to find. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { run, succeeds } from "./command.ts";
import { cacheFolder } from "./config.ts";
import { ensurePrograms, imagePrograms } from "./packages.ts";
import type { Progress } from "./progress.ts";

const store = join(cacheFolder, "containers");
const log = join(cacheFolder, "logs", "buildah.log");

let driver: Promise<string> | undefined;

/** Runs one buildah command; throws a ClusterError with its log. */
export async function buildah(args: readonly string[]): Promise<string> {
  return run("buildah", [...(await storeOptions()), ...args], { log, env: { BUILDAH_ISOLATION: "chroot" } });
}

/** Whether an image of that name is in the store. */
export async function isBuilt(tag: string): Promise<boolean> {
  return succeeds("buildah", [...(await storeOptions()), "inspect", "--type", "image", tag]);
}

/** Installs what building images needs. */
export const ensureBuildah = (progress: Progress) => ensurePrograms(imagePrograms, progress);

/** Writes an image to a docker-archive, whose layers are not compressed: packing would take longer than loading. Replaces the file. */
export async function writeArchive(tag: string, path: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await rm(path, { force: true });
  await buildah(["push", tag, `docker-archive:${path}:${tag}`]);
}

/** Pushes an image to a registry, under the reference given; credentials are those buildah finds. */
export async function pushImage(tag: string, reference: string): Promise<void> {
  await buildah(["push", tag, `docker://${reference}`]);
}

async function storeOptions(): Promise<readonly string[]> {
  driver ??= chooseDriver();
  const name = await driver;
  return ["--root", join(store, name), "--runroot", "/run/openreg-buildah", "--storage-driver", name];
}

/** Overlay where the kernel and the disk can do it, plain copies elsewhere. */
async function chooseDriver(): Promise<string> {
  const options = [
    "--root",
    join(store, "overlay"),
    "--runroot",
    "/run/openreg-buildah",
    "--storage-driver",
    "overlay",
  ];
  return (await succeeds("buildah", [...options, "images"])) ? "overlay" : "vfs";
}
