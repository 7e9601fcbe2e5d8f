/** Measures a wave of runs that all become due at once: when the last has its Job, when the last is settled, and what that cost. */
import { Registry } from "prom-client";
import { systemClock } from "../../../operator/src/controller/clock.ts";
import type { KubernetesObject } from "../../../operator/src/controller/kubernetes.ts";
import { silentLog } from "../../../operator/src/controller/log.ts";
import { newMetrics } from "../../../operator/src/controller/metrics.ts";
import { newReflector } from "../../../operator/src/controller/reflector.ts";
import { jobs, reportRuns } from "../../../operator/src/resources.ts";
import { until } from "../../../test/cluster/until.ts";
import type { OperatorProcess } from "../../../test/integration/operator/operator-process.ts";
import { type Calls, difference, operatorCalls, total } from "../call-counters.ts";
import { type ScaleScene, scaleNamespace } from "./scale-scene.ts";

/** What a wave came to. */
export interface Wave {
  readonly runs: number;
  /** From the moment they were set free until the last had its Job. */
  readonly jobsSeconds: number;
  /** Until the last was settled. */
  readonly settledSeconds: number;
  readonly operatorCalls: Calls;
  /** Of operator and runner together; writes that met a conflict count. */
  readonly writesPerRun: number;
  /** Reads that go to the API server, not to a cache. */
  readonly readsPerRun: number;
  readonly residentBytes: number;
  readonly cpuSeconds: number;
  /** Jobs beyond one per run: there must be none. */
  readonly doubledJobs: number;
}

/** Counts, by watching, what there is. */
export function countObjects(scene: ScaleScene, resource: typeof jobs, labelSelector: string) {
  const stop = new AbortController();
  const names = new Map<string, number>();
  const metrics = newMetrics(new Registry());
  const deps = { client: scene.cluster.client, clock: systemClock, random: Math.random, metrics, log: silentLog };
  const options = { resource, namespace: scaleNamespace, labelSelector, metadataOnly: true };
  const reflector = newReflector<KubernetesObject>({ ...deps, ...options });
  reflector.subscribe(({ before, after }) => {
    const { name } = (after ?? before)?.metadata ?? { name: "" };
    if (!before) names.set(name, (names.get(name) ?? 0) + 1);
  });
  const running = reflector.run(stop.signal);
  return {
    untilSynced: () => until({ what: "the list is there", seconds: 60 }, () => reflector.hasSynced()),
    /** Every name that ever was there, with how many objects had it. */
    names: (): ReadonlyMap<string, number> => names,
    async stop() {
      stop.abort();
      await running;
    },
  };
}

/** How large a wave is, and for how long it is followed. */
export interface WaveOptions {
  readonly count: number;
  readonly prefix: string;
  readonly longestSeconds: number;
  /** False follows it only until all have their Jobs. */
  readonly untilSettled?: boolean;
}

/** Creates a wave while the Report is suspended, sets it free, and follows it to its end. */
export async function drainWave(scene: ScaleScene, operator: OperatorProcess, options: WaveOptions): Promise<Wave> {
  const { count, prefix, longestSeconds, untilSettled = true } = options;
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  await scene.suspend(true);
  await scene.createRuns(names);
  await untilIdle(operator);
  const seenJobs = countObjects(scene, jobs, "app.kubernetes.io/managed-by=openreg-operator");
  const seenSettled = countObjects(scene, reportRuns, "openreg.dev/settled=true");
  await Promise.all([seenJobs.untilSynced(), seenSettled.untilSynced()]);
  const before = await spentBy(scene, operator);
  const has = (seen: ReadonlyMap<string, number>, suffix: string) => names.every((name) => seen.has(name + suffix));
  const wait = { seconds: longestSeconds, everyMs: 50 };
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  await scene.suspend(false);
  await until({ ...wait, what: `${count} Jobs` }, () => has(seenJobs.names(), "-1"));
  const jobsSeconds = seconds();
  if (untilSettled) await until({ ...wait, what: `${count} settled runs` }, () => has(seenSettled.names(), ""));
  const settledSeconds = seconds();
  await Promise.all([seenJobs.stop(), seenSettled.stop()]);
  const after = await spentBy(scene, operator);
  const calls = difference(before.calls, after.calls);
  return {
    ...{ runs: count, jobsSeconds, settledSeconds },
    operatorCalls: calls,
    writesPerRun: (total(calls) - readsOf(calls) + after.played.writes - before.played.writes) / count,
    readsPerRun: (readsOf(calls) + after.played.looks - before.played.looks) / count,
    residentBytes: operator.residentBytes(),
    cpuSeconds: after.cpu - before.cpu,
    doubledJobs: names.filter((name) => (seenJobs.names().get(`${name}-1`) ?? 0) > 1).length,
  };
}

function readsOf(calls: Calls): number {
  return Object.entries(calls).reduce((sum, [call, count]) => sum + (call.startsWith("get ") ? count : 0), 0);
}

async function spentBy(scene: ScaleScene, operator: OperatorProcess) {
  const calls = operatorCalls(await operator.metrics());
  return { calls, played: scene.runners.calls(), cpu: operator.cpuSeconds() };
}

/** Waits until the operator makes no calls: everything that could be done was done. */
export async function untilIdle(operator: OperatorProcess): Promise<void> {
  let last = -1;
  await until({ what: "the operator has nothing to do", seconds: 300, everyMs: 1_500 }, async () => {
    const now = total(operatorCalls(await operator.metrics()));
    const isIdle = now === last;
    last = now;
    return isIdle;
  });
}
