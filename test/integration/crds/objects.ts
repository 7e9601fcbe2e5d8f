/** Owns one complete object per kind: every field that is available has a value, so each bound can be tried on it. */
import type {
  ArtifactStoreSpec,
  ConnectorSpec,
  DestinationSpec,
  MappingSetSpec,
  ReportRunSpec,
  ReportRunStatus,
  ReportSpec,
  ReportStatus,
  ReportVersionSpec,
  RuleSetSpec,
} from "../../../crds/src/types.ts";

/** An object with everything that the API server checks. */
export interface CompleteObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
  readonly status?: object;
}

const apiVersion = "openreg.dev/v1alpha1";
const metadata = { name: "complete" };
const at = "2026-04-01T18:00:00Z";
const sha256 = "0123456789abcdef".repeat(4);

const condition = {
  type: "Ready",
  status: "True" as const,
  reason: "Accepted",
  message: "The definition is accepted.",
  lastTransitionTime: at,
  observedGeneration: 1,
};
const standing = { observedGeneration: 1, conditions: [condition] };

const connectorSpec: ConnectorSpec = {
  postgresql: {
    host: "db.example",
    port: 5432,
    database: "trades",
    applicationName: "openreg",
    tls: { mode: "VerifyFull", caSecretRef: { name: "db-ca" } },
  },
  credentialsSecretRef: { name: "db" },
  limits: { maxConcurrentRuns: 4, statementTimeoutSeconds: 600 },
  suspend: false,
};

const destinationSpec: DestinationSpec = {
  mode: "Test",
  sftp: {
    host: "sftp.example",
    port: 22,
    directory: "/in",
    hostKeys: [`ssh-ed25519 ${"A".repeat(68)}`],
  },
  credentialsSecretRef: { name: "sftp" },
  delivery: {
    maxAttempts: 5,
    backoff: { initialSeconds: 2, maxSeconds: 60 },
    timeoutSeconds: 60,
    temporarySuffix: ".part",
    fileNamePattern: "[a-z]+\\.csv",
    verify: "Hash",
  },
  sequences: [{ name: "files", width: 6, firstNumber: 1, resets: "Never", order: "Strict" }],
  limits: { maxConcurrentRuns: 2 },
  suspend: false,
};

const artifactStoreSpec: ArtifactStoreSpec = {
  persistentVolumeClaimRef: { name: "artifacts" },
  retention: { days: 3650 },
};

const reportSpec: ReportSpec = {
  series: "trades",
  description: "Trades of the day.",
  owner: "reporting@example",
  regulation: { name: "MiFIR", article: "Article 26", version: "2025" },
  timeZone: "Europe/Berlin",
  parameters: [{ name: "lei", type: "String", default: "X", required: false }],
  record: { input: "trades", key: ["id"], action: '"New"' },
  inputs: [
    {
      name: "trades",
      sql: { connectorRef: { name: "db" }, query: "SELECT id FROM trades WHERE day = :businessDate" },
      lookupBy: ["id"],
      columns: [{ name: "id", type: "Decimal(18,5)", required: true, personal: false }],
    },
  ],
  fields: [
    { name: "twice", value: "row.id * 2" },
    {
      name: "venue",
      lookup: {
        mappingSetRef: { name: "venues" },
        keys: { mic: "row.mic" },
        onMissing: "Finding",
        finding: { id: "venue-known", severity: "Warning", message: "the venue is not known" },
      },
    },
  ],
  validation: {
    ruleSetRefs: [{ name: "shared", bind: { code: "id" } }],
    limits: [{ severity: "Warning", above: { count: 10 }, becomes: "Blocking" }],
    overrides: [
      {
        rule: "id-positive",
        effectiveFrom: "2026-01-01",
        effectiveUntil: "2026-02-01",
        severity: "Disabled",
        reason: "the source is being repaired",
      },
    ],
    rules: [
      {
        id: "id-positive",
        severity: "Blocking",
        phase: "PreGeneration",
        from: "trades",
        assert: "row.id > 0",
        columns: ["id"],
        message: "the id is not positive",
        reference: { document: "RTS 22", section: "field 2", url: "https://example.com/rts22" },
        effective: { from: "2026-01-01", until: "2027-01-01", basis: "BusinessDate" },
      },
    ],
  },
  outputs: [
    {
      name: "file",
      from: "trades",
      fileName: "trades_{run.businessDate:yyyyMMdd}.csv",
      whenEmpty: "Fail",
      split: {
        maxRecords: 1000,
        maxSize: "200M",
        measured: "Uncompressed",
        by: ["id"],
        keepTogether: "RecordKey",
      },
      csv: {
        columns: [{ header: "ID", value: "row.id" }],
        columnNames: true,
        delimiter: ";",
        quote: "Minimal",
        newline: "LF",
        bom: false,
        formulas: "Refuse",
        header: ["H;{run.businessDate:yyyyMMdd}"],
        trailer: ["T;{part.records}"],
      },
    },
  ],
  deliverTo: [
    {
      destinationRef: { name: "sftp" },
      outputs: ["file"],
      sequence: "files",
      package: [{ gzip: {} }],
      release: "Immediate",
    },
  ],
  artifactStoreRef: { name: "default" },
  retention: { successfulRuns: 10, failedRuns: 10, otherRuns: 10, keepSourceSnapshot: true },
  run: {
    deadlineSeconds: 3600,
    giveUpAfterSeconds: 86400,
    maxAttempts: 4,
    maxConcurrentRuns: 1,
    resources: { requests: { cpu: "250m", memory: "384Mi" }, limits: { cpu: "2", memory: "1Gi" } },
    workVolumeSize: "4Gi",
    priorityClassName: "reporting",
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: [{ key: "reporting", operator: "Equal", value: "yes", effect: "NoExecute", tolerationSeconds: 60 }],
    queueName: "reporting",
  },
  suspend: false,
};

const reportStatus: ReportStatus = {
  ...standing,
  currentVersion: { name: "trades-0123456789", contentHash: sha256 },
  inputs: [{ kind: "Connector", name: "db", uid: "u1", generation: 1, resourceVersion: "1" }],
  lastRun: { name: "trades-1", state: "Completed", endedAt: at },
  lastSuccessTime: at,
  lastFailureTime: at,
};

const reportVersionSpec: ReportVersionSpec = {
  series: "trades",
  report: "trades",
  format: "v1",
  contract: 1,
  definition: "{}",
  contentHash: sha256,
  parts: [{ name: "venues/table.csv", sha256, configMap: `part-${sha256}` }],
};

const ruleSetSpec: RuleSetSpec = {
  description: "Rules about identifiers.",
  columns: [{ name: "code", type: "String", required: true }],
  rules: [
    {
      id: "code-set",
      severity: "Correctable",
      phase: "PreGeneration",
      assert: "row.code != ''",
      columns: ["code"],
      message: "the code is empty",
      reference: { document: "RTS 22", section: "field 2", url: "https://example.com/rts22" },
      effective: { from: "2026-01-01", until: "2027-01-01", basis: "BusinessDate" },
    },
  ],
};

const mappingSetSpec: MappingSetSpec = {
  description: "Venues by code.",
  keys: { mic: "String" },
  values: { country: "String" },
  entries: [
    { keys: { mic: "XETR" }, values: { country: "DE" }, effectiveFrom: "2026-01-01", effectiveUntil: "2027-01-01" },
  ],
};

const reportRunSpec: ReportRunSpec = {
  reportRef: { name: "trades" },
  businessDate: "2026-04-01",
  mode: "Test",
  parameters: { lei: "X" },
  purpose: "Original",
  rerunOf: { name: "trades-1", fetch: "Again", version: "Same", resubmit: true, reason: "wrong data" },
  trigger: "Manual",
  reportVersionRef: { name: "trades-0123456789" },
  cancel: false,
  release: false,
};

const reportRunStatus: ReportRunStatus = {
  observedGeneration: 1,
  state: "Pending",
  attempt: 1,
  stateHistory: [{ state: "Pending", at, attempt: 0, message: "created" }],
  attempts: [
    {
      number: 1,
      job: "trades-1-1",
      purpose: "Run",
      podUID: "u1",
      imageDigest: "sha256:1",
      startedAt: at,
      endedAt: at,
      reason: "Done",
      exitCode: 0,
    },
  ],
  failedAttempts: 0,
  conditions: [condition],
  failure: { step: "FetchingData", code: "SourceUnavailable", message: "db.example:5432 refuses the connection" },
  filing: { key: sha256, met: false },
  granted: ["sftp"],
  nextAttemptAt: at,
  startedAt: at,
  endedAt: at,
  lastHandledRetryAt: "1",
  evidence: { sha256, signature: "s", keyId: "k" },
  summary: { findings: "0W 0B 0C", artifacts: "1", delivered: "1/1", progress: "100%" },
  execution: {
    attempt: 1,
    podUID: "u1",
    heartbeatAt: at,
    step: "FetchingData",
    steps: [{ name: "FetchingData", startedAt: at, endedAt: at }],
    progress: { percent: 50, bytesWritten: 1, message: "reading" },
    rows: { fetched: 1, excluded: 0, written: 1 },
    findings: {
      warning: 0,
      blocking: 0,
      correctable: 1,
      undecided: 0,
      byRule: [{ id: "id-positive", count: 1, firstRows: [1] }],
    },
    filing: { key: sha256, submission: 1, metBy: "trades-0" },
    artifacts: [
      {
        output: "file",
        part: 1,
        destination: "sftp",
        sequence: "000001",
        fileName: "trades.csv",
        records: 1,
        sizeBytes: 1,
        sha256,
        key: "a/1",
      },
    ],
    deliveries: [
      {
        destination: "sftp",
        artifact: "trades.csv",
        state: "Delivered",
        attempts: 1,
        receipt: { location: "/in/trades.csv", sizeBytes: 1, sha256, verifiedBy: "Hash", at },
        lastError: "none",
        nextAttemptAt: at,
      },
    ],
    deliveryCounts: { pending: 0, inFlight: 0, unknown: 0, delivered: 1, conflict: 0, failed: 0 },
    manifest: { key: "m", sha256, artifacts: 1, deliveries: 1 },
    snapshot: { key: "s", sha256 },
    outcome: { code: "Done", step: "Delivering", message: "delivered" },
    resumeAt: at,
    evidence: { key: "e", sha256 },
  },
};

/** One complete object per kind. */
export const completeObjects: readonly CompleteObject[] = [
  { apiVersion, kind: "Connector", metadata, spec: connectorSpec, status: standing },
  { apiVersion, kind: "Destination", metadata, spec: destinationSpec, status: standing },
  {
    apiVersion,
    kind: "ArtifactStore",
    metadata,
    spec: artifactStoreSpec,
    status: { ...standing, retention: { startedAt: at, endedAt: at, message: "Done: nothing was old" } },
  },
  { apiVersion, kind: "RuleSet", metadata, spec: ruleSetSpec, status: standing },
  { apiVersion, kind: "MappingSet", metadata, spec: mappingSetSpec },
  { apiVersion, kind: "Report", metadata, spec: reportSpec, status: reportStatus },
  { apiVersion, kind: "ReportVersion", metadata, spec: reportVersionSpec },
  { apiVersion, kind: "ReportRun", metadata, spec: reportRunSpec, status: reportRunStatus },
];

/** The complete object of a kind. */
export function completeObject(kind: string): CompleteObject {
  const found = completeObjects.find((one) => one.kind === kind);
  if (!found) throw new Error(`no complete object of kind ${kind} is written yet: add it to objects.ts`);
  return found;
}
