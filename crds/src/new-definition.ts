/** Owns how a Report and what it refers to become one resolved definition; here, and nowhere else, defaults are applied. */
import { contractNumber, type Definition } from "./definition.ts";
import { resolvedFields, resolvedInput, resolvedMappingSet, unknownEntryName } from "./new-definition-inputs.ts";
import { partNameOfKey, resolvedOutput, resolvedPacking } from "./new-definition-outputs.ts";
import { resolvedRules, resolvedValidation } from "./new-definition-rules.ts";
import { type ObjectReference, referencesOf, storeNameOf, textsOf } from "./report-references.ts";
import type {
  ArtifactStoreSpec,
  ConnectorSpec,
  DestinationSpec,
  MappingSetSpec,
  ReportSpec,
  RuleSetSpec,
} from "./types.ts";

/** A Report with the specs of everything it refers to, by name. */
export interface DefinitionSources {
  readonly name: string;
  readonly spec: ReportSpec;
  readonly connectors: ReadonlyMap<string, ConnectorSpec>;
  readonly destinations: ReadonlyMap<string, DestinationSpec>;
  readonly stores: ReadonlyMap<string, ArtifactStoreSpec>;
  readonly ruleSets?: ReadonlyMap<string, RuleSetSpec>;
  readonly mappingSets?: ReadonlyMap<string, MappingSetSpec>;
  /** The sha256 of each text of a ConfigMap, by `partNameOfKey`; see `textsOf`. */
  readonly parts?: ReadonlyMap<string, string>;
}

/**
 * Makes the resolved definition of a Report. Pure: the same sources give the same definition.
 * Throws an Error that names the reference when a source is missing; check `referencesOf` first.
 */
export function newDefinition(sources: DefinitionSources): Definition {
  const { spec, name, mappingSets = new Map() } = sources;
  const recordInput = spec.record?.input ?? spec.inputs[0]?.name ?? "";
  const references = referencesOf(spec);
  const named = (kind: ObjectReference["kind"]) => references.filter((one) => one.kind === kind).map((one) => one.name);
  const ruleSetOf = (one: string) => found(sources.ruleSets, "RuleSet", one);
  return {
    format: "v1",
    contract: contractNumber,
    report: name,
    series: spec.series ?? name,
    timeZone: spec.timeZone ?? "UTC",
    parameters: spec.parameters ?? [],
    record: resolvedRecord(spec, recordInput),
    connectors: named("Connector").map((one) => resolvedConnector(one, found(sources.connectors, "Connector", one))),
    inputs: spec.inputs.map(resolvedInput),
    ...resolvedMappingSets(named("MappingSet"), mappingSets),
    fields: resolvedFields(spec, mappingSets),
    rules: resolvedRules(spec.validation ?? {}, ruleSetOf, recordInput),
    ...resolvedValidation(spec.validation ?? {}, ruleSetOf),
    outputs: spec.outputs.map((output) => resolvedOutput(output, recordInput)),
    destinations: named("Destination").map((one) =>
      resolvedDestination(one, found(sources.destinations, "Destination", one)),
    ),
    deliverTo: (spec.deliverTo ?? []).map((target) => resolvedTarget(target, spec)),
    store: resolvedStore(storeNameOf(spec), found(sources.stores, "ArtifactStore", storeNameOf(spec))),
    keepSourceSnapshot: spec.retention?.keepSourceSnapshot ?? true,
    ...resolvedParts(sources),
    run: resolvedRun(spec),
  };
}

function resolvedRecord({ record = {} }: ReportSpec, input: string): Definition["record"] {
  const { key = [], action } = record;
  return { input, key: [...key], ...(action !== undefined && { action }) };
}

function resolvedMappingSets(
  names: readonly string[],
  specs: ReadonlyMap<string, MappingSetSpec>,
): Pick<Definition, "mappingSets"> {
  if (names.length === 0) return {};
  return {
    mappingSets: names.map((name) => {
      const spec = found(specs, "MappingSet", name);
      const unknown = unknownEntryName(spec);
      if (unknown !== undefined)
        throw new Error(`MappingSet '${name}': ${unknown}: correct it, or add it to the types`);
      return resolvedMappingSet(name, spec, spec.configMapKeyRef && partNameOfKey(spec.configMapKeyRef));
    }),
  };
}

function resolvedTarget(
  target: NonNullable<ReportSpec["deliverTo"]>[number],
  spec: ReportSpec,
): Definition["deliverTo"][number] {
  return {
    destination: target.destinationRef.name,
    outputs: [...(target.outputs ?? spec.outputs.map((output) => output.name))],
    ...(target.sequence !== undefined && { sequence: target.sequence }),
    ...(target.package && { package: target.package.map(resolvedPacking) }),
  };
}

function resolvedParts({ spec, mappingSets, parts }: DefinitionSources): Pick<Definition, "parts"> {
  const texts = textsOf(spec, mappingSets);
  if (texts.length === 0) return {};
  return {
    parts: texts.map((text) => {
      const name = partNameOfKey(text);
      return { name, sha256: found(parts, "the text", name) };
    }),
  };
}

function found<T>(specs: ReadonlyMap<string, T> | undefined, kind: string, name: string): T {
  const spec = specs?.get(name);
  if (!spec) throw new Error(`${kind} '${name}' is not among the resolved references`);
  return spec;
}

function resolvedConnector(name: string, spec: ConnectorSpec): Definition["connectors"][number] {
  const postgresql = spec.postgresql;
  if (!postgresql) throw new Error(`Connector '${name}' has no kind that is available yet`);
  const { mode = "VerifyFull", caSecretRef } = postgresql.tls ?? {};
  return {
    name,
    postgresql: {
      host: postgresql.host,
      port: postgresql.port ?? 5432,
      database: postgresql.database,
      applicationName: postgresql.applicationName ?? "openreg",
      tls: { mode, ...(caSecretRef && { caSecret: caSecretRef.name }) },
    },
    credentialsSecret: spec.credentialsSecretRef.name,
    statementTimeoutSeconds: spec.limits?.statementTimeoutSeconds ?? 3600,
  };
}

function resolvedDestination(name: string, spec: DestinationSpec): Definition["destinations"][number] {
  const { sftp, delivery } = spec;
  if (!sftp) throw new Error(`Destination '${name}' has no kind that is available yet`);
  return {
    name,
    mode: spec.mode,
    sftp: { host: sftp.host, port: sftp.port ?? 22, directory: sftp.directory, hostKeys: [...sftp.hostKeys] },
    credentialsSecret: spec.credentialsSecretRef.name,
    delivery: {
      maxAttempts: delivery?.maxAttempts ?? 5,
      backoff: {
        initialSeconds: delivery?.backoff?.initialSeconds ?? 2,
        maxSeconds: delivery?.backoff?.maxSeconds ?? 60,
      },
      timeoutSeconds: delivery?.timeoutSeconds ?? 60,
      temporarySuffix: delivery?.temporarySuffix ?? ".part",
      ...(delivery?.fileNamePattern && { fileNamePattern: delivery.fileNamePattern }),
      verify: delivery?.verify ?? "Hash",
    },
    ...resolvedSequences(spec),
  };
}

function resolvedSequences({ sequences = [] }: DestinationSpec): Pick<Definition["destinations"][number], "sequences"> {
  if (sequences.length === 0) return {};
  return {
    sequences: sequences.map(({ name, width = 6, firstNumber = 1, resets = "Never", order = "Strict" }) => ({
      ...{ name, width, firstNumber, resets, order },
    })),
  };
}

function resolvedStore(name: string, spec: ArtifactStoreSpec): Definition["store"] {
  if (!spec.persistentVolumeClaimRef) throw new Error(`ArtifactStore '${name}' has no kind that is available yet`);
  return { name, persistentVolumeClaim: spec.persistentVolumeClaimRef.name };
}

function resolvedRun(spec: ReportSpec): Definition["run"] {
  const run = spec.run ?? {};
  const { requests, limits } = run.resources ?? {};
  return {
    deadlineSeconds: run.deadlineSeconds ?? 3600,
    giveUpAfterSeconds: run.giveUpAfterSeconds ?? 86400,
    maxAttempts: run.maxAttempts ?? 4,
    workVolumeSize: run.workVolumeSize ?? "4Gi",
    resources: {
      requests: { cpu: requests?.cpu ?? "250m", memory: requests?.memory ?? "384Mi" },
      limits: { memory: limits?.memory ?? "1Gi", ...(limits?.cpu && { cpu: limits.cpu }) },
    },
    ...(run.priorityClassName && { priorityClassName: run.priorityClassName }),
    nodeSelector: run.nodeSelector ?? {},
    tolerations: (run.tolerations ?? []).map((one) => ({ ...one })),
    ...(run.queueName && { queueName: run.queueName }),
  };
}
