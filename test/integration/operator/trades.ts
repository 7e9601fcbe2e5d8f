/** Owns the objects of a small report, as a tenant applies them. */
import type { ArtifactStoreSpec, ConnectorSpec, DestinationSpec, ReportRunSpec, ReportSpec } from "@openreg/crds/types";
import type { ApiClient } from "../../../operator/src/controller/api-client.ts";
import type { KubernetesObject, Resource } from "../../../operator/src/controller/kubernetes.ts";
import type { ReportRun } from "../../../operator/src/objects.ts";
import * as resources from "../../../operator/src/resources.ts";

const connector: ConnectorSpec = {
  postgresql: { host: "db.example", database: "trades" },
  credentialsSecretRef: { name: "db" },
};

const destination: DestinationSpec = {
  mode: "Test",
  sftp: { host: "sftp.example", directory: "/in", hostKeys: [`ssh-ed25519 ${"A".repeat(68)}`] },
  credentialsSecretRef: { name: "sftp" },
};

const store: ArtifactStoreSpec = { persistentVolumeClaimRef: { name: "artifacts" } };

/** The spec of the report. */
export const tradesReport: ReportSpec = {
  inputs: [
    {
      name: "trades",
      sql: {
        connectorRef: { name: "trades-db" },
        query: "SELECT id, qty FROM trades WHERE day = :businessDate ORDER BY id",
      },
      columns: [
        { name: "id", type: "String" },
        { name: "qty", type: "Decimal(18,2)" },
      ],
    },
  ],
  outputs: [{ name: "file", fileName: "trades_{run.businessDate:yyyyMMdd}.csv", csv: {} }],
  deliverTo: [{ destinationRef: { name: "receiver" } }],
  run: { maxAttempts: 3 },
};

/** An object of one of our kinds. */
export function newObject(
  resource: Resource,
  namespace: string,
  name: string,
  spec: object,
): KubernetesObject & { spec: object } {
  return { apiVersion: "openreg.dev/v1alpha1", kind: resource.kind, metadata: { name, namespace }, spec };
}

/** Which objects are left out, and what the report says otherwise. */
export interface TradesOptions {
  readonly without?: readonly ("Connector" | "Destination" | "ArtifactStore" | "Report")[];
  readonly report?: Partial<ReportSpec>;
}

/** Applies the report with all that it refers to. */
export async function applyTrades(
  client: ApiClient,
  namespace: string,
  { without = [], report = {} }: TradesOptions = {},
): Promise<void> {
  const all = [
    [resources.connectors, "trades-db", connector],
    [resources.destinations, "receiver", destination],
    [resources.artifactStores, "default", store],
    [resources.reports, "trades", { ...tradesReport, ...report }],
  ] as const;
  for (const [resource, name, spec] of all) {
    if (without.some((kind) => kind === resource.kind)) continue;
    await client.create(resource, newObject(resource, namespace, name, spec));
  }
}

/** Applies the Connector alone. */
export async function applyConnector(client: ApiClient, namespace: string): Promise<void> {
  await client.create(resources.connectors, newObject(resources.connectors, namespace, "trades-db", connector));
}

/** Starts a run. */
export async function startRun(
  client: ApiClient,
  namespace: string,
  name: string,
  spec: Partial<ReportRunSpec> = {},
): Promise<ReportRun> {
  const whole = { reportRef: { name: "trades" }, businessDate: "2026-04-01", ...spec };
  return (await client.create(
    resources.reportRuns,
    newObject(resources.reportRuns, namespace, name, whole),
  )) as unknown as ReportRun;
}
