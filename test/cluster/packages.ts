/** Installs the Debian packages that are missing, without letting any of them start a service. */
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ClusterError } from "./cluster-error.ts";
import { run, which } from "./command.ts";
import { cacheFolder } from "./config.ts";
import type { Progress } from "./progress.ts";

/** Which package brings which program (or file, when it is a path). */
const packageOf: Readonly<Record<string, string>> = {
  openssl: "openssl",
  setpriv: "util-linux",
  containerd: "containerd",
  runc: "runc",
  "/usr/lib/cni/bridge": "containernetworking-plugins",
  buildah: "buildah",
  debootstrap: "debootstrap",
  iptables: "iptables",
  conntrack: "conntrack",
  ipset: "ipset",
  ip: "iproute2",
  mount: "mount",
  go: "golang-go",
  gpgv: "gpgv",
  xmllint: "libxml2-utils",
  soffice: "libreoffice-calc-nogui",
};

/** What the bare control plane needs besides its binaries. */
export const controlPlanePrograms = ["openssl", "setpriv"] as const;

/** What the native node needs besides its binaries. */
export const nodePrograms = [
  ...controlPlanePrograms,
  ...["containerd", "runc", "/usr/lib/cni/bridge", "iptables", "conntrack", "ipset", "ip", "mount"],
];

/** What building images needs. */
export const imagePrograms = ["buildah", "debootstrap", "runc", "gpgv"] as const;

/** Installs the packages of the programs that are not there; throws a ClusterError where apt-get cannot be used. */
export async function ensurePrograms(programs: readonly string[], progress: Progress): Promise<void> {
  const missing: string[] = [];
  for (const program of programs) if (!(await isThere(program))) missing.push(packageOf[program] ?? program);
  if (missing.length === 0) return;
  const names = [...new Set(missing)].join(" ");
  if (process.getuid?.() !== 0 || !(await which("apt-get"))) {
    throw new ClusterError(`these packages are missing and can be installed only by root on Debian: ${names}`, {
      next: "Install them, or run this as root on Debian 12, or name a cluster with --context.",
    });
  }
  await progress.step(`installing Debian packages: ${names}`, () => install(names.split(" ")));
}

async function isThere(program: string): Promise<boolean> {
  return program.startsWith("/") ? existsSync(program) : (await which(program)) !== undefined;
}

async function install(names: readonly string[]): Promise<void> {
  const log = join(cacheFolder, "logs", "apt.log");
  const options = {
    log,
    env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
    next: "Repair apt-get and try again.",
  };
  // invoke-rc.d asks this file; 101 means "do not".
  const policy = "/usr/sbin/policy-rc.d";
  const isOurs = !existsSync(policy);
  if (isOurs) await writeFile(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await run("apt-get", ["update", "-q"], options);
    await run("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...names], options);
  } finally {
    if (isOurs) await rm(policy, { force: true });
  }
}
