/** Gives an end-to-end test a namespace of its own under the restricted Pod standard, and kubectl for it. */
import type { Cluster } from "../cluster/cluster.ts";
import { run } from "../cluster/command.ts";

/** A namespace: `kubectl` works in it, `apply` creates objects in it, `remove` deletes it with all it holds. */
export type TestNamespace = {
  kubectl(args: readonly string[], input?: string): Promise<string>;
  apply(...objects: readonly object[]): Promise<void>;
  remove(): Promise<void>;
};

/** Creates the namespace unless it is there. */
export async function newTestNamespace(cluster: Cluster, name: string): Promise<TestNamespace> {
  const access = ["--kubeconfig", cluster.kubeconfig, "--context", cluster.context, "--namespace", name];
  const kubectl = (args: readonly string[], input?: string) =>
    run(cluster.kubectl, [...access, ...args], input === undefined ? {} : { input });
  const apply = async (...items: readonly object[]) => {
    await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  };
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
  const remove = async () => {
    await kubectl(["delete", "namespace", name, "--timeout=120s"]);
  };
  return { kubectl, apply, remove };
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
