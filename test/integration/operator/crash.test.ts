/** An operator that dies after any of its writes leaves nothing that the next one does not heal: one Job per attempt, one end. */

import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../operator/src/controller/clock.ts";
import { checkConditions } from "../../../operator/src/controller/conditions.ts";
import { silentLog } from "../../../operator/src/controller/log.ts";
import { newMetrics } from "../../../operator/src/controller/metrics.ts";
import { newReflector } from "../../../operator/src/controller/reflector.ts";
import type { Job, ReportRun } from "../../../operator/src/objects.ts";
import { jobs, reportRuns } from "../../../operator/src/resources.ts";
import { crashingAfter } from "./faults.ts";
import { type OperatorCluster, startOperatorCluster } from "./operator-cluster.ts";
import { completes, type Script, startStandIn } from "./stand-in.ts";
import { applyTrades, startRun } from "./trades.ts";

let cluster: OperatorCluster;
beforeAll(async () => {
  cluster = await startOperatorCluster();
});
afterAll(() => cluster.stop());

/** Fails once, then completes: two Jobs, all kinds of writes. */
const failsOnce: Script = async (actor) => {
  if (actor.plan.attempt > 1) return completes(actor);
  await actor.start();
  await actor.report("FetchingData");
  await actor.exit(11, { code: "SourceUnavailable", message: "refused" });
};

/** Every Job that ever was in a namespace, by name and UID. */
function recordJobs(namespace: string) {
  const { client } = cluster;
  const stop = new AbortController();
  const seen = new Set<string>();
  const reflector = newReflector<Job>({
    client,
    clock: systemClock,
    random: Math.random,
    metrics: newMetrics(new Registry()),
    log: silentLog,
    resource: jobs,
    namespace,
  });
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

async function runWithCrash(writes: number): Promise<{ readonly crashed: boolean }> {
  const { client, eventually } = cluster;
  const namespace = `crash-${writes}`;
  await cluster.newTenant(namespace);
  const standIn = startStandIn(client, namespace, failsOnce);
  const recorded = recordJobs(namespace);
  await applyTrades(client, namespace);
  await startRun(client, namespace, "trades-1");
  const fault = crashingAfter(writes);
  const environment = { OPENREG_NAMESPACES: namespace };
  const first = cluster.startOperator({ wrapTransport: fault.wrap, environment });
  let last: ReportRun["status"];
  const done = eventually("the run is settled", async () => {
    const live = await client.get<ReportRun>(reportRuns, { namespace, name: "trades-1" });
    last = live.status;
    return live.metadata.labels?.["openreg.dev/settled"] === "true" ? live : undefined;
  }).catch((error: unknown) => {
    throw new Error(`not healed after a crash at write ${writes}: ${JSON.stringify(last)}`, { cause: error });
  });
  await Promise.race([fault.crashed, done]);
  await first.stop();
  const second = cluster.startOperator({ environment });
  const run = await done;
  expect(checkConditions(run)).toEqual([]);
  expect(run.status).toMatchObject({ state: "Completed", attempt: 2, failedAttempts: 1 });
  expect(run.status?.attempts).toMatchObject([{ reason: "SourceUnavailable" }, { reason: "Done" }]);
  expect(run.metadata.finalizers).toBeUndefined();
  expect(recorded.names()).toEqual(["trades-1-1", "trades-1-2"]);
  expect(standIn.seen).toHaveLength(2);
  await second.stop();
  await recorded.stop();
  await standIn.stop();
  return { crashed: fault.hasCrashed() };
}

test("R1 R4 an operator that crashes after any write is healed by the next", { timeout: 600_000 }, async () => {
  let writes = 1;
  while ((await runWithCrash(writes)).crashed) writes += 1;
  expect(writes).toBeGreaterThan(12);
});
