/** Runs a containerd of our own, beside any other on the machine, and loads images into it. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run, succeeds, which } from "./command.ts";
import { runFolder, stateFolder } from "./config.ts";
import { isDaemonRunning, logOf, startDaemon } from "./daemon.ts";
import { containerdSocket } from "./native-plan.ts";
import { networkFolder } from "./network.ts";
import { pauseImage } from "./scratch-images.ts";
import { until } from "./until.ts";

/** Starts containerd and waits until it answers. */
export async function startContainerd(): Promise<void> {
  for (const folder of [stateFolder, runFolder]) await mkdir(folder, { recursive: true });
  const config = join(stateFolder, "containerd.toml");
  await writeFile(config, newContainerdConfig());
  const program = (await which("containerd")) as string;
  await startDaemon({ folder: stateFolder, name: "containerd", program, args: ["--config", config] });
  const gone = () => !isDaemonRunning(stateFolder, "containerd");
  const log = logOf(stateFolder, "containerd");
  await until({ what: `containerd at ${containerdSocket} answers`, seconds: 60, log, gone }, () =>
    succeeds("ctr", ["--address", containerdSocket, "version"]),
  );
}

/** containerd's configuration: all below our folders; where a capability is missing, OOM scores are kept, not lowered. */
export function newContainerdConfig(): string {
  return `version = 2
root = "${stateFolder}/containerd"
state = "${runFolder}/containerd"
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${stateFolder}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${networkFolder}"
`;
}

/** Runs ctr where the kubelet's containers and images are. */
export async function ctr(args: readonly string[]): Promise<string> {
  return run("ctr", ["--address", containerdSocket, "--namespace", "k8s.io", ...args]);
}

/** Loads an image archive, so that Pods with `imagePullPolicy: IfNotPresent` can use it. */
export async function importArchive(path: string): Promise<void> {
  await ctr(["images", "import", path]);
}
