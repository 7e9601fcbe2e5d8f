/** Owns the check of files without a cluster: each object against its schema, each RuleSet by itself, each Report with all it refers to. */
import { canonicalJson, lengthProblem, storeNameOf } from "@openreg/crds";
import type { ConnectorSpec, DestinationSpec, ReportSpec, RuleSetSpec } from "@openreg/crds/types";
import { checkDefinition, checkRuleSet, type DefinitionDiagnostic } from "@openreg/language";
import { schemaProblems } from "./check-schema.ts";
import type { Manifest, PlacedManifest, ReadManifests } from "./manifests.ts";
import { inOrder, type Remark, remarkOf, remarkOnField, type Unplaced } from "./remark.ts";
import {
  missingReferences,
  missingTexts,
  resolvedReport,
  type Sources,
  sourcesOf,
  textMissing,
  withLocalStore,
} from "./resolve-report.ts";
import { placeAt } from "./yaml-place.ts";

/** Checks what was read. The words about expressions, rules and names are those of the operator: the same code says them. */
export function checkManifests({ placed, errors }: ReadManifests): readonly Remark[] {
  const unreadable = errors.map(({ file, offset, message }) => ({
    ...placeAt(file, offset),
    ...{ object: "", path: "", code: "Yaml", severity: "Error", message },
  })) satisfies Remark[];
  const schema = placed.map((one) => ({ one, problems: schemaProblems(one.manifest) }));
  // one that is only too long for kubectl can be applied in another way
  const isFit = ({ problems }: (typeof schema)[number]) => problems.every(({ code }) => code === "TooLarge");
  const fit = schema.filter(isFit).map(({ one }) => one);
  const unfit = new Set(schema.filter((one) => !isFit(one)).map(({ one }) => idOf(one)));
  const used = new Set(placed.flatMap(({ manifest }) => mappingSetsOf(manifest)));
  const files = { sources: sourcesOf(fit.map(({ manifest }) => manifest)), unfit, used };
  return inOrder([
    ...unreadable,
    ...schema.flatMap(({ one, problems }) =>
      problems.map((problem) => remarkOnField(one, { ...problem, severity: "Error" })),
    ),
    ...fit.flatMap((one) => checkOne(one, files)),
  ]);
}

interface Files {
  /** Objects that their schemas accept. */
  readonly sources: Sources;
  /** Objects that they do not, as `kind/name`. */
  readonly unfit: ReadonlySet<string>;
  /** MappingSets that a Report looks up, right or not. */
  readonly used: ReadonlySet<string>;
}

function checkOne(placed: PlacedManifest, files: Files): readonly Remark[] {
  const { kind, spec, apiVersion = "" } = placed.manifest;
  if (!apiVersion.startsWith("openreg.dev/")) return [];
  if (kind === "RuleSet") return checkRuleSet(spec as RuleSetSpec).map((one) => remarkOf(placed, one));
  if (kind === "MappingSet") return checkUse(placed, files);
  return kind === "Report" ? checkReport(placed, spec as ReportSpec, files) : [];
}

/** What is in a MappingSet is checked with the Reports that look it up. */
function checkUse(placed: PlacedManifest, { used }: Files): readonly Remark[] {
  const { name = "" } = placed.manifest.metadata;
  if (used.has(name)) return [];
  const message = "no Report among the files looks it up, so its entries are not checked";
  const hint = "name the file of a Report that does with -f, or take it out";
  return [remarkOnField(placed, { path: "metadata.name", code: "Unused", severity: "Warning", message, hint })];
}

function checkReport(placed: PlacedManifest, spec: ReportSpec, { sources, unfit }: Files): readonly Remark[] {
  const missing = missingReferences(spec, sources).filter((one) => !unfit.has(`${one.kind}/${one.name}`));
  const named = missing.filter(({ kind }) => kind !== "ArtifactStore" || spec.artifactStoreRef);
  const local = withStandIns(spec, sources);
  const stillMissing = missingReferences(spec, local).filter(({ kind }) => kind !== "ConfigMap");
  const textless = missingTexts(spec, local).filter(({ name }) => local.ConfigMap.has(name));
  const remarks: Unplaced[] = [
    ...named.map(({ kind, name, path }) => absent(kind, name, path)),
    ...textless.map((one) => ({ ...unknown, path: one.path, message: textMissing(one) })),
  ];
  const said = remarks.map((one) => remarkOnField(placed, one));
  if (stillMissing.length > 0 || textless.length > 0) return said;
  return [...said, ...checkResolved(placed, spec, local)];
}

const unknown = { code: "UnknownReference", severity: "Error" } as const;
const lacking = { ...unknown, hint: "name its file with -f, so that the Report can be checked" } as const;

/** What holds rules and tables is needed for the check; whom we read from and deliver to is not, nor are large texts. */
function absent(kind: string, name: string, path: string): Unplaced {
  const message = `${kind} '${name}' is not among the files`;
  if (kind === "RuleSet" || kind === "MappingSet") return { ...lacking, path, message };
  const hint =
    kind === "ConfigMap"
      ? "name its file with -f, so that a table in it is checked too"
      : "it must be in the namespace when the Report is applied";
  return { path, code: "UnknownReference", severity: "Warning", message, hint };
}

function checkResolved(placed: PlacedManifest, spec: ReportSpec, sources: Sources): readonly Remark[] {
  const diagnostics = diagnosticsOf({ name: placed.manifest.metadata.name ?? "", spec }, sources);
  if (typeof diagnostics !== "string") return diagnostics.map((one) => remarkOf(placed, one));
  return [remarkOnField(placed, { path: "spec", code: "Unavailable", severity: "Error", message: diagnostics })];
}

function diagnosticsOf(
  report: { readonly name: string; readonly spec: ReportSpec },
  sources: Sources,
): readonly DefinitionDiagnostic[] | string {
  try {
    const { definition, parts } = resolvedReport(report, sources);
    return lengthProblem(canonicalJson(definition)) ?? checkDefinition(definition, parts);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Connectors and Destinations are often kept elsewhere; nothing in them bears on whether a Report is right. */
function withStandIns(spec: ReportSpec, sources: Sources): Sources {
  const credentialsSecretRef = { name: "stand-in" };
  const connector: ConnectorSpec = { postgresql: { host: "stand-in", database: "stand-in" }, credentialsSecretRef };
  const sftp = { host: "stand-in", directory: "/", hostKeys: [] };
  const destination: DestinationSpec = { mode: "Test", sftp, credentialsSecretRef };
  const named = (kind: string) =>
    missingReferences(spec, sources)
      .filter((one) => one.kind === kind)
      .map(({ name }) => name);
  return {
    ...withLocalStore(sources, storeNameOf(spec)),
    Connector: new Map([...sources.Connector, ...named("Connector").map((name) => [name, connector] as const)]),
    Destination: new Map([...sources.Destination, ...named("Destination").map((name) => [name, destination] as const)]),
  };
}

/** Names of the MappingSets in a Report, whose shape may be wrong. */
function mappingSetsOf({ kind, spec }: Manifest): readonly string[] {
  if (kind !== "Report") return [];
  const { fields } = (spec ?? {}) as { readonly fields?: unknown };
  const lookups = (Array.isArray(fields) ? fields : []) as readonly (Field | null)[];
  return lookups.flatMap((field) => field?.lookup?.mappingSetRef?.name ?? []);
}

interface Field {
  readonly lookup?: { readonly mappingSetRef?: { readonly name?: string } | null } | null;
}

function idOf({ manifest }: PlacedManifest): string {
  return `${manifest.kind}/${manifest.metadata.name ?? ""}`;
}
