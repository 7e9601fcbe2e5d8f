import { expect, test } from "vitest";
import type { RunStatus } from "../objects.ts";
import {
  activeStatus,
  attemptOf,
  deliveryIn,
  endedPod,
  executionOf,
  justNow,
  newInput,
  newJob,
  newPod,
  newRun,
  noon,
  openOf,
  pinnedInput,
  pinnedRun,
  readyReport,
  version,
} from "../testdata/inputs.ts";
import { decide } from "./decide.ts";
import type { ReportRunInput } from "./input.ts";

const longAgo = "2026-04-01T10:00:00Z";
const old = { metadata: { creationTimestamp: longAgo } };
const notReady = {
  ...readyReport,
  status: {
    ...readyReport.status,
    conditions: [
      {
        type: "Ready",
        status: "False",
        reason: "DefinitionInvalid",
        message: "spec.fields[0]: no",
        lastTransitionTime: longAgo,
      },
    ],
  },
} as typeof readyReport;
const failure = { code: "SourceUnavailable", message: "refused" };
const closed = attemptOf(1, { endedAt: justNow, reason: "SourceUnavailable" });
const inFlight = executionOf({ step: "Delivering", deliveries: [deliveryIn("InFlight")] });
const unlisted = (inFlight: number) => ({
  deliveryCounts: { pending: 0, inFlight, unknown: 0, delivered: 8, conflict: 0, failed: 1 },
});
const failedRun: RunStatus = { state: "Failed", attempt: 1, attempts: [closed], endedAt: justNow, failure };
const heldStatus = activeStatus({ attempts: [attemptOf(1, { endedAt: justNow, reason: "Held" })] });
const retry = (at: string) => ({ metadata: { annotations: { "openreg.dev/retry-requested-at": at } } });
const cancel = { spec: { cancel: true } };
const following = (open: ReportRunInput["open"], status = activeStatus(), change = {}) =>
  pinnedInput(undefined, { run: pinnedRun(status, change), ...(open && { open }) });

const cases: Record<string, { given: ReportRunInput; expected: object }> = {
  // before there is a version
  "pins the version of a Report that is Ready": {
    given: newInput(),
    expected: { kind: "Pin", version: "trades-0123456789", series: "trades", report: "trades" },
  },
  "waits for a Report that does not exist": {
    given: newInput({ report: undefined as never, candidate: undefined as never }),
    expected: { kind: "Wait", reason: "ReportNotFound", until: "2026-04-01T12:01:00Z" },
  },
  "fails after two minutes without a Report": {
    given: newInput({ run: newRun(undefined, old), report: undefined as never }),
    expected: { kind: "EndRun", state: "Failed", failure: { code: "ReportNotFound" } },
  },
  "waits for a Report that is not Ready, and says why it is not": {
    given: newInput({ report: notReady }),
    expected: {
      kind: "Wait",
      reason: "ReportNotReady",
      message: expect.stringContaining("DefinitionInvalid: spec.fields[0]: no"),
    },
  },
  "waits for a Report whose last change has not been looked at": {
    given: newInput({ report: { ...readyReport, metadata: { ...readyReport.metadata, generation: 2 } } }),
    expected: { kind: "Wait", reason: "ReportNotReady" },
  },
  "fails when the Report does not become Ready in time": {
    given: newInput({ run: newRun(undefined, old), report: notReady }),
    expected: { kind: "EndRun", state: "Failed", failure: { code: "ReportNotReady" } },
  },
  "waits for a version that has not reached the cache": {
    given: newInput({ candidate: undefined as never }),
    expected: { kind: "Wait", reason: "VersionNotSeen" },
  },
  "fails on a parameter that the Report does not declare": {
    given: newInput({ run: newRun(undefined, { spec: { parameters: { lei: "X" } } }) }),
    expected: { kind: "EndRun", failure: { code: "ParameterInvalid", message: expect.stringContaining("'lei'") } },
  },
  "pins nothing while the live Report is ahead of the cache": {
    given: newInput({
      live: { report: { ...readyReport, metadata: { ...readyReport.metadata, generation: 2 } }, movedInputs: [] },
    }),
    expected: { kind: "Wait", reason: "ReportChanged" },
  },
  "pins nothing while a Connector has moved since the version was made": {
    given: newInput({ live: { report: readyReport, movedInputs: ["Connector 'trades-db'"] } }),
    expected: { kind: "Wait", reason: "ReportChanged", message: expect.stringContaining("Connector 'trades-db'") },
  },
  "takes the version of the run that it repeats, whatever the Report says": {
    given: newInput({ report: notReady, repeated: { name: "trades-0", version: "trades-0123456789" } }),
    expected: { kind: "Pin", version: "trades-0123456789" },
  },
  "fails when the run that it repeats has no version": {
    given: newInput({ repeated: { name: "trades-0", version: undefined }, candidate: undefined as never }),
    expected: { kind: "EndRun", failure: { code: "ReportNotFound", message: expect.stringContaining("'trades-0'") } },
  },
  "fails when the pinned version was deleted": {
    given: newInput({ run: pinnedRun(undefined, old), candidate: undefined as never }),
    expected: { kind: "EndRun", failure: { code: "ReportNotFound" } },
  },
  "starts nothing while suspended": {
    given: newInput({ suspendedBy: "Connector 'trades-db'" }),
    expected: { kind: "Wait", reason: "Suspended", message: expect.stringContaining("Connector 'trades-db'") },
  },
  "ends as Cancelled while it is suspended": {
    given: newInput({ run: newRun(undefined, cancel), suspendedBy: "Report 'trades'" }),
    expected: { kind: "EndRun", state: "Cancelled" },
  },
  "ends as Cancelled while it backs off": {
    given: pinnedInput(undefined, {
      run: pinnedRun(
        { ...activeStatus({ attempts: [closed] }), failure, nextAttemptAt: "2026-04-01T13:00:00Z" },
        cancel,
      ),
    }),
    expected: { kind: "EndRun", state: "Cancelled" },
  },
  "fails when it was cancelled while it waited for a receiver, and another had its file": {
    given: pinnedInput(undefined, {
      run: pinnedRun(
        {
          ...activeStatus({ state: "Delivering", attempts: [attemptOf(1, { endedAt: justNow, reason: "ResumeAt" })] }),
          nextAttemptAt: "2026-04-01T13:00:00Z",
          execution: executionOf({ deliveries: [deliveryIn("Delivered"), deliveryIn("Pending")] }),
        },
        cancel,
      ),
    }),
    expected: { kind: "EndRun", state: "Failed", failure: { code: "CancelledAfterDelivery" } },
  },
  "does not hear a cancel while it settles": {
    given: following(
      openOf({ purpose: "Settle", pods: [newPod({ running: {} })] }),
      activeStatus({ execution: inFlight }),
      cancel,
    ),
    expected: { kind: "Follow", cancelling: false },
  },
  "ends as Cancelled before anything started": {
    given: newInput({ run: newRun(undefined, cancel) }),
    expected: { kind: "EndRun", state: "Cancelled" },
  },
  // an attempt
  "starts the first attempt of a run that is pinned": {
    given: pinnedInput(undefined),
    expected: { kind: "StartAttempt", number: 1, purpose: "Run" },
  },
  "creates the Job of an attempt that stands in the status": {
    given: following(openOf({ job: undefined as never })),
    expected: { kind: "EnsureJob", number: 1, purpose: "Run" },
  },
  "ends an attempt whose Job cannot be created": {
    given: following(openOf({ job: undefined as never, startedAt: longAgo })),
    expected: { kind: "EndAttempt", failure: { code: "PodRefused" } },
  },
  "starts no Job for a run that was cancelled meanwhile": {
    given: following(openOf({ job: undefined as never }), activeStatus(), cancel),
    expected: { kind: "EndRun", state: "Cancelled" },
  },
  "follows a Job without a Pod": { given: following(openOf()), expected: { kind: "Follow", problem: undefined } },
  "follows a runner that works": {
    given: following(openOf({ pods: [newPod({ running: {} })] })),
    expected: { kind: "Follow", until: undefined },
  },
  "completes a run whose runner is done": {
    given: following(openOf({ pods: [endedPod(0, { code: "Done", message: "ok" })] })),
    expected: { kind: "EndRun", state: "Completed" },
  },
  "ends as AlreadyFiled, naming the run that filed": {
    given: following(openOf({ pods: [endedPod(0, { code: "AlreadyFiled", message: "met by run trades-0" })] })),
    expected: { kind: "EndRun", state: "AlreadyFiled", message: "met by run trades-0" },
  },
  "skips a run whose filing is in progress": {
    given: following(openOf({ pods: [endedPod(0, { code: "FilingInProgress", message: "x" })] })),
    expected: { kind: "EndRun", state: "Skipped" },
  },
  "cannot skip a run that went further": {
    given: following(
      openOf({ pods: [endedPod(0, { code: "FilingInProgress", message: "x" })] }),
      activeStatus({ state: "Delivering" }),
    ),
    expected: { kind: "EndRun", state: "Failed", failure: { code: "FilingInProgress" } },
  },
  "resumes when the runner asks for it, without counting": {
    given: following(
      openOf({ pods: [endedPod(0, { code: "ResumeAt", message: "window" })] }),
      activeStatus({ execution: executionOf({ resumeAt: "2026-04-01T18:00:00Z" }) }),
    ),
    expected: { kind: "EndAttempt", end: { reason: "ResumeAt", counts: false }, nextAttemptAt: "2026-04-01T18:00:00Z" },
  },
  "ends an attempt whose deliveries are held, and nothing of the run": {
    given: following(openOf({ pods: [endedPod(0, { code: "Held", message: "held until it is released" })] })),
    expected: { kind: "EndAttempt", end: { reason: "Held", counts: false } },
  },
  "starts nothing while a run is held": {
    given: pinnedInput(heldStatus),
    expected: { kind: "Wait", reason: "Held", until: "2026-04-02T11:59:00Z" },
  },
  "goes on with a held run that is released": {
    given: pinnedInput(heldStatus, { run: pinnedRun(heldStatus, { spec: { release: true } }) }),
    expected: { kind: "StartAttempt", number: 2, purpose: "Run" },
  },
  "waits before it asks a runner again that holds what is released": {
    given: following(
      openOf({ pods: [endedPod(0, { code: "Held", message: "held until it is released" })] }),
      activeStatus(),
      { spec: { release: true } },
    ),
    expected: { kind: "EndAttempt", end: { reason: "Held" }, nextAttemptAt: "2026-04-01T12:00:10Z" },
  },
  "ends a held run that is cancelled": {
    given: pinnedInput(heldStatus, { run: pinnedRun(heldStatus, { spec: { cancel: true } }) }),
    expected: { kind: "EndRun", state: "Cancelled" },
  },
  "gives a held run up when it has taken too long": {
    given: pinnedInput({ ...heldStatus, startedAt: "2026-03-30T00:00:00Z" }),
    expected: { kind: "EndRun", state: "Failed", failure: { code: "GaveUp" } },
  },
  "fails at once on what another attempt cannot help": {
    given: following(openOf({ pods: [endedPod(10, { code: "SourceQueryFailed", message: "no table" })] })),
    expected: { kind: "EndRun", state: "Failed", failure: { code: "SourceQueryFailed", message: "no table" } },
  },
  "waits before the next attempt": {
    given: following(openOf({ pods: [endedPod(11, { code: "SourceUnavailable", message: "refused" })] })),
    expected: { kind: "EndAttempt", failure, nextAttemptAt: "2026-04-01T12:00:10Z", end: { counts: true } },
  },
  "waits twice as long after the second": {
    given: following(
      openOf({ pods: [endedPod(11, { code: "SourceUnavailable", message: "refused" })] }),
      activeStatus({ failedAttempts: 1 }),
    ),
    expected: { kind: "EndAttempt", nextAttemptAt: "2026-04-01T12:00:20Z" },
  },
  "fails with the last code when no attempt is left": {
    given: following(
      openOf({ pods: [endedPod(11, { code: "SourceUnavailable", message: "refused" })] }),
      activeStatus({ failedAttempts: 2 }),
    ),
    expected: { kind: "EndRun", state: "Failed", failure },
  },
  "does not count an eviction": {
    given: following(
      openOf({
        pods: [
          newPod(
            { terminated: { exitCode: 137 } },
            { status: { reason: "Evicted", message: "node was low on memory" } },
          ),
        ],
      }),
      activeStatus({ failedAttempts: 2 }),
    ),
    expected: { kind: "EndAttempt", end: { reason: "Evicted", counts: false } },
  },
  "gives an attempt up whose image never came": {
    given: following(
      openOf({ startedAt: longAgo, pods: [newPod({ waiting: { reason: "ImagePullBackOff", message: "not found" } })] }),
    ),
    expected: { kind: "EndAttempt", end: { reason: "ImagePullFailed", counts: true } },
  },
  "says at once that the image does not come": {
    given: following(openOf({ pods: [newPod({ waiting: { reason: "ErrImagePull", message: "not found" } })] })),
    expected: { kind: "Follow", problem: { code: "ImagePullFailed" } },
  },
  // cancel
  "gives a running Pod a moment to see the cancel": {
    given: following(openOf({ pods: [newPod({ running: {} })] }), activeStatus(), cancel),
    expected: { kind: "Follow", cancelling: true, until: "2026-04-01T12:01:00Z" },
  },
  "deletes the Job of a Pod that does not react": {
    given: following(
      openOf({ pods: [newPod({ running: {} })] }),
      activeStatus({
        conditions: [
          { type: "Cancelling", status: "True", reason: "CancelRequested", message: "", lastTransitionTime: longAgo },
        ],
      }),
      cancel,
    ),
    expected: { kind: "StopAttempt" },
  },
  "ends at once when the Pod cannot start": {
    given: following(openOf({ pods: [newPod({ waiting: { reason: "ImagePullBackOff" } })] }), activeStatus(), cancel),
    expected: { kind: "EndRun", state: "Cancelled" },
  },
  "ends as Cancelled by the runner": {
    given: following(openOf({ pods: [endedPod(13)] }), activeStatus(), cancel),
    expected: { kind: "EndRun", state: "Cancelled" },
  },
  "fails when it was cancelled after a delivery": {
    given: following(
      openOf({ pods: [endedPod(13)] }),
      activeStatus({ state: "Delivering", execution: executionOf({ deliveries: [deliveryIn("Delivered")] }) }),
      cancel,
    ),
    expected: { kind: "EndRun", state: "Failed", failure: { code: "CancelledAfterDelivery" } },
  },
  // settling
  "does not fail while a delivery is in flight": {
    given: following(
      openOf({ pods: [endedPod(10, { code: "DestinationRefused", message: "no" })] }),
      activeStatus({ state: "Delivering", execution: inFlight }),
    ),
    expected: { kind: "EndAttempt", failure: { code: "DestinationRefused" } },
  },
  "nor while one that the status does not list is in flight": {
    given: following(
      openOf({ pods: [endedPod(10, { code: "DestinationRefused", message: "no" })] }),
      activeStatus({
        state: "Delivering",
        execution: executionOf({ ...unlisted(1), deliveries: [deliveryIn("Delivered")] }),
      }),
    ),
    expected: { kind: "EndAttempt", failure: { code: "DestinationRefused" } },
  },
  "asks the receiver by a settle attempt first": {
    given: pinnedInput({
      state: "Delivering",
      attempt: 1,
      attempts: [attemptOf(1, { endedAt: justNow })],
      failure: { code: "DestinationRefused", message: "no" },
      execution: inFlight,
    }),
    expected: { kind: "StartAttempt", number: 2, purpose: "Settle", failure: { code: "DestinationRefused" } },
  },
  "fails once everything is settled": {
    given: following(
      openOf({ number: 1, purpose: "Settle", pods: [endedPod(0, { code: "Done", message: "asked" })] }),
      activeStatus({ state: "Delivering", failure, execution: executionOf({ deliveries: [deliveryIn("Unknown")] }) }),
    ),
    expected: { kind: "EndRun", state: "Failed", failure },
  },
  "completes when settling finds everything delivered": {
    given: following(
      openOf({ purpose: "Settle", pods: [endedPod(0, { code: "Done", message: "asked" })] }),
      activeStatus({ state: "Delivering", failure, execution: executionOf({ deliveries: [deliveryIn("Delivered")] }) }),
    ),
    expected: { kind: "EndRun", state: "Completed" },
  },
  "fails after settling when one that the status does not list was not delivered": {
    given: following(
      openOf({ purpose: "Settle", pods: [endedPod(0, { code: "Done", message: "asked" })] }),
      activeStatus({
        state: "Delivering",
        failure,
        execution: executionOf({ ...unlisted(0), deliveries: [deliveryIn("Delivered")] }),
      }),
    ),
    expected: { kind: "EndRun", state: "Failed", failure },
  },
  "asks again later when settling did not work": {
    given: following(
      openOf({ purpose: "Settle", pods: [endedPod(11, { code: "DestinationUnavailable", message: "down" })] }),
      activeStatus({ state: "Delivering", failure, execution: inFlight }),
    ),
    expected: { kind: "EndAttempt", failure, end: { counts: false }, nextAttemptAt: "2026-04-01T12:10:00Z" },
  },
  "settles before it is cancelled between attempts": {
    given: pinnedInput(undefined, {
      run: pinnedRun(
        {
          state: "Delivering",
          attempt: 1,
          attempts: [closed],
          failure,
          nextAttemptAt: "2026-04-01T12:05:00Z",
          execution: inFlight,
        },
        cancel,
      ),
    }),
    expected: { kind: "StartAttempt", purpose: "Settle", failure: { code: "Cancelled" } },
  },
  // between attempts
  "backs off": {
    given: pinnedInput({
      state: "FetchingData",
      attempt: 1,
      attempts: [closed],
      failure,
      nextAttemptAt: "2026-04-01T12:05:00Z",
      startedAt: justNow,
    }),
    expected: { kind: "Wait", reason: "BackingOff", until: "2026-04-01T12:05:00Z" },
  },
  "removes the Job of the attempt before": {
    given: pinnedInput(
      { state: "FetchingData", attempt: 1, attempts: [closed], failure, nextAttemptAt: noon },
      { oldJobs: [newJob("trades-1-1")] },
    ),
    expected: { kind: "CleanUp", jobs: [{ metadata: { name: "trades-1-1" } }] },
  },
  "R3 starts no attempt while a Pod of the one before runs": {
    given: pinnedInput(
      { state: "FetchingData", attempt: 1, attempts: [closed], failure, nextAttemptAt: noon },
      { oldPods: [newPod({ running: {} })] },
    ),
    expected: { kind: "Wait", reason: "PreviousAttemptStopping" },
  },
  "R3 starts one when that Pod has been Terminating for five minutes": {
    given: pinnedInput(
      { state: "FetchingData", attempt: 1, attempts: [closed], failure, nextAttemptAt: noon },
      { oldPods: [newPod({ running: {} }, { metadata: { deletionTimestamp: longAgo } })] },
    ),
    expected: { kind: "StartAttempt", number: 2, purpose: "Run" },
  },
  "starts the next attempt when it is due": {
    given: pinnedInput({ state: "FetchingData", attempt: 1, attempts: [closed], failure, nextAttemptAt: noon }),
    expected: { kind: "StartAttempt", number: 2, purpose: "Run" },
  },
  "gives up after too long": {
    given: pinnedInput({
      state: "FetchingData",
      attempt: 1,
      attempts: [closed],
      failure,
      nextAttemptAt: noon,
      startedAt: "2026-03-30T12:00:00Z",
    }),
    expected: {
      kind: "EndRun",
      state: "Failed",
      failure: { code: "GaveUp", message: expect.stringContaining("SourceUnavailable: refused") },
    },
  },
  // after the end
  "R4 puts its finalizer back when somebody took it off": {
    given: pinnedInput(undefined, {
      run: pinnedRun(activeStatus(), { metadata: { finalizers: ["theirs"] } }),
      open: openOf({ pods: [newPod({ running: {} })] }),
    }),
    expected: { kind: "KeepFinalizer" },
  },
  "removes what an ended run left": {
    given: pinnedInput(failedRun, { oldJobs: [newJob("trades-1-1")] }),
    expected: { kind: "CleanUp" },
  },
  "waits until the Report knows of the end": {
    given: pinnedInput({ ...failedRun, endedAt: noon }, { endIsNoted: false }),
    expected: { kind: "Wait", until: "2026-04-01T12:01:00Z" },
  },
  "settles a run of which nothing is left": { given: pinnedInput(failedRun), expected: { kind: "MarkSettled" } },
  "starts again when a retry is requested": {
    given: newInput({ run: pinnedRun(failedRun, retry("2026-04-01")), pinned: version }),
    expected: { kind: "Retry", requestedAt: "2026-04-01" },
  },
  "acts on a request to retry once": {
    given: newInput({
      run: pinnedRun({ ...failedRun, lastHandledRetryAt: "2026-04-01" }, retry("2026-04-01")),
      pinned: version,
    }),
    expected: { kind: "MarkSettled" },
  },
  "does not retry what was completed": {
    given: newInput({ run: pinnedRun({ ...failedRun, state: "Completed" }, retry("2026-04-01")), pinned: version }),
    expected: { kind: "MarkSettled" },
  },
  "gives the attempt of a retry the number that it raised": {
    given: pinnedInput({ state: "Pending", attempt: 2, attempts: [closed] }),
    expected: { kind: "StartAttempt", number: 2 },
  },
  // deletion
  "stops the Job of a run that is deleted": {
    given: following(openOf(), activeStatus(), { metadata: { deletionTimestamp: noon } }),
    expected: { kind: "CleanUp" },
  },
  "waits for the Pod of a run that is deleted": {
    given: following(openOf({ job: undefined as never, pods: [newPod({ running: {} })] }), activeStatus(), {
      metadata: { deletionTimestamp: noon },
    }),
    expected: { kind: "Wait" },
  },
  "lets a run go that is deleted": {
    given: pinnedInput(undefined, { run: pinnedRun(undefined, { metadata: { deletionTimestamp: noon } }) }),
    expected: { kind: "LetGo" },
  },
};

test.each(Object.entries(cases))("%s", (_sentence, { given, expected }) => {
  expect(decide(given, noon)).toMatchObject(expected);
});
