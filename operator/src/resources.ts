/** Owns where the kinds that the operator reads or writes live in the API. */
import { group, kindSchemas, version } from "@openreg/crds";
import type { Resource } from "./controller/kubernetes.ts";

const own = ({ kind, plural }: { readonly kind: string; readonly plural: string }): Resource => ({
  group,
  version,
  kind,
  plural,
  namespaced: true,
});

/** Connectors. */
export const connectors = own(kindSchemas.connector);
/** Destinations. */
export const destinations = own(kindSchemas.destination);
/** ArtifactStores. */
export const artifactStores = own(kindSchemas.artifactStore);
/** RuleSets. */
export const ruleSets = own(kindSchemas.ruleSet);
/** MappingSets. */
export const mappingSets = own(kindSchemas.mappingSet);
/** Reports. */
export const reports = own(kindSchemas.report);
/** ReportVersions. */
export const reportVersions = own(kindSchemas.reportVersion);
/** ReportRuns. */
export const reportRuns = own(kindSchemas.reportRun);

/** Jobs. */
export const jobs: Resource = { group: "batch", version: "v1", kind: "Job", plural: "jobs", namespaced: true };
/** Pods. */
export const pods: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };
/** ConfigMaps. */
export const configMaps: Resource = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};
/** NetworkPolicies. */
export const networkPolicies: Resource = {
  group: "networking.k8s.io",
  version: "v1",
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  namespaced: true,
};
/** Events. */
export const events: Resource = { group: "", version: "v1", kind: "Event", plural: "events", namespaced: true };
/** PersistentVolumeClaims. */
export const persistentVolumeClaims: Resource = {
  group: "",
  version: "v1",
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
  namespaced: true,
};
