/** Two operators that both think they lead do what one does: processes of their own, without an election between them. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ReportRun } from "../../../operator/src/objects.ts";
import { reportRuns } from "../../../operator/src/resources.ts";
import { type OperatorCluster, startOperatorCluster } from "./operator-cluster.ts";
import { startOperatorProcess } from "./operator-process.ts";
import { recordJobs } from "./record-jobs.ts";
import { completes, type Script, startStandIn } from "./stand-in.ts";
import { applyTrades, startRun } from "./trades.ts";

let cluster: OperatorCluster;
beforeAll(async () => {
  cluster = await startOperatorCluster();
});
afterAll(() => cluster.stop());

/** Every third run fails once. */
const someFail: Script = async (actor) => {
  const { plan } = actor;
  if (plan.attempt > 1 || Number(plan.run.name.split("-")[1]) % 3 > 0) return completes(actor);
  await actor.start();
  await actor.report("FetchingData");
  await actor.exit(11, { code: "SourceUnavailable", message: "refused" });
};

/** The ledger of twelve runs: every attempt with its end, every Job and every Pod that ever was. */
async function ledgerWith(count: number): Promise<object> {
  const { client, eventually } = cluster;
  const namespace = `with-${count}`;
  await cluster.newTenant(namespace);
  const standIn = startStandIn(client, namespace, someFail);
  const recorded = recordJobs(client, namespace);
  await applyTrades(client, namespace);
  const operators = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      // Each has a Lease in a namespace of its own: to each it looks as if it led.
      const own = `lease-${count}-${index}`;
      await cluster.newTenant(own);
      return startOperatorProcess({
        kubeconfig: cluster.kubeconfig,
        log: join(cluster.folder, "logs", `${own}.log`),
        environment: {
          OPENREG_NAMESPACES: namespace,
          OPENREG_OPERATOR_NAMESPACE: own,
          OPENREG_BACKOFF_INITIAL_SECONDS: "1",
        },
      });
    }),
  );
  const names = Array.from({ length: 12 }, (_, index) => `run-${index}`);
  await Promise.all(names.map((name) => startRun(client, namespace, name)));
  const ended = await Promise.all(
    names.map((name) =>
      eventually(`${name} is settled`, async () => {
        const run = await client.get<ReportRun>(reportRuns, { namespace, name });
        return run.metadata.labels?.["openreg.dev/settled"] === "true" ? run : undefined;
      }),
    ),
  );
  const jobs = recorded.names();
  await recorded.stop();
  await Promise.all(operators.map((operator) => operator.stop()));
  await standIn.stop();
  return {
    runs: ended.map(({ metadata, status }) => ({
      name: metadata.name,
      state: status?.state,
      failedAttempts: status?.failedAttempts ?? 0,
      attempts: status?.attempts?.map(({ number, reason }) => `${number} ${reason}`),
    })),
    jobs,
    pods: standIn.seen.map((name) => name.replace(/-[a-z0-9]{5}$/, "")).toSorted(),
  };
}

test("R6: two operators at once, without election, leave the ledger that one leaves", {
  timeout: 300_000,
}, async () => {
  const one = await ledgerWith(1);
  expect(one).toMatchObject({ runs: expect.arrayContaining([expect.objectContaining({ attempts: ["1 Done"] })]) });
  expect(await ledgerWith(2)).toEqual(one);
});
