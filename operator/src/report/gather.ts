/** Owns what one reconcile of a Report reads: caches, and live the ConfigMaps that it names. */
import { createHash } from "node:crypto";
import {
  canonicalJson,
  contractNumber,
  type DefinitionSources,
  isEndState,
  lengthProblem,
  newDefinition,
  type ObjectReference,
  partNameOf,
  partNameOfKey,
  referencesOf,
  type TextReference,
  textsOf,
  versionNameOf,
} from "@openreg/crds";
import type { Caches } from "../caches.ts";
import type { DefinitionRemark } from "../check-worker.ts";
import { formatKey, type KubernetesObject, type ObjectKey } from "../controller/kubernetes.ts";
import { messageOf } from "../controller/log.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { ArtifactStore, ConfigMap, Connector, Destination, MappingSet, Report, RuleSet } from "../objects.ts";
import { configMaps } from "../resources.ts";
import type { EndedRun, ReportInput, ResolvedPart, ResolvedReport } from "./input.ts";

/** What gathering needs besides the context. */
export interface ReportGatherDeps {
  readonly caches: Caches;
  readonly check: (
    contentHash: string,
    definition: string,
    parts: ReadonlyMap<string, string>,
  ) => Promise<readonly DefinitionRemark[]>;
  readonly referenceGraceSeconds: number;
  readonly priorityClasses: readonly string[];
}

type Found = ReadonlyMap<string, KubernetesObject>;

/** Reads what a reconcile needs; undefined when the Report does not exist or is being deleted. */
export async function gather(
  key: ObjectKey,
  context: ReconcileContext,
  deps: ReportGatherDeps,
): Promise<ReportInput | undefined> {
  const { caches, referenceGraceSeconds, priorityClasses } = deps;
  const report = context.store(caches.reports.in(key.namespace)).get(key);
  if (!report || report.metadata.deletionTimestamp) return undefined;
  const { references, found } = await findAll(report, key.namespace, context, caches);
  const missing = references.filter((one) => !found.has(idOf(one)));
  const base = {
    report,
    usesConfigMaps: references.some(({ kind }) => kind === "ConfigMap"),
    missing,
    referenceGraceSeconds,
    priorityClasses,
    endedRuns: endedRunsOf(key, context, caches),
  };
  if (missing.length > 0) return base;
  try {
    const resolved = await resolve(report, found, references, deps);
    const name = versionNameOf(key.name, resolved.version.contentHash);
    const existing = context.store(caches.reportVersions.in(key.namespace)).get({ namespace: key.namespace, name });
    return { ...base, resolved, ...(existing && { existing }) };
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { ...base, unavailable: error.message };
  }
}

/** A definition that cannot be made from what is there. */
class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

function idOf({ kind, name }: Pick<ObjectReference, "kind" | "name">): string {
  return `${kind}/${name}`;
}

/** Everything that a Report refers to; its MappingSets say which ConfigMaps they need. */
async function findAll(
  { spec }: Report,
  namespace: string,
  context: ReconcileContext,
  caches: Caches,
): Promise<{ readonly references: readonly ObjectReference[]; readonly found: Found }> {
  const stores = {
    Connector: context.store(caches.connectors.in(namespace)),
    Destination: context.store(caches.destinations.in(namespace)),
    ArtifactStore: context.store(caches.artifactStores.in(namespace)),
    RuleSet: context.store(caches.ruleSets.in(namespace)),
    MappingSet: context.store(caches.mappingSets.in(namespace)),
  };
  const read = async ({ kind, name }: ObjectReference): Promise<KubernetesObject | undefined> =>
    kind === "ConfigMap" ? context.client.find(configMaps, { namespace, name }) : stores[kind].get({ namespace, name });
  const found = new Map<string, KubernetesObject>();
  const add = async (references: readonly ObjectReference[]) => {
    for (const reference of references) {
      const object = found.get(idOf(reference)) ?? (await read(reference));
      if (object && !object.metadata.deletionTimestamp) found.set(idOf(reference), object);
    }
  };
  await add(referencesOf(spec).filter(({ kind }) => kind === "MappingSet"));
  const references = referencesOf(spec, specsIn<MappingSet>(found, "MappingSet"));
  await add(references);
  return { references, found };
}

/** The specs of what was found of one kind, by name. */
function specsIn<T extends { readonly spec: unknown }>(
  found: Found,
  kind: ObjectReference["kind"],
): ReadonlyMap<string, T["spec"]> {
  return new Map(
    [...found].flatMap(([id, object]) =>
      id.startsWith(`${kind}/`) ? [[object.metadata.name, (object as KubernetesObject & T).spec] as const] : [],
    ),
  );
}

async function resolve(
  report: Report,
  found: Found,
  references: readonly ObjectReference[],
  deps: ReportGatherDeps,
): Promise<ResolvedReport> {
  const parts = partsOf(report, found);
  const definition = definitionOf(report, found, parts);
  const text = canonicalJson(definition);
  const tooLong = lengthProblem(text);
  if (tooLong !== undefined) throw new UnavailableError(tooLong);
  const contentHash = sha256Of(text);
  const { series, report: name } = definition;
  const named = parts.map((part) => ({ name: part.name, sha256: part.sha256, configMap: partNameOf(part.sha256) }));
  const version = {
    series,
    report: name,
    format: "v1" as const,
    contract: contractNumber,
    definition: text,
    contentHash,
  };
  return {
    version: { ...version, ...(named.length > 0 && { parts: named }) },
    inputs: references.map((reference) => inputOf(reference, found)),
    remarks: await deps.check(contentHash, text, new Map(parts.map((part) => [part.name, part.text]))),
    parts,
  };
}

function sha256Of(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** The texts of the ConfigMaps that a Report needs. Throws when one has no such key. */
function partsOf(report: Report, found: Found): readonly ResolvedPart[] {
  return textsOf(report.spec, specsIn<MappingSet>(found, "MappingSet")).map((reference) => {
    const { data = {} } = (found.get(`ConfigMap/${reference.name}`) ?? {}) as Partial<ConfigMap>;
    const text = Object.hasOwn(data, reference.key) ? data[reference.key] : undefined;
    if (text === undefined) throw new UnavailableError(keyMissing(reference));
    return { name: partNameOfKey(reference), sha256: sha256Of(text), text };
  });
}

function keyMissing({ name, key, path }: TextReference): string {
  return `ConfigMap '${name}' of ${path} has no text under the key '${key}': add it, or correct the key`;
}

function definitionOf(report: Report, found: Found, parts: readonly ResolvedPart[]) {
  const sources: DefinitionSources = {
    name: report.metadata.name,
    spec: report.spec,
    connectors: specsIn<Connector>(found, "Connector"),
    destinations: specsIn<Destination>(found, "Destination"),
    stores: specsIn<ArtifactStore>(found, "ArtifactStore"),
    ruleSets: specsIn<RuleSet>(found, "RuleSet"),
    mappingSets: specsIn<MappingSet>(found, "MappingSet"),
    parts: new Map(parts.map(({ name, sha256 }) => [name, sha256])),
  };
  try {
    return newDefinition(sources);
  } catch (error) {
    throw new UnavailableError(messageOf(error), { cause: error });
  }
}

/** What says whether an object has moved since: its generation, or for a ConfigMap, which has none, its version. */
function inputOf(reference: ObjectReference, found: Found): ResolvedReport["inputs"][number] {
  const { uid = "", generation, resourceVersion } = found.get(idOf(reference))?.metadata ?? {};
  const moved = reference.kind === "ConfigMap" ? { resourceVersion } : { generation };
  const isKnown = Object.values(moved).every((value) => value !== undefined);
  return { kind: reference.kind, name: reference.name, uid, ...(isKnown && moved) };
}

function endedRunsOf(key: ObjectKey, context: ReconcileContext, caches: Caches): readonly EndedRun[] {
  const runs = context.store(caches.activeRuns.in(key.namespace)).byIndex("report", formatKey(key));
  return runs.flatMap(({ metadata, status }) =>
    status?.state && status.endedAt && isEndState(status.state)
      ? [{ name: metadata.name, state: status.state, endedAt: status.endedAt }]
      : [],
  );
}
