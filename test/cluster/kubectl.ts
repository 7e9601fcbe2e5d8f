/** Talks to a cluster by its kubectl. */
import { run } from "./command.ts";

/** An object as YAML or JSON holds it. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
};

/** Runs kubectl against one cluster and gives what it prints; `input` is its standard input. Throws with its last words. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

/** The program's path, and which cluster it is to talk to as whom. */
export type ClusterAccess = { readonly kubectl: string; readonly kubeconfig: string; readonly context: string };

/** kubectl with the cluster's address and credentials. */
export function newKubectl(cluster: ClusterAccess): Kubectl {
  const access = ["--kubeconfig", cluster.kubeconfig, "--context", cluster.context];
  return (args, input) => run(cluster.kubectl, [...access, ...args], input === undefined ? {} : { input });
}

/** Applies objects in one call, into a namespace where they name none. */
export async function applyManifests(
  kubectl: Kubectl,
  manifests: readonly Manifest[],
  namespace?: string,
): Promise<void> {
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests });
  await kubectl(["apply", ...(namespace ? ["-n", namespace] : []), "-f", "-"], list);
}

/** Reads an object as JSON, or undefined when it does not exist. */
export async function getManifest(kubectl: Kubectl, args: readonly string[]): Promise<Manifest | undefined> {
  const text = await kubectl(["get", ...args, "--ignore-not-found", "-o", "json"]);
  return text.trim() === "" ? undefined : (JSON.parse(text) as Manifest);
}

/** Makes a namespace whose Pods must meet Pod Security restricted. */
export async function ensureNamespace(kubectl: Kubectl, name: string): Promise<void> {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await applyManifests(kubectl, [{ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } }]);
}
