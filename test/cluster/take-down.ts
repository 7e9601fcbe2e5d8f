/** Takes the native cluster down and leaves the machine as it was before. */
import { existsSync } from "node:fs";
import { readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { ensureBinaries } from "./build-binaries.ts";
import { run, succeeds } from "./command.ts";
import { runFolder, stateFolder } from "./config.ts";
import { ctr } from "./containerd.ts";
import { adminKubeconfigOf, isReady, stopControlPlane } from "./control-plane.ts";
import { isDaemonRunning, stopDaemon } from "./daemon.ts";
import { withLock } from "./lock.ts";
import { restoreMachine } from "./machine-state.ts";
import { containerdSocket, nativePlan } from "./native-plan.ts";
import { removeNetwork } from "./network.ts";
import { newProgress, type Progress } from "./progress.ts";
import { until } from "./until.ts";

/** Takes everything down while no other script starts or stops the cluster; does nothing where there is none. */
export async function takeDown(progress: Progress): Promise<void> {
  if (!existsSync(stateFolder)) return progress.say("there is no native cluster on this machine");
  await withLock("cluster", progress, () => removeEverything(progress));
}

/** Takes everything down, for a caller that holds the lock: whatever is left of it; does nothing where there is nothing. */
export async function removeEverything(progress: Progress): Promise<void> {
  await progress.step("taking the native cluster down", async () => {
    await deletePods();
    for (const name of ["kubelet", "kube-proxy"]) await stopDaemon(stateFolder, name);
    await stopContainers();
    await stopDaemon(stateFolder, "containerd");
    await stopControlPlane(stateFolder);
    await removeMounts();
    await removeNetwork();
    await removeCgroups();
    await restoreMachine();
    // Never through a mount that is left: what is there may not be ours.
    for (const folder of [runFolder, stateFolder]) await run("rm", ["-rf", "--one-file-system", folder]);
  });
}

/** Pods end first and by the kubelet, which unmounts and unplugs what they had; nobody may make new ones meanwhile. */
async function deletePods(): Promise<void> {
  for (const name of ["kube-scheduler", "kube-controller-manager"]) await stopDaemon(stateFolder, name);
  if (!isDaemonRunning(stateFolder, "kubelet") || !(await isReady(nativePlan))) return;
  const { kubectl } = await ensureBinaries(["kubectl"], newProgress());
  const args = ["delete", "pods", "--all", "--all-namespaces", "--grace-period=2", "--timeout=60s"];
  await succeeds(kubectl, ["--kubeconfig", adminKubeconfigOf(stateFolder), ...args]); // what stays is killed below
}

/** Kills the containers that are left, then the shims: their parent is process 1, and no file has their ids. */
async function stopContainers(): Promise<void> {
  if (isDaemonRunning(stateFolder, "containerd")) {
    for (const verb of ["tasks", "containers"]) {
      for (const id of (await ctr([verb, "list", "--quiet"]).catch(() => "")).split("\n").filter(Boolean)) {
        await ctr([verb, "delete", ...(verb === "tasks" ? ["--force"] : []), id]).catch(() => ""); // gone meanwhile
      }
    }
  }
  for (const pid of await shims()) kill(pid);
  await until({ what: "containerd's shims end", seconds: 20 }, async () => (await shims()).length === 0);
}

async function shims(): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const words = (await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "")).split("\0");
    if (words[0]?.includes("containerd-shim") && words.includes(containerdSocket)) found.push(Number(name));
  }
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it ended by itself meanwhile
  }
}

async function removeMounts(): Promise<void> {
  const table = await readFile("/proc/self/mounts", "utf8");
  const ours = table
    .split("\n")
    .map((line) => (line.split(" ")[1] ?? "").replaceAll("\\040", " "))
    .filter((path) => [`${stateFolder}/`, `${runFolder}/`].some((folder) => path.startsWith(folder)))
    .toReversed();
  for (const path of ours) {
    const isHidden = !(await succeeds("mountpoint", ["--quiet", path])); // another mount lies over it
    if (!isHidden) await run("umount", ["--lazy", path]);
  }
}

/** Removes the kubelet's cgroups from every hierarchy, with the processes that outlived containerd and its shims. */
async function removeCgroups(): Promise<void> {
  const root = "/sys/fs/cgroup";
  const hierarchies = [root, ...(await readdir(root)).map((name) => join(root, name))];
  for (const top of hierarchies.map((hierarchy) => join(hierarchy, "kubepods"))) {
    if (!existsSync(top)) continue;
    await until({ what: `${top} can be removed`, seconds: 20 }, () => removeTree(top));
  }
}

async function removeTree(folder: string): Promise<boolean> {
  const members = await readFile(join(folder, "cgroup.procs"), "utf8").catch(() => "");
  for (const pid of members.split("\n").filter(Boolean)) kill(Number(pid));
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  }
  return rmdir(folder).then(
    () => true,
    () => !existsSync(folder), // a dying process still counts for a moment: asked again
  );
}
