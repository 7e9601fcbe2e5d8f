/** Owns what one reconcile of a Report reads; all of it comes from caches. */
import { createHash } from "node:crypto";
import {
  canonicalJson,
  contractNumber,
  type DefinitionSources,
  isEndState,
  newDefinition,
  type ObjectReference,
  referencesOf,
  versionNameOf,
} from "@openreg/crds";
import type { Caches } from "../caches.ts";
import type { DefinitionRemark } from "../check-worker.ts";
import { formatKey, type KubernetesObject, type ObjectKey } from "../controller/kubernetes.ts";
import { messageOf } from "../controller/log.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { ArtifactStore, Connector, Destination, Report } from "../objects.ts";
import type { EndedRun, ReportInput, ResolvedReport } from "./input.ts";

/** What gathering needs besides the context. */
export interface ReportGatherDeps {
  readonly caches: Caches;
  readonly check: (definition: string) => Promise<readonly DefinitionRemark[]>;
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
  const references = referencesOf(report.spec);
  const found = findAll(references, key.namespace, context, caches);
  const missing = references.filter((one) => !found.has(idOf(one)));
  const base = {
    report,
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

function findAll(
  references: readonly ObjectReference[],
  namespace: string,
  context: ReconcileContext,
  caches: Caches,
): Found {
  const stores = {
    Connector: context.store(caches.connectors.in(namespace)),
    Destination: context.store(caches.destinations.in(namespace)),
    ArtifactStore: context.store(caches.artifactStores.in(namespace)),
  };
  const found = new Map<string, KubernetesObject>();
  for (const reference of references) {
    const object = stores[reference.kind as keyof typeof stores]?.get({ namespace, name: reference.name });
    if (object && !object.metadata.deletionTimestamp) found.set(idOf(reference), object);
  }
  return found;
}

async function resolve(
  report: Report,
  found: Found,
  references: readonly ObjectReference[],
  deps: ReportGatherDeps,
): Promise<ResolvedReport> {
  const definition = definitionOf(report, found, references);
  const text = canonicalJson(definition);
  const contentHash = createHash("sha256").update(text, "utf8").digest("hex");
  const { series, report: name } = definition;
  return {
    version: { series, report: name, format: "v1", contract: contractNumber, definition: text, contentHash },
    inputs: references.map((reference) => inputOf(reference, found)),
    remarks: await deps.check(text),
  };
}

function definitionOf(report: Report, found: Found, references: readonly ObjectReference[]) {
  const specs = <T extends { readonly spec: unknown }>(kind: ObjectReference["kind"]) =>
    new Map(
      references.flatMap((one) => {
        const object = one.kind === kind ? (found.get(idOf(one)) as (KubernetesObject & T) | undefined) : undefined;
        return object ? [[one.name, object.spec] as const] : [];
      }),
    ) as ReadonlyMap<string, T["spec"]>;
  const sources: DefinitionSources = {
    name: report.metadata.name,
    spec: report.spec,
    connectors: specs<Connector>("Connector"),
    destinations: specs<Destination>("Destination"),
    stores: specs<ArtifactStore>("ArtifactStore"),
  };
  try {
    return newDefinition(sources);
  } catch (error) {
    throw new UnavailableError(messageOf(error), { cause: error });
  }
}

function inputOf(reference: ObjectReference, found: Found): ResolvedReport["inputs"][number] {
  const { uid = "", generation } = found.get(idOf(reference))?.metadata ?? {};
  return { kind: reference.kind, name: reference.name, uid, ...(generation !== undefined && { generation }) };
}

function endedRunsOf(key: ObjectKey, context: ReconcileContext, caches: Caches): readonly EndedRun[] {
  const runs = context.store(caches.activeRuns.in(key.namespace)).byIndex("report", formatKey(key));
  return runs.flatMap(({ metadata, status }) =>
    status?.state && status.endedAt && isEndState(status.state)
      ? [{ name: metadata.name, state: status.state, endedAt: status.endedAt }]
      : [],
  );
}
