/** Makes a second, altered set of the example's objects under another name, so that reports with different faults live in one namespace. Pure. */
import type { Manifest } from "../cluster/kubectl.ts";
import type { Example } from "./story.ts";

/** Keys of a Secret; null takes a key out. */
type SecretChange = Readonly<Record<string, string | null>>;

/** What differs from the example; Secrets allow the altered address unless they say otherwise. */
export interface Changes {
  readonly postgresql?: object;
  readonly sftp?: object;
  /** Null leaves the Secret out. */
  readonly databaseSecret?: SecretChange | null;
  readonly sftpSecret?: SecretChange | null;
  readonly query?: (query: string) => string;
  /** `spec.run` of the Report, beyond two attempts and a small Pod. */
  readonly run?: object;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A small Pod, so that several start at once on a small machine. */
const smallRun = { maxAttempts: 2, resources: { requests: { cpu: "10m", memory: "64Mi" } } };

/** The Report `name` with a Connector and a Destination of its own, and their Secrets `<name>-db` and `<name>-sftp`. */
export function reportVariant(example: Example, name: string, changes: Changes): Manifest[] {
  const postgresql = { ...partOf<{ postgresql: Address }>(example, "Connector").postgresql, ...changes.postgresql };
  const destination = partOf<{ sftp: Address }>(example, "Destination", "regulator-test");
  const sftp = { ...destination.sftp, ...changes.sftp };
  const [databaseSecret, sftpSecret] = [`${name}-db`, `${name}-sftp`];
  return [
    ...secret(example, { from: "trades-db", name: databaseSecret, address: postgresql }, changes.databaseSecret),
    ...secret(example, { from: "regulator-test", name: sftpSecret, address: sftp }, changes.sftpSecret),
    ours("Connector", name, { postgresql, credentialsSecretRef: { name: databaseSecret } }),
    ours("Destination", name, {
      ...destination,
      sftp,
      credentialsSecretRef: { name: sftpSecret },
      delivery: { maxAttempts: 1 },
    }),
    ours("Report", name, reportSpec(example, name, changes)),
  ];
}

function reportSpec(example: Example, name: string, { query = (text) => text, run }: Changes): object {
  const spec = partOf<{ inputs: readonly { readonly sql: { readonly query: string } }[] }>(example, "Report");
  const inputs = spec.inputs.map((input) => ({
    ...input,
    sql: { connectorRef: { name }, query: query(input.sql.query) },
  }));
  return { ...spec, inputs, deliverTo: [{ destinationRef: { name } }], run: { ...smallRun, ...run } };
}

interface SecretCopy {
  readonly from: string;
  readonly name: string;
  readonly address: Address;
}

function secret(example: Example, { from, name, address }: SecretCopy, change: SecretChange | null = {}): Manifest[] {
  if (change === null) return [];
  const original = example.find(({ kind, metadata }) => kind === "Secret" && metadata.name === from);
  const keys = {
    ...(original?.stringData as Record<string, string>),
    endpoint: `${address.host}:${address.port}`,
    ...change,
  };
  const stringData = Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== null));
  return [{ apiVersion: "v1", kind: "Secret", metadata: { name }, stringData }];
}

function partOf<T>(example: Example, kind: string, name?: string): T {
  const found = example.find((one) => one.kind === kind && (name === undefined || one.metadata.name === name));
  if (!found) throw new Error(`the example has no ${kind} ${name ?? ""}`);
  return found.spec as T;
}

function ours(kind: string, name: string, spec: object): Manifest {
  return { apiVersion: "openreg.dev/v1alpha1", kind, metadata: { name }, spec };
}
