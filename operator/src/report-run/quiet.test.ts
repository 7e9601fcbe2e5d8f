/** Whatever a reconcile meets: carrying out its own decisions leads to rest, by legal transitions only. */
import { canMove, isEndState, jobNameOf, kindSchemas, stepStates } from "@openreg/crds";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Pod, ReportRun, RunStatus } from "../objects.ts";
import {
  deliveryIn,
  endedPod,
  executionOf,
  justNow,
  newInput,
  newJob,
  newPod,
  newRun,
  noon,
  pinnedRun,
  readyReport,
  version,
} from "../testdata/inputs.ts";
import { decide } from "./decide.ts";
import type { Decision, OpenAttempt, ReportRunInput } from "./input.ts";
import { summarize } from "./summarize.ts";

/** What a world of one run does at some point, besides what the operator does. */
const happening = fc.oneof(
  fc.record({ kind: fc.constant("Step" as const), step: fc.constantFrom(...stepStates) }),
  fc.record({
    kind: fc.constant("Deliver" as const),
    state: fc.constantFrom("InFlight", "Delivered", "Unknown", "Failed"),
  }),
  fc.record({
    kind: fc.constant("Exit" as const),
    code: fc.constantFrom(0, 10, 11, 12, 13, 137),
    word: fc.constantFrom(
      "Done",
      "AlreadyFiled",
      "FilingInProgress",
      "ResumeAt",
      "Held",
      "SourceUnavailable",
      "BlockingFindings",
      "Interrupted",
      "Cancelled",
      "nonsense",
    ),
  }),
  fc.record({
    kind: fc.constantFrom(
      "PodAppears" as const,
      "PodRuns" as const,
      "PodGone" as const,
      "JobGone" as const,
      "Cancel" as const,
      "Retry" as const,
      "Delete" as const,
    ),
  }),
  fc.record({ kind: fc.constant("Time" as const), minutes: fc.integer({ min: 1, max: 2000 }) }),
);
type Happening = typeof happening extends fc.Arbitrary<infer H> ? H : never;

interface World {
  run: ReportRun;
  jobs: string[];
  pods: Pod[];
  now: string;
  settled: boolean;
  gone: boolean;
}

const plusMinutes = (instant: string, minutes: number) =>
  Temporal.Instant.from(instant).add({ minutes }).toString({ smallestUnit: "second" });

function inputOf(world: World): ReportRunInput {
  const { run, jobs, pods } = world;
  const { status } = run;
  const entry =
    status?.state && isEndState(status.state)
      ? undefined
      : status?.attempts?.find(({ number, endedAt }) => number === status.attempt && !endedAt);
  const isOwn = (pod: Pod) => pod.metadata.ownerReferences?.[0]?.name === entry?.job;
  const job = entry && jobs.includes(entry.job) ? newJob(entry.job) : undefined;
  const open: OpenAttempt | undefined = entry && {
    number: entry.number,
    purpose: entry.purpose ?? "Run",
    startedAt: entry.startedAt,
    pods: pods.filter(isOwn),
    ...(job && { job }),
  };
  const base = newInput({
    run,
    oldJobs: jobs.filter((name) => name !== entry?.job).map((name) => newJob(name)),
    oldPods: pods.filter((pod) => !isOwn(pod)),
    report: readyReport,
  });
  if (!run.spec.reportVersionRef) return base;
  const { candidate, live, ...rest } = base;
  return { ...rest, pinned: version, ...(open && { open }) };
}

/** Carries a decision out in the world, as apply does in the cluster. */
function carryOut(world: World, decision: Decision): void {
  const { run } = world;
  if (decision.kind === "Pin")
    world.run = {
      ...pinnedRun(run.status),
      metadata: { ...run.metadata, finalizers: ["openreg.dev/run-cleanup"] },
      spec: { ...run.spec, reportVersionRef: { name: decision.version } },
    };
  if (decision.kind === "EnsureJob")
    world.jobs = [...new Set([...world.jobs, jobNameOf(run.metadata.name, decision.number)])];
  if (decision.kind === "CleanUp" || decision.kind === "StopAttempt") {
    const names = (decision.kind === "CleanUp" ? decision.jobs : [decision.job]).map(({ metadata }) => metadata.name);
    world.jobs = world.jobs.filter((name) => !names.includes(name));
    world.pods = world.pods.filter((pod) => !names.includes(pod.metadata.ownerReferences?.[0]?.name ?? ""));
  }
  if (decision.kind === "MarkSettled") world.settled = true;
  if (decision.kind === "LetGo") world.gone = true;
}

const mostReconciles = 15;

/** Reconciles until nothing changes. */
function reconcileToRest(world: World): void {
  for (let count = 0; count < mostReconciles; count++) {
    if (world.settled || world.gone) return;
    const input = inputOf(world);
    const decision = decide(input, world.now);
    const status = summarize(input, decision, { kind: "Done" }, world.now);
    carryOut(world, decision);
    if (status) {
      checkTransition(world.run.status, status as RunStatus);
      const execution = world.run.status?.execution;
      const next = { ...status, ...(execution && { execution }) } as RunStatus;
      if (JSON.stringify(next) === JSON.stringify(world.run.status) && isRest(decision)) return;
      world.run = { ...world.run, status: next };
    } else if (isRest(decision)) return;
  }
  throw new Error(`no rest after ${mostReconciles} reconciles; last state ${world.run.status?.state}`);
}

function isRest({ kind }: Decision): boolean {
  return kind === "Wait" || kind === "Follow" || kind === "Rest";
}

function checkTransition(before: RunStatus | undefined, after: RunStatus): void {
  const raised = (after.attempt ?? 0) > (before?.attempt ?? 0);
  const from = before?.state;
  const legal = from ? canMove(from, after.state ?? "Pending", raised) : after.state === "Pending";
  if (!legal) throw new Error(`${from} may not become ${after.state}`);
  if ((after.attempt ?? 0) < (before?.attempt ?? 0)) throw new Error("the attempt went back");
  const invalid = kindSchemas.reportRun.status.safeParse(after).error;
  if (invalid) throw new Error(`the API server would refuse the status: ${invalid.message}`);
  const inFlight = before?.execution?.deliveries?.some(({ state }) => state === "InFlight");
  const hasAsked = after.attempts?.at(-1)?.purpose === "Settle";
  if (inFlight && !hasAsked && after.state !== from && (after.state === "Failed" || after.state === "Cancelled")) {
    throw new Error(`${after.state} while a delivery is in flight`);
  }
}

function happen(world: World, event: Happening): void {
  const { run } = world;
  const open = inputOf(world).open;
  const pod = open?.pods.at(-1);
  const execution = run.status?.execution;
  const report = (change: object) => {
    if (!open || !pod) return;
    const whole = executionOf({ ...execution, attempt: open.number, podUID: pod.metadata.uid ?? "", ...change });
    world.run = { ...run, status: { ...run.status, execution: whole } };
  };
  const replace = (changed: Pod) => {
    if (pod) world.pods = world.pods.map((one) => (one === pod ? { ...changed, metadata: pod.metadata } : one));
  };
  switch (event.kind) {
    case "Step":
      report({ step: event.step });
      return;
    case "Deliver":
      report({ step: "Delivering", deliveries: [deliveryIn(event.state as "InFlight")] });
      return;
    case "Exit":
      replace(endedPod(event.code, { code: event.word, message: "said" }));
      return;
    case "PodAppears": {
      if (!open?.job || pod) return;
      const metadata = {
        name: `${open.job.metadata.name}-abcde`,
        uid: `p-${world.now}`,
        creationTimestamp: world.now,
        ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: open.job.metadata.name, uid: "j" }],
      };
      world.pods = [...world.pods, newPod(undefined, { metadata, status: { phase: "Pending" } })];
      return;
    }
    case "PodRuns":
      replace(newPod({ running: {} }));
      return;
    case "PodGone":
      world.pods = world.pods.filter((one) => one !== pod);
      return;
    case "JobGone":
      world.jobs = [];
      world.pods = [];
      return;
    case "Cancel":
      world.run = { ...run, spec: { ...run.spec, cancel: true } };
      return;
    case "Retry":
      world.settled = false;
      world.run = {
        ...run,
        metadata: { ...run.metadata, annotations: { "openreg.dev/retry-requested-at": world.now } },
      };
      return;
    case "Delete":
      world.run = { ...run, metadata: { ...run.metadata, deletionTimestamp: world.now } };
      return;
    case "Time":
      world.now = plusMinutes(world.now, event.minutes);
  }
}

test("P5 whatever happens, a run comes to rest by legal transitions", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (events) => {
      const world: World = {
        run: newRun(undefined, { metadata: { creationTimestamp: justNow } }),
        jobs: [],
        pods: [],
        now: noon,
        settled: false,
        gone: false,
      };
      reconcileToRest(world);
      for (const event of events) {
        happen(world, event);
        reconcileToRest(world);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("a run whose runner works ends, whatever failed before, once what is held is released", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 25 }), (events) => {
      const world: World = { run: newRun(), jobs: [], pods: [], now: noon, settled: false, gone: false };
      for (const event of events) {
        reconcileToRest(world);
        happen(world, event);
      }
      world.run = { ...world.run, spec: { ...world.run.spec, release: true } };
      const help: Happening[] = [
        { kind: "Time", minutes: 20 },
        { kind: "PodAppears" },
        { kind: "PodRuns" },
        { kind: "Deliver", state: "Delivered" },
        { kind: "Exit", code: 0, word: "Done" },
      ];
      for (const event of Array.from({ length: 8 }, () => help).flat()) {
        reconcileToRest(world);
        happen(world, event);
      }
      reconcileToRest(world);
      expect(world.settled || world.gone).toBe(true);
    }),
    { numRuns: 500 },
  );
});
