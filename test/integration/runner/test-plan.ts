/** Owns small plans for tests: a definition as the operator would resolve it, around a real source and receiver. */
import { createHash } from "node:crypto";
import { canonicalJson, type Definition, type RunPlan } from "@openreg/crds";
import type { OpensshPeer } from "../../peers/openssh.ts";
import type { PostgresqlPeer } from "../../peers/postgresql.ts";

/** A definition that reads `query` from a server; any part can be replaced. */
export function newDefinitionFor(
  source: { host: string; port: number; database: string },
  query: string,
  parts: Partial<Definition> = {},
): Definition {
  return {
    format: "v1",
    contract: 1,
    report: "trades",
    series: "trades",
    timeZone: "Europe/Berlin",
    parameters: [],
    record: { input: "trades", key: ["id"] },
    connectors: [
      {
        name: "warehouse",
        postgresql: {
          host: source.host,
          port: source.port,
          database: source.database,
          applicationName: "openreg",
          tls: { mode: "Disable" },
        },
        credentialsSecret: "warehouse-reader",
        statementTimeoutSeconds: 60,
      },
    ],
    inputs: [{ name: "trades", sql: { connector: "warehouse", query } }],
    fields: [],
    rules: [],
    outputs: [newCsvOutput()],
    destinations: [],
    deliverTo: [],
    store: { name: "default", persistentVolumeClaim: "openreg-store" },
    keepSourceSnapshot: true,
    run: {
      deadlineSeconds: 300,
      giveUpAfterSeconds: 3600,
      maxAttempts: 4,
      workVolumeSize: "1Gi",
      resources: { requests: { cpu: "250m", memory: "384Mi" }, limits: { memory: "1Gi" } },
      nodeSelector: {},
      tolerations: [],
    },
    ...parts,
  };
}

/** A CSV output of all columns; any part can be replaced. */
export function newCsvOutput(parts: Partial<Definition["outputs"][number]> = {}): Definition["outputs"][number] {
  const csv = {
    columnNames: true,
    delimiter: ",",
    quote: "Minimal",
    newline: "LF",
    bom: false,
    formulas: "Refuse",
  } as const;
  return {
    name: "file",
    from: "trades",
    fileName: "trades_{run.businessDate:yyyyMMdd}.csv",
    whenEmpty: "Fail",
    csv,
    ...parts,
  };
}

/** A CSV output with columns of its own. */
export function newCsvOutputOf(columns: { header: string; value: string }[]): Definition["outputs"][number] {
  const output = newCsvOutput();
  return { ...output, csv: { ...(output.csv as NonNullable<typeof output.csv>), columns } };
}

/** A plan of a first attempt; any part can be replaced. */
export function newPlan(
  definition: Definition,
  parts: Partial<RunPlan> = {},
  run: Partial<RunPlan["run"]> = {},
): RunPlan {
  const text = canonicalJson(definition);
  const now = new Date().toISOString();
  return {
    contract: 1,
    purpose: "Run",
    run: {
      namespace: "demo",
      name: "trades-1",
      uid: "11111111-2222-3333-4444-555555555555",
      createdAt: "2026-04-01T18:00:00Z",
      businessDate: "2026-04-01",
      mode: "Live",
      parameters: {},
      purpose: "Original",
      ...run,
    },
    attempt: 1,
    firstStartedAt: now,
    deadlineSeconds: 300,
    heartbeatSeconds: 10,
    endedRuns: [],
    activeRuns: [],
    image: "localhost/openreg:dev",
    version: {
      name: "trades-0123456789",
      contentHash: createHash("sha256").update(text).digest("hex"),
      definition: text,
    },
    ...parts,
  };
}

/** A Destination of mode Test at a receiver; any part can be replaced. */
export function newSftpDestinationFor(
  receiver: { host: string; port: number; directory: string; hostKey: string },
  parts: Partial<Definition["destinations"][number]> = {},
): Definition["destinations"][number] {
  const { host, port, directory, hostKey } = receiver;
  return {
    name: "regulator",
    mode: "Test",
    sftp: { host, port, directory, hostKeys: [hostKey] },
    credentialsSecret: "regulator-test",
    delivery: {
      maxAttempts: 2,
      backoff: { initialSeconds: 1, maxSeconds: 2 },
      timeoutSeconds: 10,
      temporarySuffix: ".part",
      verify: "Hash",
    },
    ...parts,
  };
}

/** The Secrets of a run that reads from a database and delivers to a receiver, each for the endpoint that it is. */
export function newSecretsFor(database: PostgresqlPeer, receiver: OpensshPeer, mode: "Live" | "Test" = "Live") {
  return {
    "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}` },
    "destinations/regulator": newReceiverSecret(receiver, mode),
  };
}

/** The Secret of a Destination at a receiver. */
export function newReceiverSecret({ username, privateKey, host, port }: OpensshPeer, mode: "Live" | "Test" = "Live") {
  return { username, privateKey, endpoint: `${host}:${port}`, mode };
}
