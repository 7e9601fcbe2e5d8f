/** The whole one-node cluster on this machine: starts it, tells how it is. */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureBinaries, nativeBinaries } from "./build-binaries.ts";
import { ClusterError } from "./cluster-error.ts";
import { stateFolder } from "./config.ts";
import { importArchive, startContainerd } from "./containerd.ts";
import { adminKubeconfigOf, isReady, layControlPlane, startDaemons } from "./control-plane.ts";
import { isDaemonRunning, logOf } from "./daemon.ts";
import { dnsObjects } from "./dns.ts";
import { type Kubectl, newKubectl } from "./kubectl.ts";
import { startKubelet, startKubeProxy } from "./kubelet.ts";
import { withLock } from "./lock.ts";
import { rememberMachine } from "./machine-state.ts";
import { nativeContext, nativePlan, nodeName } from "./native-plan.ts";
import { layNetwork } from "./network.ts";
import { ensurePrograms, nodePrograms } from "./packages.ts";
import type { Progress } from "./progress.ts";
import { corednsImage, ensureScratchArchive, pauseImage } from "./scratch-images.ts";
import { removeEverything } from "./take-down.ts";
import { until } from "./until.ts";
import { layVolumeFolders, newVolumeObjects, refreshVolumes } from "./volumes.ts";

/** The daemons of the native cluster, in the order they start. */
export const nativeDaemons = [
  ...["containerd", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"],
] as const;

/** The administrator's kubeconfig of the native cluster. */
export const nativeKubeconfig = adminKubeconfigOf(stateFolder);

type Programs = Awaited<ReturnType<typeof ensureNativePrograms>>;

/** Starts the cluster, or leaves it alone when it is healthy; one that is not healthy is taken down first. */
export async function bringUp(progress: Progress): Promise<void> {
  refuseElsewhere();
  const programs = await ensureNativePrograms(progress);
  await withLock("cluster", progress, async () => {
    const state = await nativeStatus();
    if (state.isHealthy) {
      progress.say("the native cluster is running and healthy");
      return refreshVolumes(kubectlOf(programs.kubectl));
    }
    if (existsSync(stateFolder)) await removeEverything(progress);
    await progress.step("starting the native cluster", () => start(programs, progress));
  });
}

/** What of the native cluster runs; healthy means that all does, and the API server answers. */
export async function nativeStatus(): Promise<{ readonly isHealthy: boolean; readonly stopped: readonly string[] }> {
  const stopped = nativeDaemons.filter((name) => !isDaemonRunning(stateFolder, name));
  const isUp = stopped.length === 0 && existsSync(join(stateFolder, "complete")) && (await isReady(nativePlan));
  return { isHealthy: isUp, stopped };
}

async function ensureNativePrograms(progress: Progress) {
  await ensurePrograms(nodePrograms, progress);
  const binaries = await ensureBinaries(nativeBinaries, progress);
  const pause = await ensureScratchArchive(pauseImage, binaries.pause, progress);
  const coredns = await ensureScratchArchive(corednsImage, binaries.coredns, progress);
  return { ...binaries, archives: [pause, coredns] };
}

async function start(programs: Programs, progress: Progress): Promise<void> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  await rememberMachine();
  await layNetwork();
  await layControlPlane(nativePlan);
  await Promise.all([startControlPlaneOfNode(progress), startContainers(programs)]);
  await startKubelet(programs.kubelet);
  await startKubeProxy(programs["kube-proxy"]);
  const kubectl = kubectlOf(programs.kubectl);
  await layVolumeFolders();
  const items = [...dnsObjects, ...newVolumeObjects()];
  await kubectl(["apply", "--server-side", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await untilNodeReady(kubectl);
  await kubectl(["-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=120s"]);
  await writeFile(join(stateFolder, "complete"), "");
}

async function startControlPlaneOfNode(progress: Progress): Promise<void> {
  const names = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;
  await startDaemons(nativePlan, { names, progress, endsWithUs: false, apiServerFlags: [] });
}

async function startContainers({ archives }: Programs): Promise<void> {
  await startContainerd();
  for (const archive of archives) await importArchive(archive);
}

async function untilNodeReady(kubectl: Kubectl): Promise<void> {
  const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
  const log = logOf(stateFolder, "kubelet");
  const gone = () => !isDaemonRunning(stateFolder, "kubelet");
  const next = "Read the last lines of that log.";
  await until({ what: `node ${nodeName} is Ready`, seconds: 120, everyMs: 300, log, next, gone }, async () => {
    return (await kubectl(["get", "node", nodeName, "-o", path]).catch(() => "")) === "True";
  });
}

/** kubectl as the native cluster's administrator. */
export const kubectlOf = (program: string): Kubectl =>
  newKubectl({ kubectl: program, kubeconfig: nativeKubeconfig, context: nativeContext });

function refuseElsewhere(): void {
  if (process.platform === "linux" && process.getuid?.() === 0) return;
  throw new ClusterError("the native cluster runs only on Linux as root", {
    next: "Start Docker and install kind, or name a cluster with --context, or run this as root on Debian 12.",
  });
}
