/** Owns how a Report of files is resolved: what it refers to is found among the files, and the whole is checked as the operator does. */
import { createHash } from "node:crypto";
import {
  newDefinition,
  type ObjectReference,
  partNameOfKey,
  referencesOf,
  storeNameOf,
  type TextReference,
  textsOf,
} from "@openreg/crds";
import type {
  ArtifactStoreSpec,
  ConnectorSpec,
  Definition,
  DestinationSpec,
  MappingSetSpec,
  ReportSpec,
  RuleSetSpec,
} from "@openreg/crds/types";
import { checkDefinition, formatDiagnostic } from "@openreg/language";
import { type Manifest, specsOf } from "./manifests.ts";
import { UsageError } from "./usage-error.ts";

/** What Reports may refer to, by kind and name. */
export interface Sources {
  readonly Connector: ReadonlyMap<string, ConnectorSpec>;
  readonly Destination: ReadonlyMap<string, DestinationSpec>;
  readonly ArtifactStore: ReadonlyMap<string, ArtifactStoreSpec>;
  readonly RuleSet: ReadonlyMap<string, RuleSetSpec>;
  readonly MappingSet: ReadonlyMap<string, MappingSetSpec>;
  readonly ConfigMap: ReadonlyMap<string, Manifest>;
}

/** A definition with the texts of its parts by name. */
export interface ResolvedReport {
  readonly definition: Definition;
  readonly parts: ReadonlyMap<string, string>;
}

/** A Report by its name. */
export interface NamedReport {
  readonly name: string;
  readonly spec: ReportSpec;
}

/** Resolves and checks the definition of a Report. Throws UsageError that names what is missing or wrong. */
export function resolveDefinition(manifests: readonly Manifest[], name: string | undefined): Definition {
  return resolveReport(manifests, name).definition;
}

/** The same, with the texts that the definition names by hash. */
export function resolveReport(manifests: readonly Manifest[], name: string | undefined): ResolvedReport {
  const report = reportOf(manifests, name);
  const sources = withLocalStore(sourcesOf(manifests), storeNameOf(report.spec));
  const [missing] = missingReferences(report.spec, sources);
  if (missing) throw new UsageError(`${missing.path}: there is no ${missing.kind} '${missing.name}' among the files`);
  const [textless] = missingTexts(report.spec, sources);
  if (textless) throw new UsageError(`${textless.path}: ${textMissing(textless)}`);
  const resolved = resolvedReport(report, sources);
  const errors = checkDefinition(resolved.definition, resolved.parts).filter(({ severity }) => severity === "Error");
  if (errors.length > 0) throw new UsageError(errors.map(formatDiagnostic).join("\n"));
  return resolved;
}

/** What the files hold that Reports may refer to. */
export function sourcesOf(manifests: readonly Manifest[]): Sources {
  return {
    Connector: specsOf<ConnectorSpec>(manifests, "Connector"),
    Destination: specsOf<DestinationSpec>(manifests, "Destination"),
    ArtifactStore: specsOf<ArtifactStoreSpec>(manifests, "ArtifactStore"),
    RuleSet: specsOf<RuleSetSpec>(manifests, "RuleSet"),
    MappingSet: specsOf<MappingSetSpec>(manifests, "MappingSet"),
    ConfigMap: new Map(
      manifests.filter((one) => one.kind === "ConfigMap").map((one) => [one.metadata.name ?? "", one]),
    ),
  };
}

/** References of a Report to objects that the files do not hold. */
export function missingReferences(spec: ReportSpec, sources: Sources): readonly ObjectReference[] {
  return referencesOf(spec, sources.MappingSet).filter((one) => !sources[one.kind].has(one.name));
}

/** Texts that a Report needs and that its ConfigMaps do not have. */
export function missingTexts(spec: ReportSpec, sources: Sources): readonly TextReference[] {
  return textsOf(spec, sources.MappingSet).filter((one) => textIn(one, sources) === undefined);
}

/** Says which text is missing. */
export function textMissing({ name, key }: TextReference): string {
  return `ConfigMap '${name}' has no text under the key '${key}': add it, or correct the key`;
}

/** Makes the definition; texts that are missing are taken for empty. Throws an Error for what the definition cannot hold. */
export function resolvedReport({ name, spec }: NamedReport, sources: Sources): ResolvedReport {
  const texts = textsOf(spec, sources.MappingSet).map((one) => [partNameOfKey(one), textIn(one, sources)] as const);
  const definition = newDefinition({
    ...{ name, spec, connectors: sources.Connector, destinations: sources.Destination },
    ...{ stores: sources.ArtifactStore, ruleSets: sources.RuleSet, mappingSets: sources.MappingSet },
    parts: new Map(texts.map(([part, text = ""]) => [part, createHash("sha256").update(text, "utf8").digest("hex")])),
  });
  return { definition, parts: new Map(texts.flatMap(([part, text]) => (text === undefined ? [] : [[part, text]]))) };
}

/** A folder takes the place of the store here, so a Report needs none. */
export function withLocalStore(sources: Sources, name: string): Sources {
  if (sources.ArtifactStore.has(name)) return sources;
  const local = { persistentVolumeClaimRef: { name: "local" } };
  return { ...sources, ArtifactStore: new Map([...sources.ArtifactStore, [name, local]]) };
}

/** The Report of a name, or the only one. Throws UsageError when that is none. */
function reportOf(manifests: readonly Manifest[], name: string | undefined): NamedReport {
  const reports = specsOf<ReportSpec>(manifests, "Report");
  const report = name ?? onlyName(reports);
  const spec = reports.get(report);
  if (spec) return { name: report, spec };
  throw new UsageError(`there is no Report '${report}'; there are ${[...reports.keys()].join(", ") || "none"}`);
}

function textIn({ name, key }: TextReference, { ConfigMap }: Sources): string | undefined {
  const { data = {} } = ConfigMap.get(name) ?? {};
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

function onlyName(reports: ReadonlyMap<string, unknown>): string {
  const [name] = reports.keys();
  if (name === undefined) throw new UsageError("the files hold no Report; name them with -f");
  if (reports.size > 1) throw new UsageError(`name one with --report: ${[...reports.keys()].join(", ")}`);
  return name;
}
