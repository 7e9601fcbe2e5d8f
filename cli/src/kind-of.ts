/** Owns which kind of ours an object is of. */
import { apiVersion, kinds } from "@openreg/crds";
import type { Manifest } from "./manifests.ts";

/** The kind of ours that a manifest is of, or undefined. */
export function kindOf(manifest: Manifest): (typeof kinds)[number] | undefined {
  return kinds.find((one) => one.kind === manifest.kind && manifest.apiVersion === apiVersion);
}
