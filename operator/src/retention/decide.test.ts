import type { RunState } from "@openreg/crds/types";
import { expect, test } from "vitest";
import type { Report, ReportRun } from "../objects.ts";
import { deliveryIn, executionOf, newRun } from "../testdata/inputs.ts";
import { runsToPrune } from "./decide.ts";

const report = (retention: object) => ({ metadata: { name: "trades" }, spec: { retention } }) as unknown as Report;

/** Runs that ended one hour after the other, the oldest first. */
function runsIn(...states: readonly RunState[]): ReportRun[] {
  return states.map((state, index) =>
    newRun(
      { state, endedAt: `2026-04-01T${String(index).padStart(2, "0")}:00:00Z` },
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
