/** Remembers every Job that ever was in a namespace, by name and UID: a second Job of one name is seen even when the first is gone. */
import { Registry } from "prom-client";
import type { ApiClient } from "../../../operator/src/controller/api-client.ts";
import { systemClock } from "../../../operator/src/controller/clock.ts";
import { silentLog } from "../../../operator/src/controller/log.ts";
import { newMetrics } from "../../../operator/src/controller/metrics.ts";
import { newReflector } from "../../../operator/src/controller/reflector.ts";
import type { Job } from "../../../operator/src/objects.ts";
import { jobs } from "../../../operator/src/resources.ts";

/** What was recorded. */
export interface RecordedJobs {
  /** One name for each Job, in order. */
  names(): readonly (string | undefined)[];
  stop(): Promise<void>;
}

/** Records from now on. */
export function recordJobs(client: ApiClient, namespace: string): RecordedJobs {
  const stop = new AbortController();
  const seen = new Set<string>();
  const metrics = newMetrics(new Registry());
  const deps = { client, clock: systemClock, random: Math.random, metrics, log: silentLog };
  const reflector = newReflector<Job>({ ...deps, resource: jobs, namespace });
  reflector.subscribe(({ after }) => after && seen.add(`${after.metadata.name} ${after.metadata.uid}`));
  const running = reflector.run(stop.signal);
  return {
    names: () => [...seen].map((one) => one.split(" ")[0]).toSorted(),
    async stop() {
      stop.abort();
      await running;
    },
  };
}
