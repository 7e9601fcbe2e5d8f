/** The one door to a cluster for the demo and the end-to-end tests: a named context, kind, or the native cluster. */
import { homedir } from "node:os";
import { join } from "node:path";
import { ensureBinaries } from "./build-binaries.ts";
import { buildImage, buildImageByDocker, type ImageRequest } from "./build-image.ts";
import { isBuilt, pushImage } from "./buildah.ts";
import { ClusterError } from "./cluster-error.ts";
import { run, succeeds, which } from "./command.ts";
import { deleteKind, ensureKind, kindContext, loadIntoKind } from "./kind.ts";
import { bringUp, nativeKubeconfig } from "./native.ts";
import { loadImage } from "./native-images.ts";
import { nativeContext } from "./native-plan.ts";
import { newProgress, type Progress } from "./progress.ts";
import { takeDown } from "./take-down.ts";

/** Which cluster is wanted: with a context, images are pushed to `imageRepository` (a registry and path). */
export type ClusterOptions = {
  readonly context?: string;
  readonly imageRepository?: string;
  readonly progress?: Progress;
};

/** A cluster that is up. `kubectl` and `helm` are paths; give them `--kubeconfig` and the context. */
export type Cluster = {
  readonly kind: "context" | "kind" | "native";
  readonly kubeconfig: string;
  readonly context: string;
  readonly kubectl: string;
  readonly helm: string;
  /** Builds an image with what suits the cluster. */
  buildImage(request: ImageRequest): Promise<void>;
  /** Brings a built image where the cluster's Pods can use it, and gives the reference to write into them. */
  loadImage(tag: string): Promise<string>;
};

/** Gives the named context's cluster; else kind's where Docker and kind answer; else the native one, started if need be. */
export async function ensureCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const progress = options.progress ?? newProgress();
  if (options.context) return namedCluster(options.context, options.imageRepository, progress);
  if (await canUseKind()) return kindCluster(progress);
  return nativeCluster(progress);
}

/** Takes down what `ensureCluster` may have started: the native cluster and kind's; a named context is not ours. */
export async function removeCluster(progress: Progress): Promise<void> {
  if (await canUseKind()) await deleteKind(progress);
  await takeDown(progress);
}

async function nativeCluster(progress: Progress): Promise<Cluster> {
  await bringUp(progress);
  return {
    ...{ kind: "native", kubeconfig: nativeKubeconfig, context: nativeContext, ...(await clients(progress)) },
    buildImage: (request) => buildImage(request, progress),
    async loadImage(tag) {
      await loadImage(tag, progress);
      return tag;
    },
  };
}

async function kindCluster(progress: Progress): Promise<Cluster> {
  const kubeconfig = await ensureKind(progress);
  return {
    ...{ kind: "kind", kubeconfig, context: kindContext, ...(await clients(progress)) },
    buildImage: (request) => buildImageByDocker(request, progress),
    async loadImage(tag) {
      await loadIntoKind(tag, progress);
      return tag;
    },
  };
}

async function namedCluster(context: string, repository: string | undefined, progress: Progress): Promise<Cluster> {
  const programs = await clients(progress);
  const kubeconfig = process.env.KUBECONFIG?.split(":")[0] || join(homedir(), ".kube", "config");
  const access = ["--kubeconfig", kubeconfig, "--context", context];
  const next = "Check the context's name, KUBECONFIG and that the cluster can be reached.";
  await run(programs.kubectl, [...access, "get", "--raw", "/readyz"], { next });
  const hasDocker = await isDockerUp();
  const build = hasDocker ? buildImageByDocker : buildImage;
  return {
    ...{ kind: "context", kubeconfig, context, ...programs },
    buildImage: (request) => build(request, progress),
    async loadImage(tag) {
      if (!repository) throw new ClusterError(`image ${tag} cannot be brought into context ${context}`, noRepository);
      const reference = `${repository}/${tag.split("/").at(-1)}`;
      await progress.step(`pushing ${reference}`, () => push(tag, reference));
      return reference;
    },
  };
}

const noRepository = {
  next: "Name a repository that you may push to and the cluster may pull from: --image-repository.",
};

async function push(tag: string, reference: string): Promise<void> {
  if (!(await isDockerUp()) || (await isBuilt(tag))) return pushImage(tag, reference);
  await run("docker", ["tag", tag, reference]);
  await run("docker", ["push", reference]);
}

async function clients(progress: Progress): Promise<{ readonly kubectl: string; readonly helm: string }> {
  return ensureBinaries(["kubectl", "helm"], progress);
}

async function canUseKind(): Promise<boolean> {
  return (await which("kind")) !== undefined && (await isDockerUp());
}

async function isDockerUp(): Promise<boolean> {
  return (await which("docker")) !== undefined && succeeds("docker", ["info"]);
}
