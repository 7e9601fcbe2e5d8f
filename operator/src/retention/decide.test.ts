import type { RunState } from "@openreg/crds/types";
import { expect, test } from "vitest";
import { type Archival, archivalOf } from "../archival.ts";
import type { Report, ReportRun, ReportVersion, RunStatus } from "../objects.ts";
import { deliveryIn, executionOf, newRun, version } from "../testdata/inputs.ts";
import { runsToPrune, unusedVersions } from "./decide.ts";

const report = (retention: object) => ({ metadata: { name: "trades" }, spec: { retention } }) as unknown as Report;

const sha256 = "0123456789abcdef".repeat(4);
const receipt = { location: "/in/a", sizeBytes: 1, verifiedBy: "Hash" as const, at: "2026-04-01T00:00:00Z" };
const withEvidence = { evidence: { key: "evidence.json", sha256 } };
const proven = {
  evidence: { sha256 },
  execution: executionOf({ ...withEvidence, deliveries: [{ ...deliveryIn("Delivered"), receipt }] }),
};

/** Runs that ended one hour after the other, the oldest first. */
function runsIn(...states: readonly RunState[]): ReportRun[] {
  return states.map((state, index) =>
    newRun(
      {
        ...{ state, endedAt: `2026-04-01T${String(index).padStart(2, "0")}:00:00Z` },
        ...(state === "Completed" && proven),
      },
      { metadata: { name: `run-${index}` } },
    ),
  );
}

const names = (runs: readonly ReportRun[]) => runs.map(({ metadata }) => metadata.name).toSorted();

test("keeps as many of each class as the Report says, the newest", () => {
  const runs = runsIn("Completed", "Failed", "Completed", "Failed", "Cancelled", "Skipped", "Completed");
  expect(names(runsToPrune(report({ successfulRuns: 2, failedRuns: 1, otherRuns: 0 }), runs))).toEqual([
    "run-0",
    "run-1",
    "run-4",
    "run-5",
  ]);
});

test("keeps ten of each where the Report says nothing", () => {
  expect(runsToPrune(report({}), runsIn(...Array.from({ length: 12 }, () => "Failed" as const)))).toHaveLength(2);
});

test("O11 never removes the last successful run", () => {
  const runs = runsIn("Completed", "Failed", "Failed");
  expect(names(runsToPrune(report({ successfulRuns: 0, failedRuns: 0 }), runs))).toEqual(["run-1", "run-2"]);
});

test("O11 never removes the last successful run of a series and mode, however many others came since", () => {
  const runOf = (hour: number, mode: "Test" | "Live", series: string) => {
    const endedAt = `2026-04-01T${String(hour).padStart(2, "0")}:00:00Z`;
    const change = { spec: { mode }, metadata: { name: `run-${hour}`, labels: { "openreg.dev/series": series } } };
    return newRun({ state: "Completed", endedAt, ...proven }, change);
  };
  const runs = [runOf(0, "Live", "trades"), runOf(1, "Live", "trades"), runOf(2, "Test", "old-trades")];
  const tests = Array.from({ length: 11 }, (_, index) => runOf(index + 3, "Test", "trades"));
  expect(names(runsToPrune(report({}), [...runs, ...tests]))).toEqual(["run-0", "run-3"]);
});

test("O11 never removes a run with a delivery of which nobody knows", () => {
  const [first, second] = runsIn("Failed", "Failed");
  const unknown = {
    ...first,
    status: { ...first?.status, execution: executionOf({ deliveries: [deliveryIn("Unknown")] }) },
  } as ReportRun;
  expect(names(runsToPrune(report({ failedRuns: 0 }), [unknown, second as ReportRun]))).toEqual(["run-1"]);
});

test("O11 looks at all deliveries, not only at those that the status lists", () => {
  const [first, second] = runsIn("Failed", "Failed");
  const deliveryCounts = { pending: 0, inFlight: 1, unknown: 0, delivered: 8, conflict: 0, failed: 0 };
  const unlisted = { ...first, status: { ...first?.status, execution: executionOf({ deliveryCounts }) } } as ReportRun;
  expect(names(runsToPrune(report({ failedRuns: 0 }), [unlisted, second as ReportRun]))).toEqual(["run-1"]);
});

test("never removes a run that has not ended", () => {
  expect(runsToPrune(report({ failedRuns: 0, otherRuns: 0 }), runsIn("Pending", "Delivering"))).toEqual([]);
});

const archived: Record<string, { status: RunStatus; expected: Archival }> = {
  "a completed run with evidence and receipts": { status: { state: "Completed", ...proven }, expected: "Kept" },
  "a completed run whose evidence is not in the status": {
    status: { ...proven, state: "Completed", evidence: undefined as never },
    expected: "Missing",
  },
  "a completed run whose runner reports other evidence than was signed": {
    status: { ...proven, state: "Completed", evidence: { sha256: "f".repeat(64) } },
    expected: "Missing",
  },
  "a completed run with a delivery that lacks its receipt": {
    status: {
      ...proven,
      state: "Completed",
      execution: executionOf({ ...withEvidence, deliveries: [deliveryIn("Delivered")] }),
    },
    expected: "Missing",
  },
  "a completed run without receivers": {
    status: { state: "Completed", evidence: { sha256 }, execution: executionOf(withEvidence) },
    expected: "Kept",
  },
  "a failed run that reached no receiver": {
    status: { state: "Failed", execution: executionOf({ deliveries: [deliveryIn("Failed"), deliveryIn("Pending")] }) },
    expected: "Nothing",
  },
  "a failed run one of whose receivers has its file, without evidence": {
    status: { state: "Failed", execution: executionOf({ deliveries: [{ ...deliveryIn("Delivered"), receipt }] }) },
    expected: "Missing",
  },
  "a run that never started": { status: { state: "Skipped" }, expected: "Nothing" },
};

test.each(Object.entries(archived))("O11 is archived or not: %s", (_sentence, { status, expected }) => {
  expect(archivalOf(status)).toBe(expected);
});

test("O11 a run that is not archived stays until somebody lets it go and says why", () => {
  const [first, second] = runsIn("Completed", "Completed");
  const status = { state: "Completed", endedAt: "2026-03-01T00:00:00Z" } as RunStatus;
  const kept = { ...first, status } as ReportRun;
  const annotations = { "openreg.dev/break-glass": "written to paper, case 7" };
  const released = { ...kept, metadata: { ...kept.metadata, annotations } };
  expect(names(runsToPrune(report({ successfulRuns: 1 }), [kept, second as ReportRun]))).toEqual([]);
  expect(names(runsToPrune(report({ successfulRuns: 1 }), [released, second as ReportRun]))).toEqual(["run-0"]);
});

test("a version goes that no run and not its Report refers to", () => {
  const versions = ["current", "of-a-run", "unused"].map((name) => ({ ...version.version, metadata: { name } }));
  const owner = { ...report({}), status: { currentVersion: { name: "current" } } } as Report;
  const run = newRun(undefined, { spec: { reportVersionRef: { name: "of-a-run" } } });
  const namesOf = (unused: readonly ReportVersion[]) => unused.map(({ metadata }) => metadata.name);
  expect(namesOf(unusedVersions(owner, versions, [run]))).toEqual(["unused"]);
  expect(namesOf(unusedVersions(undefined, versions, [run]))).toEqual(["current", "unused"]);
});
