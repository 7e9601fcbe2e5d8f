/** Owns the plain shapes of Kubernetes that every file, pure or not, may import: no client, no clock, no I/O. */

/** Names one object of a kind; `namespace` is "" for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** A reference from a child to one of its owners. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** The metadata the API server keeps of every object; timestamps are RFC 3339 text. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** What all objects share; a kind adds its own `spec` and `status`. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** One page of a list, or a whole one when `continue` is absent. */
export interface KubernetesList<T extends KubernetesObject> {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly T[];
}

/** One observation about an object, as `metav1.Condition`. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

/** Where a kind lives in the API: `{ group: "batch", version: "v1", kind: "Job", plural: "jobs", namespaced: true }`; the core group is "". */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** What a reconcile asks for afterwards; `{}` means: wake me when something changes. Given both, the earlier one counts. */
export interface ReconcileResult {
  /** RFC 3339 text in UTC, wall-clock time. */
  readonly requeueAt?: string | undefined;
  readonly requeueAfterMilliseconds?: number | undefined;
}

/** The key of an object. */
export function keyOf(object: KubernetesObject): ObjectKey {
  return { namespace: object.metadata.namespace ?? "", name: object.metadata.name };
}

/** Writes a key as `namespace/name`, or `name` for cluster-scoped kinds. */
export function formatKey(key: ObjectKey): string {
  return key.namespace === "" ? key.name : `${key.namespace}/${key.name}`;
}

/** Reads what `formatKey` wrote. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf("/");
  return slash < 0 ? { namespace: "", name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** The `apiVersion` of a resource: `v1`, `batch/v1`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** Whether two resources are one, in whatever version. */
export function isSameResource(first: Resource, second: Resource): boolean {
  return first.group === second.group && first.plural === second.plural;
}

/** The key of the owner that controls a child, when that owner is of this kind; compare the UID before trusting the name. */
export function controllerKeyOf(child: KubernetesObject, owner: Resource): readonly ObjectKey[] {
  const reference = child.metadata.ownerReferences?.find((candidate) => candidate.controller === true);
  if (reference?.kind !== owner.kind || reference.apiVersion !== apiVersionOf(owner)) return [];
  return [{ namespace: owner.namespaced ? (child.metadata.namespace ?? "") : "", name: reference.name }];
}
