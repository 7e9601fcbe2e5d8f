/** The command line of the cluster scripts: up, down, status, control-plane, build. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureBinaries, isBinaryName, nativeBinaries } from "./build-binaries.ts";
import { ensureCluster, removeCluster } from "./cluster.ts";
import { ClusterError } from "./cluster-error.ts";
import { startControlPlane } from "./control-plane.ts";
import { nativeKubeconfig, nativeStatus } from "./native.ts";
import { newProgress } from "./progress.ts";

const usage = `usage: sh scripts/node test/cluster/main.ts <command>
  up [--context NAME [--image-repository REPOSITORY]]   brings a cluster up, or says that it is
  down                                                  takes the native (or kind) cluster down, and leaves nothing behind
  status                                                says whether the native cluster runs (exit code 1 when not)
  control-plane                                         runs a bare API server until interrupted
  build [NAME ...]                                      builds the cluster's programs into the cache
`;

const progress = newProgress();

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  up,
  down,
  status,
  "control-plane": controlPlane,
  build,
};

async function up(args: readonly string[]): Promise<number> {
  const options = { context: { type: "string" }, "image-repository": { type: "string" } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const { context, "image-repository": imageRepository } = values;
  const cluster = await ensureCluster({
    ...(context ? { context } : {}),
    ...(imageRepository ? { imageRepository } : {}),
    progress,
  });
  console.log(`export KUBECONFIG=${cluster.kubeconfig}  # context ${cluster.context}`);
  console.log(`${cluster.kubectl} --kubeconfig ${cluster.kubeconfig} --context ${cluster.context} get pods -A`);
  return 0;
}

async function down(): Promise<number> {
  await removeCluster(progress);
  return 0;
}

async function status(): Promise<number> {
  const { isHealthy, stopped } = await nativeStatus();
  console.log(
    isHealthy ? `running; kubeconfig ${nativeKubeconfig}` : `not running: ${stopped.join(", ") || "not ready"}`,
  );
  return isHealthy ? 0 : 1;
}

async function controlPlane(): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), "openreg-control-plane-"));
  const plane = await startControlPlane({ dir, controllerManager: true, progress });
  console.log(`export KUBECONFIG=${plane.kubeconfig}`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    process.stdin.resume(); // keeps us here
  });
  await plane.stop();
  await rm(dir, { recursive: true, force: true });
  process.stdin.pause();
  return 0;
}

async function build(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !isBinaryName(name));
  if (unknown.length > 0) throw new ClusterError(`no such program: ${unknown.join(", ")}`);
  const wanted = names.length > 0 ? names.filter(isBinaryName) : ([...nativeBinaries, "helm"] as const);
  for (const path of Object.values(await ensureBinaries(wanted, progress))) console.log(path);
  return 0;
}

const [command = "", ...rest] = process.argv.slice(2);
try {
  const work = commands[command];
  if (!work) process.stderr.write(usage);
  process.exitCode = work ? await work(rest) : 2;
} catch (error) {
  console.error(error instanceof ClusterError ? `\nfailed: ${error.message}` : error);
  process.exitCode = 1;
}
