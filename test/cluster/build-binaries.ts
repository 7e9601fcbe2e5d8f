/** Builds the cluster's programs from their Go modules, once per version, into the user's cache. */
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isExecutable, run, which } from "./command.ts";
import { cacheFolder, versions } from "./config.ts";
import { ensureGo, goEnvironment } from "./go-toolchain.ts";
import type { Progress } from "./progress.ts";

type Source = { readonly module: string; readonly package: string; readonly ldflags?: string };

const [, major, minor] = /^v(\d+)\.(\d+)/.exec(versions.kubernetes) as RegExpExecArray;
const kubernetesVersion = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
  .map((at) => `-X ${at}.gitVersion=${versions.kubernetes} -X ${at}.gitMajor=${major} -X ${at}.gitMinor=${minor}`)
  .join(" ");

const ofKubernetes = (name: string): Source => ({
  module: "kubernetes",
  package: `k8s.io/kubernetes/cmd/${name}`,
  ldflags: kubernetesVersion,
});

const sources = {
  etcd: { module: "etcd", package: "go.etcd.io/etcd/server/v3" },
  "kube-apiserver": ofKubernetes("kube-apiserver"),
  "kube-controller-manager": ofKubernetes("kube-controller-manager"),
  kubectl: ofKubernetes("kubectl"),
  "kube-scheduler": ofKubernetes("kube-scheduler"),
  kubelet: ofKubernetes("kubelet"),
  "kube-proxy": ofKubernetes("kube-proxy"),
  coredns: { module: "coredns", package: "github.com/coredns/coredns" },
  pause: { module: "pause", package: "." },
  helm: { module: "helm", package: "helm.sh/helm/v4/cmd/helm" },
  kwok: { module: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok" },
} as const satisfies Readonly<Record<string, Source>>;

/** A program of the cluster. */
export type BinaryName = keyof typeof sources;

/** Whether a text names one of them. */
export const isBinaryName = (name: string): name is BinaryName => Object.hasOwn(sources, name);

/** What a bare control plane is made of. */
export const controlPlaneBinaries = ["etcd", "kube-apiserver", "kube-controller-manager"] as const;

/** What the native cluster is made of. */
export const nativeBinaries = [
  ...controlPlaneBinaries,
  ...(["kube-scheduler", "kubelet", "kube-proxy", "kubectl", "coredns", "pause"] as const),
];

/** How the version of a program on PATH is asked for, and which answer is good enough. */
const suitable: Readonly<Partial<Record<BinaryName, { readonly args: readonly string[]; readonly pattern: RegExp }>>> =
  {
    kubectl: { args: ["version", "--client", "-o", "json"], pattern: /"gitVersion": "v1\.3[5-7]\.\d+"/ },
    helm: { args: ["version", "--template", "{{.Version}}"], pattern: /^v(3\.1[4-9]|3\.[2-9]\d|4)\./ },
  };

/** The paths of the named programs, building those that are neither in the cache nor (kubectl, helm) on PATH. */
export async function ensureBinaries<Name extends BinaryName>(
  names: readonly Name[],
  progress: Progress,
): Promise<Readonly<Record<Name, string>>> {
  const paths: Partial<Record<Name, string>> = {};
  for (const name of names) paths[name] = await ensureBinary(name, progress);
  return paths as Record<Name, string>;
}

async function ensureBinary(name: BinaryName, progress: Progress): Promise<string> {
  const path = join(await folderOf(sources[name]), name);
  if (await isExecutable(path)) return path;
  const onPath = await suitableOnPath(name);
  if (onPath) return onPath;
  const go = await ensureGo(progress);
  await progress.step(`building ${name}`, () => build(go, name, path));
  return path;
}

async function suitableOnPath(name: BinaryName): Promise<string | undefined> {
  const wanted = suitable[name];
  const path = wanted && (await which(name));
  if (!wanted || !path) return undefined;
  const answer = await run(path, wanted.args).catch(() => "");
  return wanted.pattern.test(answer) ? path : undefined;
}

async function build(go: string, name: BinaryName, path: string): Promise<void> {
  const source: Source = sources[name];
  const folder = join(import.meta.dirname, "binaries", source.module);
  const log = join(cacheFolder, "logs", `build-${name}.log`);
  await mkdir(join(path, ".."), { recursive: true });
  const ldflags = ["-s -w", source.ldflags].filter(Boolean).join(" ");
  // Two suites may want the same program at once: the second waits for the lock and finds it built.
  const script = 'test -x "$1" || { "$2" build -trimpath -ldflags "$3" -o "$1.partial" "$4" && mv "$1.partial" "$1"; }';
  const args = [`${path}.lock`, "sh", "-c", script, "sh", path, go, ldflags, source.package];
  await run("flock", args, {
    cwd: folder,
    env: { ...goEnvironment, GOFLAGS: "-mod=readonly" },
    log,
    next: "Check the log, the disk and that the Go module proxy can be reached, then try again: finished parts are kept.",
  });
}

/** One folder per module and version: what go.mod and go.sum pin, and the Go that builds it. */
async function folderOf({ module }: Source): Promise<string> {
  const hash = createHash("sha256").update(versions.go).update(versions.kubernetes);
  for (const file of ["go.mod", "go.sum", "main.go"]) {
    hash.update(await readFile(join(import.meta.dirname, "binaries", module, file)).catch(() => ""));
  }
  return join(cacheFolder, "bin", `${module}-${hash.digest("hex").slice(0, 12)}`);
}
