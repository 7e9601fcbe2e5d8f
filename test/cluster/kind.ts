/** Keeps a cluster of kind (Kubernetes in Docker) for those who have both. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";
import { cacheFolder } from "./config.ts";
import type { Progress } from "./progress.ts";

const name = "openreg";

/** The name of its context. */
export const kindContext = `kind-${name}`;

const kubeconfig = join(cacheFolder, "kind.kubeconfig");
const log = join(cacheFolder, "logs", "kind.log");

/** Creates the cluster unless it is there, and gives the path of its kubeconfig. */
export async function ensureKind(progress: Progress): Promise<string> {
  await mkdir(cacheFolder, { recursive: true });
  if (await hasKind()) {
    await run("kind", ["export", "kubeconfig", "--name", name, "--kubeconfig", kubeconfig], { log });
    return kubeconfig;
  }
  const args = ["create", "cluster", "--name", name, "--kubeconfig", kubeconfig, "--wait", "180s"];
  await progress.step("creating the kind cluster", () => run("kind", args, { log }));
  return kubeconfig;
}

/** Loads an image that Docker has into the cluster. */
export async function loadIntoKind(tag: string, progress: Progress): Promise<void> {
  await progress.step(`loading image ${tag} into kind`, () =>
    run("kind", ["load", "docker-image", tag, "--name", name], { log }),
  );
}

async function hasKind(): Promise<boolean> {
  return (await run("kind", ["get", "clusters"])).split("\n").includes(name);
}

/** Deletes the cluster, where there is one. */
export async function deleteKind(progress: Progress): Promise<void> {
  if (!(await hasKind())) return;
  await progress.step("deleting the kind cluster", () => run("kind", ["delete", "cluster", "--name", name], { log }));
}
