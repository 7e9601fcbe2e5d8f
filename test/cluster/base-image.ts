/** Makes the image everything of ours is built from: Debian by debootstrap, xmllint and the Node binary, once. */
import { chmod, copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildah, ensureBuildah, isBuilt } from "./buildah.ts";
import { run } from "./command.ts";
import { cacheFolder, versions } from "./config.ts";
import { withLock } from "./lock.ts";
import { ensureNodeBinary } from "./node-binary.ts";
import type { Progress } from "./progress.ts";

const suite = "bookworm";

/** The reference to give as `ARG BASE_IMAGE`. */
// what is in it is part of its name: another list makes another image
export const baseImage = `localhost/openreg-base:${suite}-node${versions.node}-xmllint`;

/** Makes the base image unless it is in the store; `nodeBinary` defaults to the one scripts/node brings. */
export async function ensureBaseImage(progress: Progress, nodeBinary?: string): Promise<string> {
  await ensureBuildah(progress);
  if (await isBuilt(baseImage)) return baseImage;
  await withLock("base-image", progress, async () => {
    if (await isBuilt(baseImage)) return; // another script made it meanwhile
    const node = nodeBinary ?? (await ensureNodeBinary(progress));
    await progress.step(`making the base image ${baseImage}`, () => make(node));
  });
  return baseImage;
}

async function make(node: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "openreg-base-"));
  try {
    await chmod(folder, 0o755); // it becomes the image's root
    await installDebian(folder);
    await copyFile(node, join(folder, "usr/local/bin/node"));
    await chmod(join(folder, "usr/local/bin/node"), 0o755);
    await commit(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function commit(folder: string): Promise<void> {
  const container = (await buildah(["from", "scratch"])).trim();
  try {
    await buildah(["add", container, folder, "/"]);
    const path = "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
    await buildah(["config", "--cmd", "/usr/local/bin/node", "--env", path, container]);
    await buildah(["commit", container, baseImage]);
  } finally {
    await buildah(["rm", container]);
  }
}

async function installDebian(folder: string): Promise<void> {
  const log = join(cacheFolder, "logs", "debootstrap.log");
  const next = "Check that Debian's packages can be reached, then try again.";
  const include = "--include=ca-certificates,libatomic1,libxml2-utils";
  const mirror = await mirrorOfThisMachine();
  await run("debootstrap", ["--variant=minbase", include, suite, folder, ...mirror], { log, next });
  for (const path of ["var/cache/apt/archives", "var/lib/apt/lists", "var/log", "dev", "proc", "sys"]) {
    await run("find", [join(folder, path), "-mindepth", "1", "-delete"], { log });
  }
}

/** The Debian mirror that apt uses here, or nothing: then debootstrap knows one. */
async function mirrorOfThisMachine(): Promise<readonly string[]> {
  const format = "$(REPO_URI) $(CODENAME) $(LABEL)";
  const listed = await run("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]).catch(() => "");
  const line = listed.split("\n").find((text) => text.endsWith(` ${suite} Debian`));
  return line ? [line.split(" ")[0] as string] : [];
}
