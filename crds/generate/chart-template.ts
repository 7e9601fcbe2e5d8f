/** Owns how a CustomResourceDefinition becomes a template of the Helm chart. */
import { type newCustomResourceDefinition, toYaml } from "./crd.ts";

/** Helm deletes what it installed; deleting a CRD would delete every object of its kind. */
const kept = { "helm.sh/resource-policy": "keep" } as const;

/** The chart template of a CRD: installed unless `crds.install` is false, and kept when the release is removed. */
export function newChartTemplate(crd: ReturnType<typeof newCustomResourceDefinition>): string {
  const { metadata, ...rest } = crd;
  const { apiVersion, kind, spec } = rest;
  const text = toYaml({ apiVersion, kind, metadata: { ...metadata, annotations: kept }, spec });
  return `{{- if .Values.crds.install }}\n${escapeTemplate(text)}{{- end }}\n`;
}

/** Writes a text so that Helm prints it as it is. */
export function escapeTemplate(text: string): string {
  return text.replaceAll("{{", '{{ "{{" }}');
}
