/** Plays kubelet and runner: takes each Pod the Job controller makes, reads its plan, and reports what a script says. */
import type { Execution, RunPlan, StepName } from "@openreg/crds/types";
import { Registry } from "prom-client";
import type { ApiClient } from "../../../operator/src/controller/api-client.ts";
import { isNotFound } from "../../../operator/src/controller/api-error.ts";
import { systemClock, toTimestamp } from "../../../operator/src/controller/clock.ts";
import { keyOf } from "../../../operator/src/controller/kubernetes.ts";
import { silentLog } from "../../../operator/src/controller/log.ts";
import { newMetrics } from "../../../operator/src/controller/metrics.ts";
import { newReflector } from "../../../operator/src/controller/reflector.ts";
import type { ConfigMap, Pod } from "../../../operator/src/objects.ts";
import { configMaps, pods, reportRuns } from "../../../operator/src/resources.ts";

/** What a script does with one Pod. */
export interface Actor {
  readonly plan: RunPlan;
  readonly pod: Pod;
  /** The container runs. */
  start(): Promise<void>;
  /** The container waits for a reason such as ImagePullBackOff. */
  waits(reason: string, message: string): Promise<void>;
  /** The runner reports: a step, and whatever else. */
  report(step: StepName, more?: Partial<Execution>): Promise<void>;
  /** The runner ends. */
  exit(
    exitCode: number,
    words?: { readonly code: string; readonly message: string; readonly step?: string },
  ): Promise<void>;
  /** The Pod ends by any status. */
  ends(status: object): Promise<void>;
}

/** What the runner of each Pod does. */
export type Script = (actor: Actor) => Promise<void>;

/** A stand-in that plays. */
export interface StandIn {
  /** Names of the Pods it has seen, in order. */
  readonly seen: readonly string[];
  /** How often it wrote as a runner. */
  runnerWrites(): number;
  stop(): Promise<void>;
}

/** The steps of a run that delivers one file. */
export const allSteps: readonly StepName[] = [
  "Initializing",
  "FetchingData",
  "PreValidation",
  "Transforming",
  "PostValidation",
  "GeneratingArtifacts",
  "Delivering",
];

/** Goes through all steps and delivers. */
export const completes: Script = async (actor) => {
  await actor.start();
  for (const step of allSteps) await actor.report(step);
  await actor.report("Delivering", delivered);
  await actor.exit(0, { code: "Done", message: "one file was delivered" });
};

const sha256 = "0123456789abcdef".repeat(4);

/** What a run reports that has delivered its one file. */
export const delivered: Partial<Execution> = {
  rows: { fetched: 3, excluded: 0, written: 3 },
  findings: { warning: 1, blocking: 0, correctable: 0, undecided: 0, byRule: [] },
  artifacts: [{ output: "file", fileName: "trades.csv", records: 3, sizeBytes: 90, sha256, key: "artifacts/1" }],
  deliveries: [
    {
      destination: "receiver",
      artifact: "trades.csv",
      state: "Delivered",
      attempts: 1,
      receipt: { location: "/in/trades.csv", sizeBytes: 90, sha256, verifiedBy: "Hash", at: "2026-04-01T18:00:00Z" },
    },
  ],
  filing: { key: sha256, submission: 1 },
  evidence: { key: "evidence.json", sha256 },
  outcome: { code: "Done", message: "one file was delivered" },
};

/** Starts playing in a namespace. */
export function startStandIn(client: ApiClient, namespace: string, script: Script): StandIn {
  const stop = new AbortController();
  const seen: string[] = [];
  const failures: unknown[] = [];
  let writes = 0;
  const deps = { client, clock: systemClock, random: Math.random, metrics: newMetrics(new Registry()), log: silentLog };
  const labelSelector = "app.kubernetes.io/managed-by=openreg-operator";
  const reflector = newReflector<Pod>({ ...deps, resource: pods, namespace, labelSelector });
  const playing: Promise<void>[] = [];
  reflector.subscribe(({ before, after }) => {
    if (before || !after) return;
    seen.push(after.metadata.name);
    playing.push(play(after).catch((error: unknown) => void (isNotFound(error) || failures.push(error))));
  });
  const play = async (pod: Pod) => {
    const job = pod.metadata.ownerReferences?.[0]?.name ?? "";
    const map = await client.get<ConfigMap>(configMaps, { namespace, name: job });
    const plan = JSON.parse(map.data?.["plan.json"] ?? "{}") as RunPlan;
    await script(newActor(client, pod, plan, () => writes++));
  };
  const running = reflector.run(stop.signal);
  return {
    seen,
    runnerWrites: () => writes,
    async stop() {
      stop.abort();
      await running;
      await Promise.all(playing);
      if (failures.length > 0) throw failures[0];
    },
  };
}

function newActor(client: ApiClient, pod: Pod, plan: RunPlan, count: () => void): Actor {
  const key = keyOf(pod);
  const setPod = async (status: object) => {
    await client.mergePatch(pods, key, { status }, { subresource: "status" });
  };
  const container = (state: object) => ({
    name: "runner",
    image: plan.image,
    imageID: "sha256:0123",
    ready: false,
    restartCount: 0,
    state,
  });
  const run = { namespace: plan.run.namespace, name: plan.run.name };
  const steps: { name: StepName; startedAt: string }[] = [];
  return {
    plan,
    pod,
    start: () => setPod({ phase: "Running", containerStatuses: [container({ running: { startedAt: now() } })] }),
    waits: (reason, message) =>
      setPod({ phase: "Pending", containerStatuses: [container({ waiting: { reason, message } })] }),
    async report(step, more = {}) {
      if (steps.at(-1)?.name !== step) steps.push({ name: step, startedAt: now() });
      const execution = { attempt: plan.attempt, podUID: pod.metadata.uid, heartbeatAt: now(), step, steps, ...more };
      await client.mergePatch(reportRuns, run, { status: { execution } }, { subresource: "status" });
      count();
    },
    exit(exitCode, words) {
      const message = words && JSON.stringify(words);
      const terminated = {
        exitCode,
        reason: exitCode === 0 ? "Completed" : "Error",
        startedAt: now(),
        finishedAt: now(),
        ...(message && { message }),
      };
      const containerStatuses = [container({ running: null, waiting: null, terminated })];
      return setPod({ phase: exitCode === 0 ? "Succeeded" : "Failed", containerStatuses });
    },
    ends: setPod,
  };
}

function now(): string {
  return toTimestamp(Date.now());
}
