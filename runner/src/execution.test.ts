/** Proves that what is reported keeps its form and its size, whatever a run finds. */

import { expect, test } from "vitest";
import { execution as executionSchema } from "../../crds/src/v1alpha1/run-execution.ts";
import { type ExecutionDraft, endSteps, enterStep, executionOf, inherit, newDraft } from "./execution.ts";

const now = "2026-04-01T18:00:00.123Z";
const later = "2026-04-01T18:00:05.000Z";

function withoutNulls(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null && part !== undefined));
}

test("a new attempt fits the schema and removes what an older one left", () => {
  const reported = executionOf(newDraft(1, "pod", now), now);
  expect(executionSchema.parse(withoutNulls(reported))).toMatchObject({ attempt: 1, step: "Initializing" });
  expect(reported).toMatchObject({ outcome: null, resumeAt: null, artifacts: null });
});

test("steps follow one another without gaps", () => {
  const draft = newDraft(1, "pod", now);
  enterStep(draft, "Initializing", later);
  enterStep(draft, "FetchingData", later);
  endSteps(draft, later);
  expect(draft.steps).toEqual([
    { name: "Initializing", startedAt: now, endedAt: later },
    { name: "FetchingData", startedAt: later, endedAt: later },
  ]);
});

test("C21 the largest attempt fits the schema and stays within 7 KiB", () => {
  const long = "x".repeat(3000);
  const draft: ExecutionDraft = {
    ...newDraft(1, "pod", now),
    artifacts: Array.from({ length: 16 }, (_, index) => ({
      output: `o${index}`,
      fileName: "f".repeat(200),
      records: 1,
      sizeBytes: 1,
      sha256: "a".repeat(64),
      key: "k".repeat(500),
    })),
    deliveries: Array.from({ length: 64 }, (_, index) => ({
      destination: `d${index}`,
      artifact: "f".repeat(200),
      state: "Delivered" as const,
      attempts: 1,
      lastError: long,
      receipt: {
        location: "l".repeat(1300),
        sizeBytes: 1,
        sha256: "a".repeat(64),
        verifiedBy: "Hash" as const,
        at: now,
      },
    })),
    findings: {
      warning: 1,
      blocking: 1,
      correctable: 1,
      undecided: 1,
      byRule: Array.from({ length: 10 }, (_, index) => ({
        id: `${"r".repeat(60)}${index}`,
        count: 1,
        firstRows: [1, 2, 3],
      })),
    },
    outcome: { code: "InternalError", message: long },
  };
  const reported = executionOf(draft, now);
  expect(Buffer.byteLength(JSON.stringify(reported))).toBeLessThanOrEqual(7 * 1024);
  expect(executionSchema.parse(withoutNulls(reported))).toMatchObject({ outcome: { code: "InternalError" } });
  expect(draft.deliveries.length).toBe(64);
});

test("C21 so does one whose every text is of the widest characters and of those that JSON writes longest", () => {
  for (const letter of ["\u{1F600}", "\u0001", "€"]) {
    const text = (length: number) => letter.repeat(Math.floor(length / letter.length));
    const receipt = { location: text(1400), sizeBytes: 1, verifiedBy: "None" as const, at: now };
    const draft: ExecutionDraft = {
      ...newDraft(1, "pod", now),
      artifacts: [
        { output: "o", fileName: text(255), records: 1, sizeBytes: 1, sha256: "a".repeat(64), key: text(512) },
      ],
      deliveries: [
        { destination: "d", artifact: text(255), state: "Delivered", attempts: 1, receipt, lastError: text(256) },
      ],
      outcome: { code: "InternalError", message: text(1024) },
      findings: {
        ...{ warning: 1, blocking: 1, correctable: 1, undecided: 1 },
        byRule: Array.from({ length: 10 }, () => ({ id: "r".repeat(63), count: 1, firstRows: [1, 2, 3] })),
      },
    };
    const reported = executionOf(draft, now);
    expect(Buffer.byteLength(JSON.stringify(reported))).toBeLessThanOrEqual(7 * 1024);
    expect(executionSchema.parse(withoutNulls(reported)).deliveryCounts).toMatchObject({ delivered: 1 });
  }
});

test("what is open is listed first, and all deliveries are counted", () => {
  const states = [...Array.from({ length: 9 }, () => "Delivered" as const), "Failed", "InFlight"] as const;
  const deliveries = states.map((state, index) => ({ destination: `d${index}`, artifact: "f", state, attempts: 1 }));
  const manifest = { key: "m", sha256: "a".repeat(64), artifacts: 1, deliveries: 12 };
  const reported = executionOf({ ...newDraft(1, "pod", now), deliveries, manifest }, now);
  expect(executionSchema.parse(withoutNulls(reported)).deliveryCounts).toEqual({
    pending: 1,
    inFlight: 1,
    unknown: 0,
    delivered: 9,
    conflict: 0,
    failed: 1,
  });
  const listed = executionSchema.parse(withoutNulls(reported)).deliveries ?? [];
  expect(listed.map(({ destination }) => destination).slice(0, 3)).toEqual(["d10", "d9", "d0"]);
});

test("a later attempt takes over what is stored, but no manifest and no evidence: it writes its own", () => {
  const stored = { key: "k", sha256: "a".repeat(64) };
  const earlier = { ...newDraft(1, "pod", now), heartbeatAt: now, snapshot: stored, evidence: stored };
  const draft = newDraft(2, "other", later);
  inherit(draft, { ...earlier, manifest: { ...stored, artifacts: 1, deliveries: 0 } });
  expect(draft).toMatchObject({ attempt: 2, snapshot: stored });
  expect(executionOf(draft, later)).toMatchObject({ manifest: null, evidence: null });
});
