/** Keeps a stock of `local` volumes, so that a claim in any namespace binds without a provisioner. */
import { chown, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Kubectl } from "./kubectl.ts";
import { nodeName, volumesFolder } from "./native-plan.ts";

/** The class of the stock; it is the cluster's default. */
export const storageClassName = "openreg-local";

const count = 40;
/** Who owns the folders: the user that run Pods run as. */
const owner = 10001;

/** The StorageClass and its volumes. Pure. */
export function newVolumeObjects(names: readonly string[] = volumeNames) {
  const storageClass = {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: storageClassName, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "kubernetes.io/no-provisioner",
    volumeBindingMode: "WaitForFirstConsumer",
  };
  return [storageClass, ...names.map(newVolume)];
}

/** The names of the whole stock. */
export const volumeNames: readonly string[] = Array.from(
  { length: count },
  (_, index) => `openreg-local-${String(index + 1).padStart(2, "0")}`,
);

function newVolume(name: string) {
  const terms = [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [nodeName] }] }];
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      capacity: { storage: "10Gi" },
      accessModes: ["ReadWriteOnce", "ReadWriteMany"],
      persistentVolumeReclaimPolicy: "Retain",
      storageClassName,
      local: { path: join(volumesFolder, name) },
      nodeAffinity: { required: { nodeSelectorTerms: terms } },
    },
  };
}

/** Makes the folders of volumes anew and empty. */
export async function layVolumeFolders(names: readonly string[] = volumeNames): Promise<void> {
  for (const name of names) {
    const folder = join(volumesFolder, name);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o770 });
    await chown(folder, owner, owner);
  }
}

/** Empties the volumes whose claim is gone and offers them again. `kubectl` runs as the administrator. */
export async function refreshVolumes(kubectl: Kubectl): Promise<void> {
  const list = await kubectl(["get", "persistentvolumes", "-o", "json"]);
  const items: readonly { metadata: { name: string }; status: { phase: string } }[] = JSON.parse(list).items;
  const released = items.filter((item) => item.status.phase === "Released").map((item) => item.metadata.name);
  const stock = released.filter((name) => volumeNames.includes(name));
  if (stock.length === 0) return;
  await kubectl(["delete", "persistentvolume", ...stock]);
  await layVolumeFolders(stock);
  await kubectl(
    ["apply", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items: newVolumeObjects(stock) }),
  );
}
