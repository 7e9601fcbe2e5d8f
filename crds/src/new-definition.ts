/** Owns how a Report and what it refers to become one resolved definition; here, and nowhere else, defaults are applied. */
import { contractNumber, type Definition } from "./definition.ts";
import type { ArtifactStoreSpec, ConnectorSpec, DestinationSpec, ReportSpec } from "./types.ts";

/** A Report with the specs of everything it refers to, by name. */
export interface DefinitionSources {
  readonly name: string;
  readonly spec: ReportSpec;
  readonly connectors: ReadonlyMap<string, ConnectorSpec>;
  readonly destinations: ReadonlyMap<string, DestinationSpec>;
  readonly stores: ReadonlyMap<string, ArtifactStoreSpec>;
}

/** A reference of a Report to another object of its namespace. */
export interface ObjectReference {
  readonly kind: "Connector" | "Destination" | "ArtifactStore";
  readonly name: string;
  /** Where in the Report it stands. */
  readonly path: string;
}

/** The name of the ArtifactStore of a Report that names none. */
export const defaultStoreName = "default";

/** Lists what a Report refers to, in order of appearance, each object once. */
export function referencesOf(spec: ReportSpec): readonly ObjectReference[] {
  const all: ObjectReference[] = [
    ...spec.inputs.flatMap((input, index) =>
      input.sql
        ? [
            {
              kind: "Connector" as const,
              name: input.sql.connectorRef.name,
              path: `spec.inputs[${index}].sql.connectorRef`,
            },
          ]
        : [],
    ),
    ...(spec.deliverTo ?? []).map((target, index) => ({
      kind: "Destination" as const,
      name: target.destinationRef.name,
      path: `spec.deliverTo[${index}].destinationRef`,
    })),
    { kind: "ArtifactStore", name: storeNameOf(spec), path: "spec.artifactStoreRef" },
  ];
  const seen = new Set<string>();
  return all.filter(({ kind, name }) => !seen.has(`${kind}/${name}`) && seen.add(`${kind}/${name}`));
}

/** The name of the ArtifactStore that a Report uses. */
export function storeNameOf(spec: ReportSpec): string {
  return spec.artifactStoreRef?.name ?? defaultStoreName;
}

/**
 * Makes the resolved definition of a Report. Pure: the same sources give the same definition.
 * Throws an Error that names the reference when a source is missing; check `referencesOf` first.
 */
export function newDefinition(sources: DefinitionSources): Definition {
  const { spec, name } = sources;
  const firstInput = spec.inputs[0]?.name ?? "";
  const recordInput = spec.record?.input ?? firstInput;
  const outputNames = spec.outputs.map((output) => output.name);
  const references = referencesOf(spec);
  const named = (kind: ObjectReference["kind"]) => references.filter((one) => one.kind === kind).map((one) => one.name);
  return {
    format: "v1",
    contract: contractNumber,
    report: name,
    series: spec.series ?? name,
    timeZone: spec.timeZone ?? "UTC",
    parameters: spec.parameters ?? [],
    record: { input: recordInput, key: [...(spec.record?.key ?? [])] },
    connectors: named("Connector").map((one) => resolvedConnector(one, found(sources.connectors, "Connector", one))),
    inputs: spec.inputs.map(resolvedInput),
    fields: (spec.fields ?? []).map((field) => ({ name: field.name, value: field.value ?? "" })),
    rules: (spec.validation?.rules ?? []).map(resolvedRule),
    outputs: spec.outputs.map((output) => resolvedOutput(output, recordInput)),
    destinations: named("Destination").map((one) =>
      resolvedDestination(one, found(sources.destinations, "Destination", one)),
    ),
    deliverTo: (spec.deliverTo ?? []).map((target) => ({
      destination: target.destinationRef.name,
      outputs: [...(target.outputs ?? outputNames)],
    })),
    store: resolvedStore(storeNameOf(spec), found(sources.stores, "ArtifactStore", storeNameOf(spec))),
    keepSourceSnapshot: spec.retention?.keepSourceSnapshot ?? true,
    run: resolvedRun(spec),
  };
}

function found<T>(specs: ReadonlyMap<string, T>, kind: string, name: string): T {
  const spec = specs.get(name);
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

function resolvedInput(input: ReportSpec["inputs"][number]): Definition["inputs"][number] {
  if (!input.sql) throw new Error(`input '${input.name}' has no source that is available yet`);
  return {
    name: input.name,
    sql: { connector: input.sql.connectorRef.name, query: input.sql.query },
    ...(input.columns && {
      columns: input.columns.map(({ name, type, required, personal }) => ({
        name,
        type,
        required: required ?? false,
        personal: personal ?? false,
      })),
    }),
  };
}

function resolvedRule(
  rule: NonNullable<NonNullable<ReportSpec["validation"]>["rules"]>[number],
): Definition["rules"][number] {
  const assert = rule.assert ?? "";
  return {
    id: rule.id,
    severity: rule.severity,
    assert,
    columns: [...(rule.columns ?? [])],
    message: rule.message ?? assert.slice(0, 256),
    ...(rule.reference && { reference: rule.reference }),
  };
}

function resolvedOutput(output: ReportSpec["outputs"][number], recordInput: string): Definition["outputs"][number] {
  const { csv, whenEmpty = "Fail" } = output;
  if (!csv || whenEmpty === "Nil") throw new Error(`output '${output.name}' uses what is not available yet`);
  return {
    name: output.name,
    from: output.from ?? recordInput,
    fileName: output.fileName,
    whenEmpty,
    csv: {
      ...(csv.columns && { columns: [...csv.columns] }),
      columnNames: csv.columnNames ?? true,
      delimiter: csv.delimiter ?? ",",
      quote: csv.quote ?? "Minimal",
      newline: csv.newline ?? "LF",
      bom: csv.bom ?? false,
      formulas: csv.formulas ?? "Refuse",
    },
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
