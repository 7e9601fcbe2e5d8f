/** Owns a run on this machine: from manifests to the plan that the runner carries out. */
import { createHash, randomUUID } from "node:crypto";
import {
  canonicalJson,
  connectorCredentials,
  contractNumber,
  newDefinition,
  partNameOfKey,
  type RunPlan,
  referencesOf,
  storeNameOf,
  type TextReference,
  textsOf,
  versionNameOf,
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
import { checkDefinition, formatDiagnostic, resolveParameters } from "@openreg/language";
import { type ExecutionDraft, type LocalEnd, partsInMemory, runLocally, secretsInMemory } from "@openreg/runner";
import { type Manifest, secretsOf, specsOf } from "./manifests.ts";
import { UsageError } from "./usage-error.ts";

/** What to run. */
export interface LocalRunRequest {
  readonly manifests: readonly Manifest[];
  /** The Report; may be left out where there is one only. */
  readonly report?: string | undefined;
  readonly businessDate: string;
  readonly mode: "Live" | "Test";
  readonly parameters: Readonly<Record<string, string>>;
  /** An existing folder that takes what the run makes. */
  readonly storeFolder: string;
  readonly show: (draft: ExecutionDraft) => void;
}

/** Carries out a run without a cluster; nothing is delivered. Throws UsageError when the definition is not right. */
export async function runReport(request: LocalRunRequest): Promise<LocalEnd> {
  const { definition, parts } = resolveReport(request.manifests, request.report);
  return runLocally({
    plan: newPlan(definition, request),
    parts: partsInMemory(parts.values()),
    storeFolder: request.storeFolder,
    secrets: secretsInMemory(connectorSecrets(definition, request.manifests)),
    show: request.show,
  });
}

/** Resolves and checks the definition of a Report. Throws UsageError that names what is missing or wrong. */
export function resolveDefinition(manifests: readonly Manifest[], name: string | undefined): Definition {
  return resolveReport(manifests, name).definition;
}

/** A definition with the texts of its parts by name. */
export interface ResolvedReport {
  readonly definition: Definition;
  readonly parts: ReadonlyMap<string, string>;
}

/** The same, with the texts that the definition names by hash. */
export function resolveReport(manifests: readonly Manifest[], name: string | undefined): ResolvedReport {
  const reports = specsOf<ReportSpec>(manifests, "Report");
  const report = name ?? onlyName(reports);
  const spec = reports.get(report);
  if (!spec)
    throw new UsageError(`there is no Report '${report}'; there are ${[...reports.keys()].join(", ") || "none"}`);
  const sources = {
    Connector: specsOf<ConnectorSpec>(manifests, "Connector"),
    Destination: specsOf<DestinationSpec>(manifests, "Destination"),
    ArtifactStore: withLocalStore(specsOf<ArtifactStoreSpec>(manifests, "ArtifactStore"), storeNameOf(spec)),
    RuleSet: specsOf<RuleSetSpec>(manifests, "RuleSet"),
    MappingSet: specsOf<MappingSetSpec>(manifests, "MappingSet"),
    ConfigMap: new Map(
      manifests.filter((one) => one.kind === "ConfigMap").map((one) => [one.metadata.name ?? "", one]),
    ),
  };
  const missing = referencesOf(spec, sources.MappingSet).find((one) => !sources[one.kind].has(one.name));
  if (missing) throw new UsageError(`${missing.path}: there is no ${missing.kind} '${missing.name}' among the files`);
  const parts = textsIn(textsOf(spec, sources.MappingSet), sources.ConfigMap);
  const definition = newDefinition({
    ...{ name: report, spec, connectors: sources.Connector, destinations: sources.Destination },
    ...{ stores: sources.ArtifactStore, ruleSets: sources.RuleSet, mappingSets: sources.MappingSet },
    parts: new Map([...parts].map(([part, text]) => [part, createHash("sha256").update(text, "utf8").digest("hex")])),
  });
  const errors = checkDefinition(definition, parts).filter(({ severity }) => severity === "Error");
  if (errors.length > 0) throw new UsageError(errors.map(formatDiagnostic).join("\n"));
  return { definition, parts };
}

function textsIn(
  texts: readonly TextReference[],
  configMaps: ReadonlyMap<string, Manifest>,
): ReadonlyMap<string, string> {
  return new Map(
    texts.map((reference) => {
      const { data = {} } = configMaps.get(reference.name) ?? {};
      const text = Object.hasOwn(data, reference.key) ? data[reference.key] : undefined;
      if (text !== undefined) return [partNameOfKey(reference), text];
      throw new UsageError(`${reference.path}: ConfigMap '${reference.name}' has no text under '${reference.key}'`);
    }),
  );
}

function onlyName(reports: ReadonlyMap<string, unknown>): string {
  const [name] = reports.keys();
  if (name === undefined) throw new UsageError("the files hold no Report; name them with -f");
  if (reports.size > 1) throw new UsageError(`name one Report: ${[...reports.keys()].join(", ")}`);
  return name;
}

/** A folder takes the place of the store here, so a Report needs none. */
function withLocalStore(
  stores: ReadonlyMap<string, ArtifactStoreSpec>,
  name: string,
): ReadonlyMap<string, ArtifactStoreSpec> {
  return stores.has(name) ? stores : new Map([...stores, [name, { persistentVolumeClaimRef: { name: "local" } }]]);
}

function newPlan(definition: Definition, request: LocalRunRequest): RunPlan {
  const parameters = resolveParameters(definition.parameters, request.parameters);
  if (parameters.kind === "Problem") throw new UsageError(parameters.message);
  const text = canonicalJson(definition);
  const contentHash = createHash("sha256").update(text).digest("hex");
  const now = Temporal.Now.instant().toString({ smallestUnit: "second" });
  return {
    contract: contractNumber,
    purpose: "Run",
    run: {
      namespace: "local",
      name: `${definition.report}-${request.businessDate}`,
      uid: randomUUID(),
      createdAt: now,
      businessDate: request.businessDate,
      mode: request.mode,
      parameters: parameters.values,
      purpose: "Original",
    },
    attempt: 1,
    firstStartedAt: now,
    deadlineSeconds: definition.run.deadlineSeconds,
    heartbeatSeconds: 1,
    endedRuns: [],
    activeRuns: [],
    image: "local",
    version: { name: versionNameOf(definition.report, contentHash), contentHash, definition: text },
  };
}

function connectorSecrets(
  definition: Definition,
  manifests: readonly Manifest[],
): Record<string, Readonly<Record<string, string>>> {
  const secrets = secretsOf(manifests);
  return Object.fromEntries(
    definition.connectors.flatMap((one) => {
      const secret = secrets.get(one.credentialsSecret);
      return secret ? [[connectorCredentials(one.name), secret]] : [];
    }),
  );
}
