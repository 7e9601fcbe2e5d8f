/** Measures how soon the operator acts on an event after it had nothing to do for a while. */

import { Registry } from "prom-client";
import { pause, systemClock } from "../../../operator/src/controller/clock.ts";
import { silentLog } from "../../../operator/src/controller/log.ts";
import { newMetrics } from "../../../operator/src/controller/metrics.ts";
import { newReflector } from "../../../operator/src/controller/reflector.ts";
import type { ReportRun } from "../../../operator/src/objects.ts";
import { reportRuns } from "../../../operator/src/resources.ts";
import { until } from "../../../test/cluster/until.ts";
import { type ScaleScene, scaleNamespace } from "./scale-scene.ts";

/** Seconds from the answer to the creation of a run until the first write of the operator to it was seen, for each run. */
export async function reactAfterSilence(
  scene: ScaleScene,
  {
    silenceSeconds,
    events,
    prefix,
  }: { readonly silenceSeconds: number; readonly events: number; readonly prefix: string },
): Promise<readonly number[]> {
  const stop = new AbortController();
  const metrics = newMetrics(new Registry());
  const deps = { client: scene.cluster.client, clock: systemClock, random: Math.random, metrics, log: silentLog };
  const reflector = newReflector<ReportRun>({ ...deps, resource: reportRuns, namespace: scaleNamespace });
  const seenAt = new Map<string, number>();
  reflector.subscribe(({ after }) => {
    const isTouched = after?.status?.state !== undefined || after?.spec.reportVersionRef !== undefined;
    if (after && isTouched && !seenAt.has(after.metadata.name)) seenAt.set(after.metadata.name, performance.now());
  });
  const running = reflector.run(stop.signal);
  await until({ what: "the list is there", seconds: 60 }, () => reflector.hasSynced());
  await pause(systemClock, silenceSeconds * 1000);
  const seconds: number[] = [];
  for (let event = 0; event < events; event++) {
    const name = `${prefix}-${event}`;
    const createdAt = performance.now();
    await scene.createRuns([name]);
    await until({ what: `${name} is acted on`, seconds: 60, everyMs: 5 }, () => seenAt.has(name));
    seconds.push(((seenAt.get(name) ?? 0) - createdAt) / 1000);
  }
  stop.abort();
  await running;
  return seconds;
}

/** The value that so many percent of the others do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((first, second) => first - second);
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}
