/** Two hundred runs at once, with Pods that exist at the API server only: what the scale bench measures, small, and with deadlines five times as long. */

import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../operator/src/controller/clock.ts";
import { silentLog } from "../../../operator/src/controller/log.ts";
import { newMetrics } from "../../../operator/src/controller/metrics.ts";
import { newReflector } from "../../../operator/src/controller/reflector.ts";
import type { ReportRun } from "../../../operator/src/objects.ts";
import { reportRuns, reports } from "../../../operator/src/resources.ts";
import { drainWave } from "../../../scripts/bench/scale/drain.ts";
import { type ScaleScene, scaleNamespace, startScaleScene } from "../../../scripts/bench/scale/scale-scene.ts";
import { quiet } from "../../cluster/progress.ts";
import type { OperatorProcess } from "./operator-process.ts";

let scene: ScaleScene;
let operator: OperatorProcess;
beforeAll(async () => {
  scene = await startScaleScene(quiet);
  operator = await scene.startOperator();
  await scene.untilReportIsReady();
});
afterAll(() => scene.stop());

/** Five times what 810 runs a minute take. */
const longestSeconds = (200 / 810) * 60 * 5;

test("R27: two hundred runs at once become one Job each, end, and open no breaker", { timeout: 400_000 }, async () => {
  const wave = await drainWave(scene, operator, { count: 200, prefix: "wave", longestSeconds: 300 });
  expect(wave.jobsSeconds).toBeLessThan(longestSeconds);
  expect(wave.doubledJobs).toBe(0);
  expect(await operator.metrics()).not.toMatch(/^openreg_hot_loop_breakers_open\{[^}]*\} [1-9]/m);
  expect(await operator.metrics()).not.toMatch(/result="hot_loop"/);
});

test("a limit of ten is never passed by sixty runs, and they start in the order in which they were created", {
  timeout: 400_000,
}, async () => {
  const { client } = scene.cluster;
  await client.mergePatch(
    reports,
    { namespace: scaleNamespace, name: "trades" },
    { spec: { run: { maxConcurrentRuns: 10 } } },
  );
  const created: string[] = [];
  const inOrder = () => created.toSorted().map((text) => text.split(" ")[1]);
  const underWay = new Set<string>();
  const started: string[] = [];
  let most = 0;
  const stop = new AbortController();
  const metrics = newMetrics(new Registry());
  const deps = { client, clock: systemClock, random: Math.random, metrics, log: silentLog };
  const reflector = newReflector<ReportRun>({ ...deps, resource: reportRuns, namespace: scaleNamespace });
  reflector.subscribe(({ before, after }) => {
    const { name = "", creationTimestamp } = after?.metadata ?? {};
    if (!name.startsWith("limited-")) return;
    if (!before) created.push(`${creationTimestamp} ${name}`);
    if (after?.status?.startedAt && !started.includes(name)) started.push(name);
    if (after?.status?.startedAt && !after.status.endedAt) underWay.add(name);
    else underWay.delete(name);
    most = Math.max(most, underWay.size);
  });
  const running = reflector.run(stop.signal);
  await drainWave(scene, operator, { count: 60, prefix: "limited", longestSeconds: 300 });
  stop.abort();
  await running;
  expect(most).toBe(10);
  expect(started).toHaveLength(60);
  // Ten at most start together, in any order among themselves.
  for (const [position, name] of started.entries()) {
    expect(Math.abs(inOrder().indexOf(name) - position), `${name} started as number ${position}`).toBeLessThanOrEqual(
      10,
    );
  }
});
