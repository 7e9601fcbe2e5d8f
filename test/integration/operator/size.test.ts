/** What a run is as served when everything in it is at its largest: read back from a real API server. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ReportRun } from "../../../operator/src/objects.ts";
import type { OwnStatus } from "../../../operator/src/report-run/derive.ts";
import { fitted } from "../../../operator/src/report-run/fit.ts";
import { reportRuns } from "../../../operator/src/resources.ts";
import { type ExecutionDraft, executionOf, newDraft } from "../../../runner/src/execution.ts";
import { type OperatorCluster, startOperatorCluster } from "./operator-cluster.ts";

let cluster: OperatorCluster;
beforeAll(async () => {
  cluster = await startOperatorCluster();
  await cluster.newTenant("large");
});
afterAll(() => cluster.stop());

const at = "2026-04-01T18:00:00Z";
const sha256 = "0123456789abcdef".repeat(4);
const name = "r".repeat(48);
const key = { namespace: "large", name };
const ascii = (length: number) => "x".repeat(length);
const wide = (length: number) => "€".repeat(length);

/** A run whose spec says as much as it may. */
const largest = {
  apiVersion: "openreg.dev/v1alpha1",
  kind: "ReportRun",
  metadata: { ...key, finalizers: ["openreg.dev/run-cleanup"], labels: labelsOf() },
  spec: {
    reportRef: { name: "p".repeat(52) },
    businessDate: "2026-04-01",
    mode: "Live",
    parameters: Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`parameter${10 + index}`, ascii(36)])),
    rerunOf: { name: "q".repeat(48), resubmit: true, reason: ascii(1024) },
    reportVersionRef: { name: "v".repeat(63) },
  },
} as unknown as ReportRun;

function labelsOf() {
  const label = "l".repeat(63);
  return {
    "openreg.dev/report": label,
    "openreg.dev/series": label,
    "openreg.dev/mode": "Live",
    "openreg.dev/settled": "true",
  };
}

/** What an operator could say at most, without its limits. */
function ownStatus(text: (length: number) => string): OwnStatus {
  const condition = (type: string) => ({
    type,
    status: "Unknown" as const,
    reason: "R".repeat(63),
    message: text(1024),
    lastTransitionTime: at,
    observedGeneration: 1,
  });
  return {
    ...{ observedGeneration: 1, state: "Delivering", attempt: 40, failedAttempts: 9, startedAt: at, nextAttemptAt: at },
    stateHistory: Array.from({ length: 24 }, () => ({
      state: "GeneratingArtifacts" as const,
      at,
      attempt: 40,
      message: text(256),
    })),
    attempts: Array.from({ length: 5 }, (_, index) => ({
      ...{ number: 36 + index, job: "j".repeat(51), purpose: "Settle" as const, podUID: "u".repeat(36) },
      ...{
        imageDigest: ascii(128),
        startedAt: at,
        endedAt: at,
        reason: "DestinationAuthenticationFailed",
        exitCode: 11,
      },
    })),
    conditions: ["Succeeded", "Delivered", "Archived", "Cancelling"].map(condition),
    failure: { step: "Delivering", code: "DestinationAuthenticationFailed", message: text(1024) },
    filing: { key: sha256, met: false },
    lastHandledRetryAt: ascii(64),
    evidence: { sha256, signature: ascii(88), keyId: ascii(16) },
    summary: { findings: "9999999W 9999999B 9999999C", artifacts: "40", delivered: "39/40", progress: "80%" },
  } as OwnStatus;
}

/** What a runner could say at most: 40 parts to 16 receivers, 10,000 findings, the longest names. */
function draft(text: (length: number) => string): ExecutionDraft {
  const stored = { key: ascii(512), sha256 };
  return {
    ...newDraft(40, "u".repeat(36), at),
    steps: Array.from({ length: 8 }, () => ({ name: "GeneratingArtifacts" as const, startedAt: at, endedAt: at })),
    progress: { percent: 99, bytesWritten: 1e15, message: text(256) },
    rows: { fetched: 1e9, excluded: 1e9, written: 1e9 },
    findings: {
      ...{ warning: 10_000, blocking: 10_000, correctable: 10_000, undecided: 10_000 },
      byRule: Array.from({ length: 10 }, () => ({ id: ascii(63), count: 1e9, firstRows: [1e9, 1e9, 1e9] })),
    },
    filing: { key: sha256, submission: 99, metBy: "m".repeat(48) },
    artifacts: Array.from({ length: 40 }, (_, index) => ({
      ...{ output: "o".repeat(63), fileName: text(255), part: index + 1, records: 1e9, sizeBytes: 1e15, ...stored },
    })),
    deliveries: Array.from({ length: 640 }, () => ({
      ...{
        destination: "d".repeat(63),
        artifact: text(255),
        state: "Delivered" as const,
        attempts: 99,
        lastError: text(256),
      },
      receipt: { location: text(1400), sizeBytes: 1e15, sha256, verifiedBy: "Hash" as const, at },
      nextAttemptAt: at,
    })),
    manifest: { ...stored, artifacts: 40, deliveries: 640 },
    snapshot: stored,
    evidence: stored,
    outcome: { code: "DestinationAuthenticationFailed", step: "Delivering", message: text(1024) },
    resumeAt: at,
  };
}

test.each(Object.entries({ "plain letters": ascii, "letters of three bytes": wide }))(
  "C21 a run at all its maxima stays within 16 KiB as served, and can be written on: %s",
  async (_sentence, text) => {
    const { client } = cluster;
    const created = await client.create<ReportRun>(reportRuns, largest);
    const runnerWrites = () => {
      const execution = executionOf(draft(text), at);
      return client.mergePatch<ReportRun>(reportRuns, key, { status: { execution } }, { subresource: "status" });
    };
    const beginning = { ...ownStatus(text), state: "Pending", attempt: 0, observedGeneration: 1 };
    await client.applyStatus(reportRuns, {
      ...largest,
      metadata: key,
      spec: undefined,
      status: fitted(beginning as OwnStatus, created),
    } as never);
    let run = await runnerWrites();
    for (let writes = 0; writes < 3; writes += 1) {
      const status = fitted(ownStatus(text), run);
      const { apiVersion, kind } = largest;
      await client.applyStatus<ReportRun>(reportRuns, { apiVersion, kind, metadata: key, status } as never);
      run = await runnerWrites();
    }
    const served = await client.get<ReportRun>(reportRuns, key);
    const bytes = Buffer.byteLength(JSON.stringify(served));
    const { managedFields } = served.metadata as { managedFields?: unknown };
    console.info(`${bytes} bytes as served, ${JSON.stringify(managedFields).length} of them managed fields`);
    expect(bytes).toBeLessThanOrEqual(16 * 1024);
    expect(served.status).toMatchObject({ failure: { code: "DestinationAuthenticationFailed" }, attempt: 40 });
    expect(served.status?.attempts?.at(-1)?.number).toBe(40);
    expect(served.status?.execution?.deliveryCounts?.delivered).toBe(640);
    await client.mergePatch(reportRuns, key, { metadata: { finalizers: null } });
    await client.delete(reportRuns, key, { uid: served.metadata.uid ?? "" });
  },
);
