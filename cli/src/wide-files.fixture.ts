/** Owns the wide report as YAML files: every object that it refers to, changed where a test says so. */
import type { DefinitionSources } from "@openreg/crds";
import type { ReportSpec } from "@openreg/crds/types";
import { LineCounter, parseAllDocuments, stringify } from "yaml";
import { wideParts, wideSources, wideSpec } from "../../language/src/wide-report.fixture.ts";
import type { Manifest, ReadManifests } from "./manifests.ts";

/** A change of the wide report. */
export interface WideChange {
  readonly change?: Partial<ReportSpec>;
  readonly sources?: Partial<DefinitionSources>;
  readonly parts?: ReadonlyMap<string, string>;
}

/** The objects of the wide report; the Report comes last. */
export function wideManifests({ change, sources, parts = wideParts }: WideChange = {}): readonly Manifest[] {
  const all = { ...wideSources, ...sources };
  const texts = Object.fromEntries(parts);
  return [
    ...objects("Connector", all.connectors),
    ...objects("Destination", withHostKey(all.destinations)),
    ...objects("ArtifactStore", all.stores),
    ...objects("RuleSet", all.ruleSets),
    ...objects("MappingSet", all.mappingSets),
    configMap("schemas", { "trades.xsd": "<xsd/>" }),
    configMap("tables", { "currencies.csv": texts["tables/currencies.csv"] ?? "" }),
    object("Report", "wide", { ...wideSpec, ...change }),
  ];
}

/** Objects as if they had been read from one file. */
export function readBack(manifests: readonly unknown[], path = "wide.yaml"): ReadManifests {
  return readText(manifests.map((one) => stringify(one, { version: "1.1" })).join("---\n"), path);
}

/** A text as if it had been read from a file. */
export function readText(text: string, path = "wide.yaml"): ReadManifests {
  const lines = new LineCounter();
  const file = { path, text, lines };
  const documents = [...parseAllDocuments(text, { version: "1.1", lineCounter: lines, prettyErrors: false })];
  const placed = documents.map((document) => ({ file, document, manifest: document.toJS() as Manifest }));
  return { placed, errors: [] };
}

/** An object of ours. */
export function object(kind: string, name: string, spec: unknown): Manifest {
  return { apiVersion: "openreg.dev/v1alpha1", kind, metadata: { name }, spec };
}

/** The fixture of the language has host keys that are too short for the schema. */
function withHostKey(destinations: DefinitionSources["destinations"]): DefinitionSources["destinations"] {
  const hostKeys = [`ssh-ed25519 ${"A".repeat(68)}`];
  return new Map(
    [...destinations].map(([name, one]) => [name, { ...one, ...(one.sftp && { sftp: { ...one.sftp, hostKeys } }) }]),
  );
}

function objects(kind: string, specs: ReadonlyMap<string, unknown> = new Map()): readonly Manifest[] {
  return [...specs].map(([name, spec]) => object(kind, name, spec));
}

function configMap(name: string, data: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
}
