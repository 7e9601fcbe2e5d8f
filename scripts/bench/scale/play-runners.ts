/** Plays the runners of Pods that exist at the API server only: reports what a real runner reports of a short run, then ends the Pod. */
import type { Execution, StepName } from "@openreg/crds/types";
import { Registry } from "prom-client";
import type { ApiClient } from "../../../operator/src/controller/api-client.ts";
import { isNotFound } from "../../../operator/src/controller/api-error.ts";
import { pause, systemClock, toTimestamp } from "../../../operator/src/controller/clock.ts";
import { keyOf } from "../../../operator/src/controller/kubernetes.ts";
import { silentLog } from "../../../operator/src/controller/log.ts";
import { newMetrics } from "../../../operator/src/controller/metrics.ts";
import { newReflector } from "../../../operator/src/controller/reflector.ts";
import type { Pod } from "../../../operator/src/objects.ts";
import { pods, reportRuns } from "../../../operator/src/resources.ts";
import { exitAnnotation } from "../../../test/cluster/kwok.ts";
import { allSteps, delivered } from "../../../test/integration/operator/stand-in.ts";

/** All runners of a namespace. */
export interface PlayedRunners {
  /** How many Pods were seen to run. */
  started(): number;
  /** How many Pods were ended. */
  ended(): number;
  /** Calls that runners would have made: writes, and looks at who owns the attempt. */
  calls(): { readonly writes: number; readonly looks: number };
  /** Pods that start from now on stay as they are, until this is called with false. */
  hold(held: boolean): void;
  stop(): Promise<void>;
}

/** Starts playing. */
export function playRunners(client: ApiClient, namespace: string): PlayedRunners {
  const stop = new AbortController();
  const deps = { client, clock: systemClock, random: Math.random, metrics: newMetrics(new Registry()), log: silentLog };
  const labelSelector = "app.kubernetes.io/managed-by=openreg-operator";
  const reflector = newReflector<Pod>({ ...deps, resource: pods, namespace, labelSelector });
  const [seen, waiting] = [new Set<string>(), new Set<Pod>()];
  const playing = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let [ended, writes, looks, isHeld] = [0, 0, 0, false];
  const start = (pod: Pod) => {
    const played = play(client, pod, (isWrite) => (isWrite ? writes++ : looks++))
      .then(() => void ended++)
      .catch((error: unknown) => void (isNotFound(error) || failures.push(error)))
      .finally(() => playing.delete(played));
    playing.add(played);
  };
  reflector.subscribe(({ after }) => {
    if (after?.status?.phase !== "Running" || seen.has(after.metadata.uid ?? "")) return;
    seen.add(after.metadata.uid ?? "");
    if (isHeld) waiting.add(after);
    else start(after);
  });
  const running = reflector.run(stop.signal);
  return {
    started: () => seen.size,
    ended: () => ended,
    calls: () => ({ writes, looks }),
    hold(held) {
      isHeld = held;
      if (held) return;
      for (const pod of waiting) start(pod);
      waiting.clear();
    },
    async stop() {
      stop.abort();
      await running;
      await Promise.all(playing);
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** In a run so short some steps are merged into one write; without a step it only looks whether it still owns the attempt. */
const reported: readonly { readonly step?: StepName; readonly more?: Partial<Execution> }[] = [
  {},
  { step: "Initializing" },
  { step: "FetchingData" },
  { step: "Transforming" },
  { step: "GeneratingArtifacts" },
  {},
  { step: "Delivering" },
  { step: "Delivering", more: { ...delivered, outcome: undefined as never } },
  { step: "Delivering", more: delivered },
];

/** What a step of a small report takes. */
const stepMilliseconds = 150;

async function play(client: ApiClient, pod: Pod, countCall: (isWrite: boolean) => void): Promise<void> {
  const { namespace = "", labels = {} } = pod.metadata;
  const run = { namespace, name: labels["openreg.dev/run"] ?? "" };
  const attempt = Number(labels["openreg.dev/attempt"]);
  for (const { step, more } of reported) {
    const at = toTimestamp(Date.now());
    const steps = allSteps.slice(0, step ? allSteps.indexOf(step) + 1 : 0).map((name) => ({ name, startedAt: at }));
    const execution = { attempt, podUID: pod.metadata.uid, heartbeatAt: at, step, steps, ...more };
    await client.mergePatch(reportRuns, run, step ? { status: { execution } } : {}, { subresource: "status" });
    countCall(step !== undefined);
    await pause(systemClock, stepMilliseconds);
  }
  const words = JSON.stringify({ code: "Done", message: "one file was delivered" });
  await client.mergePatch(pods, keyOf(pod), { metadata: { annotations: { [exitAnnotation]: words } } });
}
