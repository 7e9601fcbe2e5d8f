/** Gives an end-to-end test a namespace of its own under the restricted Pod standard, and kubectl for it. */
import type { Cluster } from "../cluster/cluster.ts";
import { applyManifests, ensureNamespace, type Kubectl, type Manifest, newKubectl } from "../cluster/kubectl.ts";

/** A namespace: `kubectl` works in it, `apply` creates objects in it, `remove` deletes it with all it holds. */
export type TestNamespace = {
  readonly kubectl: Kubectl;
  apply(...objects: readonly Manifest[]): Promise<void>;
  remove(): Promise<void>;
};

/** Creates the namespace unless it is there. */
export async function newTestNamespace(cluster: Cluster, name: string): Promise<TestNamespace> {
  const everywhere = newKubectl(cluster);
  await ensureNamespace(everywhere, name);
  return {
    kubectl: (args, input) => everywhere(["--namespace", name, ...args], input),
    apply: (...objects) => applyManifests(everywhere, objects, name),
    async remove() {
      await everywhere(["delete", "namespace", name, "--timeout=120s"]);
    },
  };
}

/** The security context of a Pod that the restricted standard admits. */
export const restrictedPod = (user: number) => ({
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  seccompProfile: { type: "RuntimeDefault" },
});

/** The security context of a container that the restricted standard admits, with a root file system it cannot write. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
