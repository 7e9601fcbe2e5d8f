/** Brings a Go that is new enough: from PATH, or as a Go module by way of Debian's older Go. */
import { chmod, cp, mkdir, readdir, rename, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { ClusterError } from "./cluster-error.ts";
import { isExecutable, run, which } from "./command.ts";
import { cacheFolder, versions } from "./config.ts";
import { ensurePrograms } from "./packages.ts";
import type { Progress } from "./progress.ts";

/** Bytes that a cold build of all binaries may take: modules, build cache and results. */
const neededDiskBytes = 15e9;

/** The environment of every go command: the found toolchain and nothing of the user's settings that changes a build. */
export const goEnvironment = { CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOWORK: "off", GOFLAGS: "-mod=mod" } as const;

/** The path of a go command of at least the wanted version; throws a ClusterError when the disk is too small. */
export async function ensureGo(progress: Progress): Promise<string> {
  await checkFreeDisk();
  const onPath = await which("go");
  if (onPath && isNewEnough(await versionOf(onPath))) return onPath;
  const folder = join(cacheFolder, `go-${versions.go}`);
  const cached = join(folder, "bin", "go");
  if (await isExecutable(cached)) return cached;
  await ensurePrograms(["go"], progress);
  const old = (await which("go")) as string;
  await progress.step(`bringing Go ${versions.go}`, () => bringToolchain(old, folder));
  return cached;
}

/** Whether a text of `go version` names the wanted minor version or a newer one. */
export function isNewEnough(text: string): boolean {
  const minor = Number(/go1\.(\d+)/.exec(text)?.[1] ?? 0);
  return minor >= Number(versions.go.split(".")[1]);
}

async function versionOf(go: string): Promise<string> {
  return run(go, ["version"], { env: { GOTOOLCHAIN: "local" } });
}

async function checkFreeDisk(): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  const { bavail, bsize } = await statfs(cacheFolder);
  if (bavail * bsize >= neededDiskBytes) return;
  throw new ClusterError(
    `${cacheFolder} has ${Math.round((bavail * bsize) / 1e9)} GB free; building the cluster's programs needs 15 GB`,
    { next: "Free disk space, or set XDG_CACHE_HOME to a larger disk." },
  );
}

async function bringToolchain(oldGo: string, folder: string): Promise<void> {
  const platform = `linux-${process.arch === "arm64" ? "arm64" : "amd64"}`;
  const module = `golang.org/toolchain@v0.0.1-go${versions.go}.${platform}`;
  const answer = await run(oldGo, ["mod", "download", "-json", module], {
    cwd: cacheFolder,
    env: goEnvironment,
    log: join(cacheFolder, "logs", "go.log"),
    next: "Check that the Go module proxy can be reached, or put Go 1.26 or newer on PATH.",
  });
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await cp(JSON.parse(answer).Dir, partial, { recursive: true });
  // A module holds no executable files.
  for (const part of ["bin", "pkg/tool"]) await makeExecutable(join(partial, part));
  await rename(partial, folder);
}

async function makeExecutable(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}
