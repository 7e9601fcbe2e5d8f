/** An operator that dies after any of its writes leaves nothing that the next one does not heal: one Job per attempt, one end. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { checkConditions } from "../../../operator/src/controller/conditions.ts";
import type { ReportRun } from "../../../operator/src/objects.ts";
import { reportRuns } from "../../../operator/src/resources.ts";
import { crashingAfter, failingOnce, type WriteFault } from "./faults.ts";
import { type OperatorCluster, startOperatorCluster } from "./operator-cluster.ts";
import { recordJobs } from "./record-jobs.ts";
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

/** A tenant whose run fails once and then completes, and what is recorded of it. */
async function startScene(namespace: string) {
  const { client, eventually } = cluster;
  await cluster.newTenant(namespace);
  const standIn = startStandIn(client, namespace, failsOnce);
  const recorded = recordJobs(client, namespace);
  await applyTrades(client, namespace);
  await startRun(client, namespace, "trades-1");
  let last: ReportRun["status"];
  const look = async () => {
    const live = await client.get<ReportRun>(reportRuns, { namespace, name: "trades-1" });
    last = live.status;
    return live.metadata.labels?.["openreg.dev/settled"] === "true" ? live : undefined;
  };
  const done = eventually("the run is settled", look).catch((error: unknown) => {
    throw new Error(`${namespace}: not healed: ${JSON.stringify(last)}`, { cause: error });
  });
  return {
    done,
    /** Both attempts took place once each, and nothing is left. */
    async check() {
      const run = await done;
      expect(checkConditions(run)).toEqual([]);
      expect(run.status).toMatchObject({ state: "Completed", attempt: 2, failedAttempts: 1 });
      expect(run.status?.attempts).toMatchObject([{ reason: "SourceUnavailable" }, { reason: "Done" }]);
      expect(run.metadata.finalizers).toBeUndefined();
      expect(recorded.names()).toEqual(["trades-1-1", "trades-1-2"]);
      expect(standIn.seen).toHaveLength(2);
      await recorded.stop();
      await standIn.stop();
    },
  };
}

async function runWithCrash(writes: number): Promise<{ readonly crashed: boolean }> {
  const namespace = `crash-${writes}`;
  const scene = await startScene(namespace);
  const fault = crashingAfter(writes);
  const environment = { OPENREG_NAMESPACES: namespace };
  const first = cluster.startOperator({ wrapTransport: fault.wrap, environment });
  await Promise.race([fault.crashed, scene.done]);
  await first.stop();
  const second = cluster.startOperator({ environment });
  await scene.check();
  await second.stop();
  return { crashed: fault.hasCrashed() };
}

test("R1 R4 an operator that crashes after any write is healed by the next", { timeout: 600_000 }, async () => {
  let writes = 1;
  while ((await runWithCrash(writes)).crashed) writes += 1;
  expect(writes).toBeGreaterThan(12);
});

const faults: Record<string, WriteFault> = {
  "R9 every write is applied and its answer lost, once": "AnswerLost",
  "R9 every write is refused by a server that starts, once": "Unavailable",
  "R13 every write meets a conflict, once": "Conflict",
};

test.each(Object.entries(faults))("%s", async (_sentence, kind) => {
  const namespace = `fault-${kind.toLowerCase()}`;
  const scene = await startScene(namespace);
  const fault = failingOnce(kind);
  const operator = cluster.startOperator({ wrapTransport: fault.wrap, environment: { OPENREG_NAMESPACES: namespace } });
  await scene.check();
  expect(fault.count()).toBeGreaterThan(10);
  await operator.stop();
});

test("R6 two operators at once do what one does", async () => {
  const namespace = "two";
  await cluster.newTenant("elsewhere");
  const scene = await startScene(namespace);
  const operators = ["default", "elsewhere"].map((place) =>
    cluster.startOperator({ environment: { OPENREG_NAMESPACES: namespace, OPENREG_OPERATOR_NAMESPACE: place } }),
  );
  await scene.check();
  for (const operator of operators) await operator.stop();
});
