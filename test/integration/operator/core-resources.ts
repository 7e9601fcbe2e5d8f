/** Owns resources of the core group that only tests write. */
import type { Resource } from "../../../operator/src/controller/kubernetes.ts";

const core = (kind: string, plural: string, namespaced = true): Resource => ({
  group: "",
  version: "v1",
  kind,
  plural,
  namespaced,
});

/** Where runs happen. */
export const namespaces = core("Namespace", "namespaces", false);
/** Who Pods are. */
export const serviceAccounts = core("ServiceAccount", "serviceaccounts");
/** How much of what a namespace may have. */
export const resourceQuotas = core("ResourceQuota", "resourcequotas");
