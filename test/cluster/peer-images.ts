/** Builds and loads the images of the peers that run as Pods beside ours in the demo and the end-to-end tests. */
import { join } from "node:path";
import type { Cluster } from "./cluster.ts";

const peersFolder = join(import.meta.dirname, "..", "peers");

/** The peers that have an image; each is a folder with a Dockerfile below test/peers that tells its settings. */
export type PeerName = "postgresql" | "openssh";

/** Builds a peer's image and loads it; gives the reference to write into Pods. */
export async function ensurePeerImage(cluster: Cluster, name: PeerName): Promise<string> {
  const context = join(peersFolder, name);
  const tag = `localhost/openreg-${name}:dev`;
  await cluster.buildImage({ dockerfile: join(context, "Dockerfile"), context, tag });
  return cluster.loadImage(tag);
}
