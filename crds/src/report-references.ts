/** Owns what a Report refers to: objects of its namespace, found before it can be resolved. */
import type { ConfigMapKey } from "./new-definition-outputs.ts";
import type { MappingSetSpec, ReportSpec } from "./types.ts";

/** A reference of a Report to another object of its namespace. */
export interface ObjectReference {
  readonly kind: "Connector" | "Destination" | "ArtifactStore" | "RuleSet" | "MappingSet" | "ConfigMap";
  readonly name: string;
  /** Where in the Report it stands; for a ConfigMap of a MappingSet, that MappingSet's reference. */
  readonly path: string;
}

/** A text of a ConfigMap that a Report needs, itself or by a MappingSet. */
export interface TextReference extends ConfigMapKey {
  /** Where it is named. */
  readonly path: string;
}

/** The name of the ArtifactStore of a Report that names none. */
export const defaultStoreName = "default";

/** The name of the ArtifactStore that a Report uses. */
export function storeNameOf(spec: ReportSpec): string {
  return spec.artifactStoreRef?.name ?? defaultStoreName;
}

/**
 * Lists what a Report refers to, in order of appearance, each object once. ConfigMaps that its MappingSets name
 * are listed when the MappingSets are given.
 */
export function referencesOf(
  spec: ReportSpec,
  mappingSets: ReadonlyMap<string, MappingSetSpec> = new Map(),
): readonly ObjectReference[] {
  const all: ObjectReference[] = [
    ...spec.inputs.flatMap((input, index) =>
      input.sql ? [reference("Connector", input.sql.connectorRef.name, `spec.inputs[${index}].sql.connectorRef`)] : [],
    ),
    ...lookupsOf(spec).map(({ name, path }) => reference("MappingSet", name, path)),
    ...(spec.validation?.ruleSetRefs ?? []).map(({ name }, index) =>
      reference("RuleSet", name, `spec.validation.ruleSetRefs[${index}]`),
    ),
    ...(spec.deliverTo ?? []).map((target, index) =>
      reference("Destination", target.destinationRef.name, `spec.deliverTo[${index}].destinationRef`),
    ),
    reference("ArtifactStore", storeNameOf(spec), "spec.artifactStoreRef"),
    ...textsOf(spec, mappingSets).map(({ name, path }) => reference("ConfigMap", name, path)),
  ];
  const seen = new Set<string>();
  return all.filter(({ kind, name }) => !seen.has(`${kind}/${name}`) && seen.add(`${kind}/${name}`));
}

function reference(kind: ObjectReference["kind"], name: string, path: string): ObjectReference {
  return { kind, name, path };
}

function lookupsOf(spec: ReportSpec): readonly { readonly name: string; readonly path: string }[] {
  return (spec.fields ?? []).flatMap(({ lookup }, index) =>
    lookup?.mappingSetRef
      ? [{ name: lookup.mappingSetRef.name, path: `spec.fields[${index}].lookup.mappingSetRef` }]
      : [],
  );
}

/** The texts of ConfigMaps that a Report needs, each once: schemas of its outputs, and tables of the given MappingSets. */
export function textsOf(
  spec: ReportSpec,
  mappingSets: ReadonlyMap<string, MappingSetSpec> = new Map(),
): readonly TextReference[] {
  const all = [
    ...spec.outputs.flatMap(({ xml }, index) =>
      xml?.schema ? [{ ...xml.schema.configMapKeyRef, path: `spec.outputs[${index}].xml.schema.configMapKeyRef` }] : [],
    ),
    ...lookupsOf(spec).flatMap(({ name, path }) => {
      const key = mappingSets.get(name)?.configMapKeyRef;
      return key ? [{ ...key, path }] : [];
    }),
  ];
  const seen = new Set<string>();
  return all.filter(({ name, key }) => !seen.has(`${name}/${key}`) && seen.add(`${name}/${key}`));
}
