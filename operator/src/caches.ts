/** Owns which objects the operator watches, for all namespaces or for the configured ones, and under what they are found. */
import { labels, managedLabels, type ObjectReference, referencesOf, watchLabel } from "@openreg/crds";
import { formatKey, type KubernetesObject, type Resource } from "./controller/kubernetes.ts";
import { newReflector, type Reflector, type ReflectorOptions } from "./controller/reflector.ts";
import type {
  ArtifactStore,
  Connector,
  Destination,
  Job,
  MappingSet,
  NetworkPolicy,
  Pod,
  Report,
  ReportRun,
  ReportVersion,
  RuleSet,
} from "./objects.ts";
import * as resources from "./resources.ts";

/** The caches of one resource: one for all namespaces, or one for each that is configured. */
export interface Cache<T extends KubernetesObject> {
  readonly reflectors: readonly Reflector<T>[];
  /** The reflector that holds a namespace's objects. Throws when the namespace is not watched. */
  in(namespace: string): Reflector<T>;
}

/** Every cache of the operator. */
export interface Caches {
  readonly connectors: Cache<Connector>;
  readonly destinations: Cache<Destination>;
  readonly artifactStores: Cache<ArtifactStore>;
  readonly ruleSets: Cache<RuleSet>;
  readonly mappingSets: Cache<MappingSet>;
  /** ConfigMaps that ask to be watched, their metadata only. */
  readonly configMaps: Cache<KubernetesObject>;
  readonly reports: Cache<Report>;
  readonly reportVersions: Cache<ReportVersion>;
  /** Runs that are not settled, in full. */
  readonly activeRuns: Cache<ReportRun>;
  /** Settled runs, their metadata only. */
  readonly settledRuns: Cache<KubernetesObject>;
  readonly jobs: Cache<Job>;
  readonly networkPolicies: Cache<NetworkPolicy>;
  readonly pods: Cache<Pod>;
}

/** What reflectors are made with, whatever they watch. */
export type CacheDependencies = Pick<
  ReflectorOptions<KubernetesObject>,
  "client" | "clock" | "random" | "metrics" | "log"
>;

/** The value of an index by the name of something in a namespace. */
export function inNamespace(object: KubernetesObject, name: string | undefined): readonly string[] {
  return name === undefined ? [] : [formatKey({ namespace: object.metadata.namespace ?? "", name })];
}

const byNamespace = (object: KubernetesObject) => [object.metadata.namespace ?? ""];

const labelled = (label: string) => (object: KubernetesObject) => inNamespace(object, object.metadata.labels?.[label]);

const ownerUids = (object: KubernetesObject) =>
  (object.metadata.ownerReferences ?? []).flatMap(({ controller, uid }) => (controller ? [uid] : []));

const referenceIndex = (kind: ObjectReference["kind"]) => (report: Report) =>
  referencesOf(report.spec).flatMap((one) => (one.kind === kind ? inNamespace(report, one.name) : []));

/** The caches; nothing is read until their reflectors run. No namespace means all of them. */
export function newCaches(dependencies: CacheDependencies, namespaces: readonly string[]): Caches {
  const cache = <T extends KubernetesObject>(
    resource: Resource,
    rest: Pick<ReflectorOptions<T>, "indexes" | "labelSelector" | "metadataOnly" | "name"> = {},
  ): Cache<T> => newCache({ ...dependencies, resource, ...rest }, namespaces);
  const ours = `app.kubernetes.io/managed-by=${managedLabels["app.kubernetes.io/managed-by"]}`;
  return {
    connectors: cache<Connector>(resources.connectors, { indexes: { namespace: byNamespace } }),
    destinations: cache<Destination>(resources.destinations, { indexes: { namespace: byNamespace } }),
    artifactStores: cache(resources.artifactStores),
    ruleSets: cache(resources.ruleSets),
    mappingSets: cache<MappingSet>(resources.mappingSets, {
      indexes: { configMap: (set) => inNamespace(set, set.spec.configMapKeyRef?.name) },
    }),
    configMaps: cache(resources.configMaps, { labelSelector: watchLabel, metadataOnly: true }),
    reports: cache<Report>(resources.reports, {
      indexes: {
        namespace: byNamespace,
        connector: referenceIndex("Connector"),
        destination: referenceIndex("Destination"),
        artifactStore: referenceIndex("ArtifactStore"),
        ruleSet: referenceIndex("RuleSet"),
        mappingSet: referenceIndex("MappingSet"),
        configMap: referenceIndex("ConfigMap"),
      },
    }),
    reportVersions: cache<ReportVersion>(resources.reportVersions, {
      indexes: { report: (version) => inNamespace(version, version.spec.report) },
    }),
    activeRuns: cache<ReportRun>(resources.reportRuns, {
      name: "reportruns",
      labelSelector: `${labels.settled}!=true`,
      indexes: {
        namespace: byNamespace,
        report: (run) => inNamespace(run, run.spec.reportRef.name),
        series: labelled(labels.series),
        version: (run) => inNamespace(run, run.spec.reportVersionRef?.name),
      },
    }),
    settledRuns: cache(resources.reportRuns, {
      name: "reportruns-settled",
      labelSelector: `${labels.settled}=true`,
      metadataOnly: true,
      indexes: { report: labelled(labels.report), series: labelled(labels.series) },
    }),
    networkPolicies: cache<NetworkPolicy>(resources.networkPolicies, { labelSelector: ours }),
    jobs: cache<Job>(resources.jobs, { labelSelector: ours, indexes: { owner: ownerUids } }),
    pods: cache<Pod>(resources.pods, { labelSelector: ours, indexes: { run: labelled(labels.run), owner: ownerUids } }),
  };
}

/** Every reflector of the caches, to be run together. */
export function reflectorsOf(caches: Caches): readonly Reflector<KubernetesObject>[] {
  const all: readonly Cache<never>[] = Object.values(caches);
  return all.flatMap((cache) => cache.reflectors as unknown as Reflector<KubernetesObject>[]);
}

function newCache<T extends KubernetesObject>(options: ReflectorOptions<T>, namespaces: readonly string[]): Cache<T> {
  if (namespaces.length === 0) {
    const everywhere = newReflector(options);
    return { reflectors: [everywhere], in: () => everywhere };
  }
  const name = options.name ?? options.resource.plural;
  const byNamespace = new Map(
    namespaces.map((namespace) => [namespace, newReflector({ ...options, namespace, name: `${name}/${namespace}` })]),
  );
  return {
    reflectors: [...byNamespace.values()],
    in(namespace) {
      const reflector = byNamespace.get(namespace);
      if (!reflector) throw new Error(`namespace '${namespace}' is not watched: add it to OPENREG_NAMESPACES`);
      return reflector;
    },
  };
}
