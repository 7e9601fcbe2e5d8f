/** Builds images from Dockerfiles: by buildah on our own base image, or by Docker where the cluster is kind's. */
import { baseImage, ensureBaseImage } from "./base-image.ts";
import { buildah } from "./buildah.ts";
import { run } from "./command.ts";
import { cacheFolder } from "./config.ts";
import type { Progress } from "./progress.ts";

/** One image to build; paths are absolute or relative to the working folder. */
export type ImageRequest = {
  readonly dockerfile: string;
  readonly context: string;
  readonly tag: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
};

/** Builds an image with buildah, on the base image made from packages; unchanged steps come from its cache. */
export async function buildImage(request: ImageRequest, progress: Progress): Promise<void> {
  await ensureBaseImage(progress);
  const { dockerfile, context, tag } = request;
  const args = argsOf({ BASE_IMAGE: baseImage, ...request.buildArgs });
  const flags = ["--isolation", "chroot", "--pull-never", "--layers", "--tag", tag, "--file", dockerfile];
  await progress.step(`building image ${tag}`, () => buildah(["build", ...flags, ...args, context]));
}

/** Builds an image with Docker, which pulls the base image that the Dockerfile names. */
export async function buildImageByDocker(request: ImageRequest, progress: Progress): Promise<void> {
  const { dockerfile, context, tag, buildArgs = {} } = request;
  const args = ["build", "--tag", tag, "--file", dockerfile, ...argsOf(buildArgs), context];
  const log = `${cacheFolder}/logs/docker-build.log`;
  await progress.step(`building image ${tag} by Docker`, () => run("docker", args, { log }));
}

function argsOf(values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
}
