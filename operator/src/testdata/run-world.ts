/** Owns a cluster of one run for tests: the strict API server of this process, a virtual clock, our real controllers, and hands that play everybody else. */
import { planKey } from "@openreg/crds";
import type { Execution, RunPlan, StepName } from "@openreg/crds/types";
import { expect } from "vitest";
import { newCaches, reflectorsOf } from "../caches.ts";
import { readConfig } from "../config.ts";
import { toTimestamp } from "../controller/clock.ts";
import { checkConditions } from "../controller/conditions.ts";
import type { NewEvent } from "../controller/events.ts";
import { type KubernetesObject, keyOf, type Resource } from "../controller/kubernetes.ts";
import { startTestCluster, type TestCluster } from "../controller/test-cluster.ts";
import { until } from "../controller/virtual-clock.ts";
import { newControllers } from "../controllers.ts";
import type { Job, Pod, ReportRun } from "../objects.ts";
import * as resources from "../resources.ts";
import { readyReport, version } from "./inputs.ts";

/** Where everything happens. */
export const bank = "bank-a";

/** A Pod of the run, moved by hand. */
export interface PlayedPod {
  readonly name: string;
  readonly plan: RunPlan;
  /** Changes its status, and its metadata where given. */
  status(status: object, metadata?: object): void;
  runs(): void;
  reports(step: StepName, more?: Partial<Execution>): void;
  exits(code: number, words?: { readonly code: string; readonly message: string }): void;
  gone(): void;
}

/** The world of a run. */
export interface RunWorld {
  readonly cluster: TestCluster;
  /** What was recorded as events: `Reason: message`. */
  readonly events: string[];
  /** The run as the server has it. */
  run(name?: string): ReportRun;
  jobs(): readonly Job[];
  /** Every Job that ever was, by name. */
  readonly everyJob: readonly string[];
  /** Creates a run that is pinned already, or changes it. */
  putRun(change?: { readonly name?: string; readonly metadata?: object; readonly spec?: object; readonly status?: object }): void;
  /** Starts a Pod of the newest Job as the Job controller would. */
  pod(): Promise<PlayedPod>;
  /** Fails or completes a Job as the Job controller would. */
  jobEnds(name: string, reason: string, message?: string): void;
  startOperator(): Promise<void>;
  stopOperator(): Promise<void>;
  /** Lets time pass, and then the operator catch up. */
  pass(seconds: number): Promise<void>;
  /** Lets time pass until something holds, a tenth of a second at a look. */
  moving(holds: () => boolean, what: string): Promise<void>;
  /** Resolves when the run says so. */
  when(what: string, holds: (run: ReportRun) => boolean): Promise<ReportRun>;
  close(): Promise<void>;
}

const check = { check: async () => [], close: async () => {} };

/** Starts a world with a Report that is Ready and its version; no operator yet. */
export async function startRunWorld(environment: Readonly<Record<string, string>> = {}): Promise<RunWorld> {
  const cluster = await startTestCluster();
  const { server, clock, deps } = cluster;
  const events: string[] = [];
  const everyJob: string[] = [];
  server.put(resources.reportVersions, version.version as never);
  server.put(resources.reports, readyReport as never);
  server.storage.onChange(({ collection, before, after }) => {
    if (collection.endsWith("/jobs") && !before && after) everyJob.push(after.metadata.name);
    if (collection.endsWith("/jobs") && before && !after) removePodsOf(before);
  });
  const all = <T extends KubernetesObject>(resource: Resource): readonly T[] =>
    server.storage.all(`/apis/${resource.group}/${resource.version}/${resource.plural}`) as unknown as readonly T[];
  const pods = () => server.storage.all("/api/v1/pods") as unknown as readonly Pod[];
  function removePodsOf({ metadata: { uid } }: KubernetesObject): void {
    for (const pod of pods()) {
      if (pod.metadata.ownerReferences?.some((owner) => owner.uid === uid)) server.remove(resources.pods, keyOf(pod));
    }
  }
  const find = (name: string) => server.get(resources.reportRuns, { namespace: bank, name }) as ReportRun | undefined;
  let stops: AbortController[] = [];
  let running: Promise<unknown>[] = [];
  const config = readConfig(environment);
  const recorder = {
    record: (_object: KubernetesObject, event: NewEvent) => void events.push(`${event.reason}: ${event.message}`),
    flush: async () => {},
  };
  const noMetrics = { countRunEnd: () => {}, countAttemptStart: () => {}, countAttemptFailure: () => {} };
  /** What the operator puts off for a moment needs time that moves, a tenth of a second at a look. */
  async function moving(holds: () => boolean, what: string): Promise<void> {
    for (let looks = 0; !holds(); looks += 1) {
      if (looks > 600) throw new Error(`${what} did not come true within a minute`);
      await clock.advance(100);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  const world: RunWorld = {
    cluster,
    events,
    everyJob,
    run(name = "trades-1") {
      const run = find(name);
      if (!run) throw new Error(`run ${name} does not exist`);
      return run;
    },
    jobs: () => all<Job>(resources.jobs),
    putRun({ name = "trades-1", metadata, spec, status } = {}) {
      const isNew = find(name) === undefined;
      server.put(resources.reportRuns, {
        metadata: { name, namespace: bank, ...(isNew && { finalizers: ["openreg.dev/run-cleanup"] }), ...metadata },
        spec: { ...(isNew && newSpec), ...spec },
        ...(status && { status }),
      } as never);
    },
    async pod() {
      await moving(() => world.jobs().some((job) => !hasPod(job, pods())), "a Job without a Pod");
      const job = world.jobs().find((one) => !hasPod(one, pods())) as Job;
      return newPod(cluster, job, pods().length);
    },
    jobEnds(name, reason, message = "") {
      const type = reason === "Complete" ? "Complete" : "Failed";
      const conditions = [{ type, status: "True", reason, message }];
      server.put(resources.jobs, { metadata: { name, namespace: bank }, status: { conditions } } as never);
    },
    async startOperator() {
      const caches = newCaches(deps, []);
      const loop = { ...deps, events: recorder };
      const controllers = newControllers({ loop, caches, config, check: check as never, runMetrics: noMetrics });
      stops = [new AbortController(), new AbortController(), new AbortController()];
      const [reading, stop, abandon] = stops as [AbortController, AbortController, AbortController];
      const reflectors = reflectorsOf(caches);
      running = reflectors.map((reflector) => reflector.run(reading.signal));
      await until(() => reflectors.every((reflector) => reflector.hasSynced()), "the caches");
      running.push(...controllers.map((controller) => controller.run(stop.signal, abandon.signal)));
    },
    async stopOperator() {
      for (const one of stops) one.abort();
      await Promise.all(running);
      running = [];
    },
    async pass(seconds) {
      // hours in one piece, as a sleeping machine sees them: each timer that fell due fires once
      if (seconds > 60) clock.freeze((seconds - 1) * 1000);
      await clock.advance(seconds > 60 ? 1000 : seconds * 1000);
    },
    moving,
    async when(what, holds) {
      await moving(() => {
        const run = find("trades-1");
        return run !== undefined && holds(run);
      }, what).catch((error: unknown) => {
        throw new Error(`${what}: ${JSON.stringify(find("trades-1")?.status)}`, { cause: error });
      });
      expect(checkConditions(world.run())).toEqual([]);
      return world.run();
    },
    async close() {
      await world.stopOperator();
      await cluster.close();
    },
  };
  return world;
}

const newSpec = {
  reportRef: { name: "trades" },
  businessDate: "2026-04-01",
  mode: "Test",
  reportVersionRef: { name: version.version.metadata.name },
};

function hasPod({ metadata }: Job, pods: readonly Pod[]): boolean {
  return pods.some((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid));
}

function newPod({ server, clock }: TestCluster, job: Job, count: number): PlayedPod {
  const name = `${job.metadata.name}-abc${String.fromCharCode(97 + count)}x`;
  const key = { namespace: bank, name };
  const map = server.get(resources.configMaps, keyOf(job)) as { data?: Record<string, string> } | undefined;
  const plan = JSON.parse(map?.data?.[planKey] ?? "{}") as RunPlan;
  const owner = { apiVersion: "batch/v1", kind: "Job", name: job.metadata.name, uid: job.metadata.uid, controller: true };
  const metadata = { ...key, labels: job.metadata.labels, ownerReferences: [owner] };
  server.put(resources.pods, { metadata, status: { phase: "Pending" } } as never);
  const status = (next: object, more: object = {}) =>
    void server.put(resources.pods, { metadata: { ...key, ...more }, status: next } as never);
  const container = (state: object) => ({ containerStatuses: [{ name: "runner", imageID: "sha256:0123", state }] });
  const podUID = server.get(resources.pods, key)?.metadata.uid ?? "";
  return {
    name,
    plan,
    status,
    runs: () => status({ phase: "Running", ...container({ running: {} }) }),
    reports(step, more = {}) {
      const heartbeatAt = toTimestamp(clock.now());
      const execution = { attempt: plan.attempt, podUID, heartbeatAt, step, steps: [], ...more };
      server.put(resources.reportRuns, { metadata: { name: plan.run.name, namespace: bank }, status: { execution } });
    },
    exits(code, words) {
      const terminated = { exitCode: code, ...(words && { message: JSON.stringify(words) }) };
      status({ phase: code === 0 ? "Succeeded" : "Failed", ...container({ terminated }) });
    },
    gone: () => server.remove(resources.pods, key),
  };
}
