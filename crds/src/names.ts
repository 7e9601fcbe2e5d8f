/** Owns the names that our objects carry in a cluster: group, labels, annotations. */

/** The API group of all kinds. */
export const group = "openreg.dev";

/** The version of all kinds. */
export const version = "v1alpha1";

/** `apiVersion` of all kinds. */
export const apiVersion = `${group}/${version}`;

/** Labels of runs, Jobs and versions. */
export const labels = {
  report: "openreg.dev/report",
  series: "openreg.dev/series",
  run: "openreg.dev/run",
  attempt: "openreg.dev/attempt",
  businessDate: "openreg.dev/business-date",
  mode: "openreg.dev/mode",
  settled: "openreg.dev/settled",
  peers: "openreg.dev/peers",
} as const;

/** Labels of everything that the operator creates. */
export const managedLabels = {
  "app.kubernetes.io/managed-by": "openreg-operator",
  "app.kubernetes.io/part-of": "openreg",
} as const;

/** The annotation by which a person asks for another attempt of an ended run; its value is any text that changes, usually a time. */
export const retryAnnotation = "openreg.dev/retry-requested-at";

/** The annotation by which somebody of a break-glass group lets retention remove a run that is not archived; its value says why. */
export const breakGlassAnnotation = "openreg.dev/break-glass";

/** The label by which a ConfigMap asks to be watched: a change of it then reaches the Reports that use it at once. */
export const watchLabel = "openreg.dev/watch";

/** The finalizer that keeps a run until its last Job is gone. */
export const runFinalizer = "openreg.dev/run-cleanup";

/** The field manager of the operator. */
export const operatorFieldManager = "openreg-operator";

/** The name of the ReportVersion of a definition: the Report and the first ten hex digits of the content hash. */
export function versionNameOf(report: string, contentHash: string): string {
  return `${report}-${contentHash.slice(0, 10)}`;
}
