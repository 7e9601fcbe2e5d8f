/** Says where the cluster keeps its files and which versions it is made of. */
import { homedir } from "node:os";
import { join } from "node:path";

/** Everything of the native cluster lives below this folder; `down` removes it. */
export const stateFolder = "/var/lib/openreg-cluster";

/** Sockets and container mounts of the native cluster live here. */
export const runFolder = "/run/openreg-cluster";

/** Builds worth keeping: toolchain, binaries, images. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "openreg");

/** What the cluster is made of. The Go modules below `binaries/` pin the rest. */
export const versions = {
  kubernetes: "v1.36.3",
  go: "1.26.8",
  node: "26.10.0",
} as const;

/** The folders searched for programs. */
export const searchPath: readonly string[] = (process.env.PATH ?? "").split(":").filter(Boolean);
