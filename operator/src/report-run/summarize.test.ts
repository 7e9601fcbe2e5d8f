import { canMove, kindSchemas } from "@openreg/crds";
import { expect, test } from "vitest";
import { checkConditions } from "../controller/conditions.ts";
import type { RunStatus } from "../objects.ts";
import {
  activeStatus,
  attemptOf,
  deliveryIn,
  endedPod,
  executionOf,
  justNow,
  newInput,
  newPod,
  newRun,
  noon,
  openOf,
  pinnedInput,
  pinnedRun,
} from "../testdata/inputs.ts";
import { decide } from "./decide.ts";
import type { ReportRunInput } from "./input.ts";
import { summarize } from "./summarize.ts";

const following = (status: RunStatus, change: Partial<ReportRunInput> = {}) =>
  pinnedInput(status, { open: openOf({ pods: [newPod({ running: {} })] }), ...change });
const done = { open: openOf({ pods: [endedPod(0, { code: "Done", message: "one file was delivered" })] }) };
const delivered = executionOf({ step: "Delivering", deliveries: [deliveryIn("Delivered")] });
const after = (given: ReportRunInput) => summarize(given, decide(given, noon), { kind: "Done" }, noon);

const cases: Record<string, { given: ReportRunInput; expected: object }> = {
  "a run that waits is Pending and says why": {
    given: newInput({ suspendedBy: "Report 'trades'" }),
    expected: {
      state: "Pending",
      attempt: 0,
      conditions: [{ type: "Succeeded", status: "Unknown", reason: "Suspended" }],
      stateHistory: [{ state: "Pending", at: noon, attempt: 0 }],
    },
  },
  "the first attempt stays Pending until its runner speaks": {
    given: pinnedInput(undefined),
    expected: {
      state: "Pending",
      attempt: 1,
      startedAt: noon,
      attempts: [{ number: 1, job: "trades-1-1", purpose: "Run", startedAt: noon }],
    },
  },
  "a run that is held says so between its attempts": {
    given: pinnedInput(activeStatus(), { open: openOf({ pods: [endedPod(0, { code: "Held", message: "held" })] }) }),
    expected: {
      attempts: [{ number: 1, reason: "Held", endedAt: noon }],
      failedAttempts: 0,
      conditions: [{ type: "Succeeded", status: "Unknown", reason: "Held" }],
    },
  },
  "a later attempt goes back to Initializing": {
    given: pinnedInput({
      state: "FetchingData",
      attempt: 1,
      attempts: [attemptOf(1, { endedAt: justNow })],
      nextAttemptAt: justNow,
      failure: { code: "PodLost", message: "x" },
    }),
    expected: {
      state: "Initializing",
      attempt: 2,
      attempts: [{ number: 1 }, { number: 2 }],
      failure: { code: "PodLost" },
    },
  },
  "a later attempt of a delivering run stays Delivering": {
    given: pinnedInput({
      state: "Delivering",
      attempt: 1,
      attempts: [attemptOf(1, { endedAt: justNow })],
      nextAttemptAt: justNow,
      failure: { code: "PodLost", message: "x" },
    }),
    expected: { state: "Delivering", attempt: 2 },
  },
  "the state follows the runner's step": {
    given: following(activeStatus({ execution: executionOf({ step: "FetchingData" }) })),
    expected: {
      state: "FetchingData",
      conditions: [{ reason: "FetchingData", message: "attempt 1 is in FetchingData" }],
      attempts: [{ podUID: "p1", imageDigest: "sha256:0123" }],
    },
  },
  "the state never goes back": {
    given: following(activeStatus({ state: "Delivering", execution: executionOf({ step: "Initializing" }) })),
    expected: { state: "Delivering" },
  },
  "what an earlier attempt reported moves nothing": {
    given: following(
      activeStatus({ state: "Initializing", attempt: 2, execution: executionOf({ step: "Delivering" }) }),
      { open: openOf({ number: 2 }) },
    ),
    expected: { state: "Initializing" },
  },
  "the summary counts": {
    given: following(
      activeStatus({
        execution: executionOf({
          findings: { warning: 3, blocking: 0, correctable: 1, undecided: 0, byRule: [] },
          deliveries: [deliveryIn("Delivered"), deliveryIn("Pending")],
          progress: { percent: 47 },
        }),
      }),
    ),
    expected: { summary: { findings: "3W 0B 1C", artifacts: "0", delivered: "1/2", progress: "40%" } },
  },
  "the summary counts all deliveries, not only the listed ones": {
    given: following(
      activeStatus({
        execution: executionOf({
          deliveries: [deliveryIn("Delivered")],
          deliveryCounts: { pending: 1, inFlight: 0, unknown: 0, delivered: 9, conflict: 0, failed: 0 },
        }),
      }),
    ),
    expected: { summary: { delivered: "9/10" } },
  },
  "a Pod that cannot start is a condition at once": {
    given: pinnedInput(activeStatus(), {
      open: openOf({ pods: [newPod({ waiting: { reason: "ErrImagePull", message: "404" } })] }),
    }),
    expected: { state: "Pending", conditions: [{ type: "Succeeded", status: "Unknown", reason: "ImagePullFailed" }] },
  },
  "Completed comes by way of Delivering": {
    given: pinnedInput(activeStatus({ execution: delivered }), done),
    expected: { state: "Delivering", conditions: [{ status: "Unknown" }] },
  },
  "a run that delivered is Completed": {
    given: pinnedInput(activeStatus({ state: "Delivering", execution: delivered }), done),
    expected: {
      state: "Completed",
      endedAt: noon,
      attempts: [{ endedAt: noon, reason: "Done", exitCode: 0, podUID: "p1" }],
      conditions: [
        { type: "Succeeded", status: "True", reason: "Completed", message: "one file was delivered" },
        { type: "Delivered", status: "True" },
        { type: "Archived", status: "False", reason: "NotArchived" },
      ],
      summary: { progress: "100%" },
    },
  },
  "a failed run says which of its deliveries have a receipt": {
    given: pinnedInput(
      activeStatus({
        state: "Delivering",
        execution: executionOf({ deliveries: [deliveryIn("Delivered"), deliveryIn("Failed")] }),
      }),
      {
        open: openOf({ pods: [endedPod(10, { code: "DestinationRefused", message: "no space" })] }),
      },
    ),
    expected: {
      state: "Failed",
      failure: { code: "DestinationRefused", message: "no space" },
      conditions: [
        { type: "Succeeded", status: "False", reason: "DestinationRefused" },
        { type: "Delivered", status: "False", message: "1 of 2 deliveries have a receipt" },
        { type: "Archived", status: "False", message: expect.stringContaining("openreg.dev/break-glass") },
      ],
    },
  },
  "more deliveries than the status lists are all delivered, when the run is Completed": {
    given: pinnedInput(
      activeStatus({
        state: "Delivering",
        execution: {
          ...delivered,
          manifest: { key: "m", sha256: "0123456789abcdef".repeat(4), artifacts: 9, deliveries: 9 },
        },
      }),
      done,
    ),
    expected: {
      conditions: [
        { type: "Succeeded" },
        { type: "Delivered", status: "True", message: "9 of 9 deliveries have a receipt" },
        { type: "Archived" },
      ],
      summary: { delivered: "9/9" },
    },
  },
  "an attempt that failed is closed, counted and explained": {
    given: pinnedInput(activeStatus({ failedAttempts: 1 }), {
      open: openOf({ pods: [endedPod(11, { code: "SourceUnavailable", message: "refused" })] }),
    }),
    expected: {
      state: "Pending",
      failedAttempts: 2,
      nextAttemptAt: "2026-04-01T12:00:20Z",
      attempts: [{ endedAt: noon, reason: "SourceUnavailable", exitCode: 11 }],
      conditions: [{ reason: "BackingOff", message: expect.stringContaining("SourceUnavailable: refused") }],
    },
  },
  "a retry begins at Pending with the next number and a clean slate": {
    given: newInput({
      run: pinnedRun(
        {
          state: "Failed",
          attempt: 3,
          attempts: [attemptOf(3, { endedAt: justNow })],
          failedAttempts: 3,
          failure: { code: "GaveUp", message: "x" },
          endedAt: justNow,
        },
        { metadata: { annotations: { "openreg.dev/retry-requested-at": "now" } } },
      ),
    }),
    expected: {
      state: "Pending",
      attempt: 4,
      failedAttempts: 0,
      lastHandledRetryAt: "now",
      conditions: [{ status: "Unknown" }],
    },
  },
  "a run that must fail before it began is Pending for one write": {
    given: newInput({ run: newRun(undefined, { spec: { parameters: { nope: "1" } } }) }),
    expected: { state: "Pending", conditions: [{ status: "Unknown", reason: "Ending" }] },
  },
};

test.each(Object.entries(cases))("%s", (_sentence, { given, expected }) => {
  const status = after(given);
  expect(status).toMatchObject(expected);
  expect(checkConditions({ ...given.run, ...{ status } })).toEqual([]);
  const { state: from = "Pending", attempt: before = 0 } = given.run.status ?? {};
  expect(canMove(from, status?.state ?? "Pending", (status?.attempt ?? 0) > before)).toBe(true);
  expect(kindSchemas.reportRun.status.safeParse(status).error).toBeUndefined();
});

const taken = { kind: "NameTaken", message: "ConfigMap 'trades-1-2' exists" } as const;
const inFlight = executionOf({ step: "Delivering", deliveries: [deliveryIn("InFlight")] });
const second = (change: Partial<RunStatus> = {}) =>
  pinnedInput({
    state: "Delivering",
    attempt: 1,
    attempts: [attemptOf(1, { endedAt: justNow })],
    nextAttemptAt: justNow,
    execution: inFlight,
    ...change,
  });

test("a name that is taken ends a run", () => {
  const given = second({ execution: delivered });
  expect(summarize(given, decide(given, noon), taken, noon)).toMatchObject({
    state: "Failed",
    failure: { code: "NameTaken" },
  });
});

/** The second attempt stands in the status, and neither plan nor Job is there. */
const startingSecond = (purpose: "Run" | "Settle", change: Partial<RunStatus> = {}) =>
  second({ attempt: 2, attempts: [attemptOf(2, { purpose, startedAt: noon })], ...change });
const openSecond = (purpose: "Run" | "Settle") => ({
  open: openOf({ number: 2, purpose, startedAt: noon, job: undefined as never }),
});

test("a name that is taken closes the attempt, and the next number settles what is in flight", () => {
  const given = { ...startingSecond("Run"), ...openSecond("Run") };
  const decision = decide(given, noon);
  expect(decision).toMatchObject({ kind: "EnsureJob", number: 2 });
  const status = summarize(given, decision, taken, noon);
  expect(status).toMatchObject({ state: "Delivering", attempt: 2, failure: { code: "NameTaken" } });
  expect(status?.attempts?.at(-1)).toMatchObject({ number: 2, endedAt: noon, reason: "NameTaken" });
  const { open, ...rest } = given;
  const run = { ...given.run, status: { ...status, execution: inFlight } as RunStatus };
  expect(decide({ ...rest, run }, noon)).toMatchObject({ kind: "StartAttempt", number: 3, purpose: "Settle" });
});

test("a settle attempt whose name is taken is repeated later", () => {
  const failure = { code: "PodLost", message: "x" };
  const given = { ...startingSecond("Settle", { failure }), ...openSecond("Settle") };
  const decision = decide(given, noon);
  expect(decision).toMatchObject({ kind: "EnsureJob", purpose: "Settle" });
  expect(summarize(given, decision, taken, noon)).toMatchObject({
    failure: { code: "PodLost" },
    nextAttemptAt: "2026-04-01T12:10:00Z",
  });
});

test("what the operator says between two attempts is the same in both reconciles, so nothing is written twice", () => {
  const given = pinnedInput(activeStatus(), {
    open: openOf({ pods: [endedPod(11, { code: "SourceUnavailable", message: "refused" })] }),
  });
  const first = after(given);
  const { open, ...rest } = given;
  const second = after({ ...rest, run: { ...given.run, status: first as RunStatus } });
  expect(second).toEqual(first);
});

test("an attempt that starts in the state where the one before ended has its line in the history", () => {
  const stateHistory = [{ state: "Delivering" as const, at: justNow, attempt: 1 }];
  const status = after(second({ stateHistory }));
  expect(status?.stateHistory).toEqual([...stateHistory, { state: "Delivering", at: noon, attempt: 2 }]);
  const again = after(pinnedInput({ ...status, execution: inFlight } as RunStatus, openSecond("Run")));
  expect(again?.stateHistory ?? status?.stateHistory).toHaveLength(2);
});

test("a heartbeat alone changes nothing", () => {
  const before = after(following(activeStatus({ execution: executionOf({ progress: { percent: 41 } }) })));
  const later = { ...(before as RunStatus), execution: executionOf({ heartbeatAt: noon, progress: { percent: 48 } }) };
  expect(after(following(later))).toEqual(before);
});

test("C21 a run with everything in it stays within 16 KiB", () => {
  const long = "x".repeat(1024);
  const history = Array.from({ length: 24 }, () => ({
    state: "FetchingData" as const,
    at: noon,
    attempt: 1,
    message: "y".repeat(256),
  }));
  const deliveries = Array.from({ length: 8 }, () => ({
    ...deliveryIn("Failed"),
    lastError: "z".repeat(256),
    artifact: "a".repeat(255),
  }));
  const given = following(
    activeStatus({
      stateHistory: history,
      failure: { code: "PodLost", message: long },
      execution: executionOf({ deliveries, outcome: { code: "PodLost", message: long } }),
    }),
  );
  const status = after(given);
  const bytes = JSON.stringify({ ...given.run, status: { ...status, execution: given.run.status?.execution } }).length;
  expect(bytes).toBeLessThanOrEqual(14 * 1024);
  expect(status?.stateHistory?.length).toBeGreaterThan(4);
});
