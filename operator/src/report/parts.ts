/** Owns the ConfigMaps of parts: each is named by the hash of its text and belongs to every version that uses it. */
import { apiVersion, managedLabels, partKey, partNameOf } from "@openreg/crds";
import { isAlreadyExists } from "../controller/api-error.ts";
import type { OwnerReference } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { ConfigMap, ReportVersion } from "../objects.ts";
import { configMaps } from "../resources.ts";
import type { ReportOutcome, ResolvedPart } from "./input.ts";

type Client = Pick<ReconcileContext, "client">;

/** Makes sure that each part is there and lives as long as the version. One with another text is never touched. */
export async function ensureParts(
  version: ReportVersion,
  parts: readonly ResolvedPart[],
  context: Client,
): Promise<ReportOutcome> {
  for (const part of new Map(parts.map((one) => [one.sha256, one])).values()) {
    const taken = await ensurePart(version, part, context);
    if (taken) return taken;
  }
  return { kind: "Done" };
}

async function ensurePart(
  version: ReportVersion,
  part: ResolvedPart,
  { client }: Client,
): Promise<ReportOutcome | undefined> {
  const { namespace = "" } = version.metadata;
  const key = { namespace, name: partNameOf(part.sha256) };
  const existing = await client.find<ConfigMap>(configMaps, key);
  if (!existing) {
    try {
      await client.create(configMaps, newPart(version, part));
    } catch (error) {
      if (isAlreadyExists(error))
        throw new Error(`ConfigMap '${key.name}' was made by another at once`, { cause: error });
      throw error;
    }
    return undefined;
  }
  if (!isPart(existing, part)) {
    const message = `ConfigMap '${key.name}' exists and does not hold the text of ${part.name}: remove it`;
    return { kind: "NameTaken", message };
  }
  const owners = existing.metadata.ownerReferences ?? [];
  if (owners.some(({ uid }) => uid === version.metadata.uid)) return undefined;
  const { resourceVersion } = existing.metadata;
  const metadata = { resourceVersion, ownerReferences: [...owners, ownerOf(version)] };
  await client.mergePatch(configMaps, key, { metadata });
  return undefined;
}

function isPart({ metadata, immutable, data }: ConfigMap, { text }: ResolvedPart): boolean {
  const managedBy = "app.kubernetes.io/managed-by";
  return metadata.labels?.[managedBy] === managedLabels[managedBy] && immutable === true && data?.[partKey] === text;
}

/** The ConfigMap of a part. */
export function newPart(version: ReportVersion, { sha256, text }: ResolvedPart): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: partNameOf(sha256),
      namespace: version.metadata.namespace ?? "",
      labels: { ...managedLabels, "app.kubernetes.io/component": "part" },
      ownerReferences: [ownerOf(version)],
    },
    immutable: true,
    data: { [partKey]: text },
  };
}

/** Several versions may own a part, so none of them controls it, and none waits for it to be deleted. */
function ownerOf({ metadata }: ReportVersion): OwnerReference {
  return {
    apiVersion,
    kind: "ReportVersion",
    name: metadata.name,
    uid: metadata.uid ?? "",
    controller: false,
    blockOwnerDeletion: false,
  };
}
