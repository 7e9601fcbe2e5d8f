/** Plans in which somebody is quicker: between the decision and the write the object changes, or another takes its name. */
import { jobs, reportRuns } from "../../operator/src/resources.ts";
import { until } from "../cluster/until.ts";
import { type Actor, type ApiCall, purposeOf } from "./api-call.ts";
import { judge } from "./oracles.ts";
import { createForeignJob, isSettled, onStage, runsOf, type Scenario, stateOf } from "./scenarios.ts";
import { newRun, runName } from "./scene.ts";
import type { World } from "./world.ts";

/** The writes on a run that are decided on what was read of it. */
export const racedWrites: readonly (readonly [Actor, string])[] = [
  ["operator", "patch reportruns/status: Pending"],
  ["operator", "patch reportruns: version and finalizer"],
  ["operator", "patch reportruns/status: Completed"],
  ["operator", "patch reportruns: settled"],
  ["runner", "patch reportruns/status: Initializing"],
];

/** Somebody changes the run just before a write on it arrives: the write is refused, decided anew, and all ends well. */
export function touchedBefore(actor: Actor, purpose: string): Scenario {
  return (world, calm, place) => {
    const first = once((call) => call.actor === actor && purposeOf(call) === purpose);
    const beforeWrite = async (call: ApiCall): Promise<void> => {
      if (first(call)) await touch(world, place.namespace);
    };
    return onStage(world, place, { beforeWrite }, async ({ scene, calls, operatorLog }) => {
      await scene.settled();
      const statuses = calls.filter((call) => call.actor === actor && purposeOf(call) === purpose);
      return [
        ...(statuses[0]?.status === 409
          ? []
          : [
              `the write was answered ${statuses[0]?.status}: it was decided on an older version and applied all the same`,
            ]),
        ...(await judge(world, scene, calm, { attempts: 1, operatorLog: await operatorLog() })),
      ];
    });
  };
}

async function touch({ cluster }: World, namespace: string): Promise<void> {
  const metadata = { annotations: { touched: "by somebody" } };
  await cluster.client.mergePatch(reportRuns, { namespace, name: runName }, { metadata });
}

/** Our Job is removed and somebody else's takes its name just before we delete ours: theirs stays. */
export const replacedBeforeDelete: Scenario = (world, _calm, place) => {
  const { namespace } = place;
  const key = { namespace, name: `${runName}-1` };
  const first = once((call) => call.method === "DELETE" && call.resource === "jobs");
  const beforeWrite = async (call: ApiCall): Promise<void> => {
    if (!first(call)) return;
    const { client } = world.cluster;
    const job = await client.get(jobs, key);
    await client.delete(jobs, key, { uid: job.metadata.uid ?? "", propagationPolicy: "Background" });
    await until({ what: "our Job is gone", seconds: 20, everyMs: 20 }, async () => !(await client.find(jobs, key)));
    await createForeignJob(world, namespace);
  };
  return onStage(world, place, { beforeWrite }, async ({ scene }) => {
    await scene.settled();
    const job = await world.cluster.client.find(jobs, key);
    return job?.metadata.labels?.mine === "yes" && !job.metadata.deletionTimestamp
      ? []
      : ["the Job of somebody else was deleted"];
  });
};

/** Two runs of one filing stop at their claim; one files, and only then the other goes on: it does not file. */
export const lateRival: Scenario = (world, _calm, place) =>
  onStage(world, place, { failpoint: "pause:claim.before", together: 2 }, async ({ scene }) => {
    await world.cluster.client.create(reportRuns, newRun(scene.namespace, "trades-2"));
    await until({ what: "both runs stop at their claim", seconds: 45, everyMs: 20 }, async () => {
      const states = await Promise.all(scene.kubelet.started.map(({ child }) => stateOf(child.pid)));
      return states.filter((state) => state === "T").length === 2;
    });
    for (const [index, { child }] of scene.kubelet.started.entries()) {
      child.kill("SIGCONT");
      const what = `${index + 1} of both runs are settled`;
      await until({ what, seconds: 45 }, async () => (await runsOf(world, scene)).filter(isSettled).length > index);
    }
    const states = (await runsOf(world, scene)).map(({ status }) => status?.state ?? "").toSorted();
    return String(states) === "AlreadyFiled,Completed" ? [] : [`the runs ended as ${states}`];
  });

function once(matches: (call: ApiCall) => boolean): (call: ApiCall) => boolean {
  let found = false;
  return (call) => {
    if (found || !matches(call)) return false;
    found = true;
    return true;
  };
}
