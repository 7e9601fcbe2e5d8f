/** Faults that need more than one process or more than one moment: twins, a zombie, a receiver asked twice, foreign objects, outages. */

import { readFile } from "node:fs/promises";
import { labels } from "@openreg/crds";
import type { Pod, ReportRun } from "../../operator/src/objects.ts";
import { configMaps, jobs, pods, reportRuns } from "../../operator/src/resources.ts";
import type { FailpointName } from "../../runner/src/failpoints.ts";
import { until } from "../cluster/until.ts";
import type { Bundles } from "./bundles.ts";
import { newProxy } from "./campaign.ts";
import { takeBackup } from "./etcd-restore.ts";
import type { RunnerPod } from "./kubelet.ts";
import { type Calm, judge } from "./oracles.ts";
import type { ApiProxy, ProxiedCall, ProxyRules } from "./proxy.ts";
import {
  endStateOf,
  filesIn,
  newRun,
  runName,
  type Scene,
  type SceneOptions,
  startOperator,
  startScene,
} from "./scene.ts";
import type { World } from "./world.ts";

/** A run with an operator of its own, while something happens to it. */
export interface Stage {
  readonly world: World;
  readonly scene: Scene;
  readonly proxy: ApiProxy;
  readonly calls: ProxiedCall[];
  readonly operatorLog: () => Promise<string>;
}

/** What is wrong in the end, in sentences; empty when the scenario has passed. */
export type Scenario = (world: World, calm: Calm, place: ScenarioPlace) => Promise<readonly string[]>;

/** Where a scenario takes place, and with which programs. */
export interface ScenarioPlace {
  readonly namespace: string;
  readonly bundles?: Bundles;
}

/** Sets a stage, lets something happen on it, and takes it down. */
export async function onStage<T>(
  world: World,
  { namespace, bundles = world.bundles }: ScenarioPlace,
  options: Pick<SceneOptions, "failpoint" | "killsDeleted" | "together" | "before"> & Pick<ProxyRules, "beforeWrite">,
  act: (stage: Stage) => Promise<T>,
): Promise<T> {
  const calls: ProxiedCall[] = [];
  const { beforeWrite } = options;
  const proxy = await newProxy(world, { onCall: (call) => calls.push(call), ...(beforeWrite && { beforeWrite }) });
  const scene = await startScene(world, { namespace, proxy, calls, runner: bundles.runner, ...options });
  const operator = await startOperator(world, {
    ...{ proxy, name: `${namespace}-operator`, home: namespace, namespaces: [namespace], program: bundles.operator },
    restarts: true, // one that loses its lease ends
  });
  try {
    return await act({ world, scene, proxy, calls, operatorLog: () => readFile(operator.log, "utf8") });
  } finally {
    await operator.stop();
    await scene.stop();
    await proxy.stop();
  }
}

/** Two Pods of one attempt begin in the same moment: one takes the attempt, the other ends with 12 and says so. */
export const twins: Scenario = (world, calm, place) =>
  onStage(world, place, { together: 2 }, async ({ scene, operatorLog }) => {
    await until({ what: "the Job has its Pod", seconds: 30, everyMs: 20 }, () => scene.kubelet.pods.length > 0);
    await createTwin(world, scene.kubelet.pods[0] as Pod);
    await scene.settled();
    const ends = await Promise.all(scene.kubelet.started.map(({ ended }) => ended));
    const codes = ends.map(({ exitCode }) => exitCode).toSorted();
    // a Pod that was deleted, as one too many or with its Job, is killed as it runs: it alone has no exit code
    const isKilled = (uid: string | undefined): boolean => uid !== undefined && scene.kubelet.deleted.has(uid);
    const areNamed = scene.kubelet.started.every(({ uid }, at) => {
      const code = ends[at]?.exitCode;
      return code === 0 || code === 12 || (code === null && isKilled(uid));
    });
    const isSo = codes.includes(0) && codes.includes(12) && areNamed;
    return [
      ...(isSo ? [] : [`the Pods ended with ${codes}`]),
      ...fencedWords(ends.find(({ exitCode }) => exitCode === 12)),
      // the Job counts one of the two only: where the other wins, the Job has failed, and a second attempt says what was done
      ...(await judge(world, scene, calm, { attempts: 2, operatorLog: await operatorLog() })),
    ];
  });

/** The last words of a Pod that lost must say so. */
export function fencedWords(end: { readonly termination: string } | undefined): readonly string[] {
  return end && !end.termination.includes('"code":"Fenced"') ? [`the loser says ${end.termination}`] : [];
}

/** As the Job controller would for a moment: a second Pod of the Job, that no Job counts. */
async function createTwin({ cluster }: World, pod: Pod): Promise<void> {
  const { [labels.run]: run = "", [labels.attempt]: attempt = "" } = pod.metadata.labels ?? {};
  const kept = Object.entries(pod.metadata.labels ?? {}).filter(([name]) => !/controller-uid|job-name/.test(name));
  const metadata = {
    name: `${run}-${attempt}-twin5`,
    namespace: pod.metadata.namespace ?? "",
    labels: Object.fromEntries(kept),
  };
  await cluster.jobController.create(pods, { apiVersion: "v1", kind: "Pod", metadata, spec: pod.spec } as Pod);
}

/**
 * The node of the first attempt freezes at a failpoint and is given up; while the second attempt is in the middle of its delivery
 * the first wakes. It ends with 12, and the second delivers.
 */
export function zombieAt(first: FailpointName, second: FailpointName = "upload.after"): Scenario {
  const failpoint = `pause:${first}@${runName}-1,pause:${second}@${runName}-2`;
  return (world, calm, place) =>
    onStage(world, place, { failpoint, killsDeleted: false }, async ({ scene, operatorLog }) => {
      const zombie = await pausedRunner(scene, 1);
      await giveUpNode(world, scene, zombie);
      const owner = await pausedRunner(scene, 2);
      const seenBefore = scene.prepared.seen.length;
      zombie.child.kill("SIGCONT");
      const end = await within(zombie.ended, 20_000);
      const done = scene.prepared.seen.slice(seenBefore);
      owner.child.kill("SIGCONT");
      await scene.settled();
      return [
        ...(end?.exitCode === 12 ? [] : [`the zombie ended with ${end?.exitCode ?? "nothing"}: ${end?.termination}`]),
        ...fencedWords(end),
        ...(done.length === 0 ? [] : [`while another attempt delivered, the zombie touched ${done} at the receiver`]),
        ...(await judge(world, scene, calm, { attempts: 2, operatorLog: await operatorLog() })),
      ];
    });
}

/** The runner of an attempt, once it has stopped at its failpoint. */
export async function pausedRunner({ kubelet }: Scene, attempt: number): Promise<RunnerPod> {
  const find = () => kubelet.started.find((pod) => pod.attempt === attempt);
  await until({ what: `attempt ${attempt} stops at its failpoint`, seconds: 45, everyMs: 20 }, async () => {
    const pid = find()?.child.pid;
    const stat = pid ? await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "") : "";
    return stat.split(") ")[1]?.startsWith("T") ?? false;
  });
  return find() as RunnerPod;
}

/** The Pod is reported as failed and stays as an object, as long as nobody heard from its node. */
async function giveUpNode({ cluster }: World, { namespace }: Scene, { name }: RunnerPod): Promise<void> {
  const status = { phase: "Failed", reason: "NodeLost", message: "the node does not answer" };
  await cluster.client.mergePatch(pods, { namespace, name }, { status }, { subresource: "status" });
}

/** What a promise gives, or undefined after that time. */
export function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  return Promise.race([
    promise,
    new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), milliseconds).unref()),
  ]);
}

/** Two runs of one filing come to the ledger in the same moment: one files, the other says that it does not. */
export const rivals: Scenario = (world, _calm, place) =>
  onStage(world, place, { failpoint: "pause:claim.before", together: 2 }, async ({ scene }) => {
    const { client } = world.cluster;
    await client.create(reportRuns, newRun(scene.namespace, "trades-2"));
    await until({ what: "both runs stop before their claim", seconds: 45, everyMs: 20 }, async () => {
      const states = await Promise.all(scene.kubelet.started.map(({ child }) => stateOf(child.pid)));
      return states.filter((state) => state === "T").length === 2;
    });
    for (const { child } of scene.kubelet.started) child.kill("SIGCONT");
    const settledBoth = async () => (await runsOf(world, scene)).every((run) => isSettled(run));
    await until({ what: "both runs are settled", seconds: 45 }, settledBoth);
    const states = (await runsOf(world, scene)).map(({ status }) => status?.state ?? "").toSorted();
    const isOne = states[0] === "Completed" && ["AlreadyFiled", "Skipped"].includes(states[1] ?? "");
    return isOne ? [] : [`the runs ended as ${states}`];
  });

/** All runs of the scene. */
export async function runsOf({ cluster }: World, { namespace }: Scene): Promise<readonly ReportRun[]> {
  return (await cluster.client.listAll<ReportRun>(reportRuns, { namespace })).items;
}

/** Whether the operator is done with a run. */
export function isSettled({ metadata }: ReportRun): boolean {
  return metadata.labels?.["openreg.dev/settled"] === "true";
}

/** The state of a process as Linux tells it, such as `T` for one that is stopped; empty when there is none. */
export async function stateOf(pid: number | undefined): Promise<string> {
  const stat = pid ? await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "") : "";
  return stat.split(") ")[1]?.[0] ?? "";
}

/** Somebody else's Job has the name of our first attempt: it is not touched, and the run says what is in its way. */
export const foreignJob: Scenario = (world, _calm, place) =>
  onStage(world, place, { before: (namespace) => createForeignJob(world, namespace) }, async ({ scene }) => {
    const run = await scene.settled(20).catch(async () => (await scene.run()) as ReportRun);
    const key = { namespace: scene.namespace, name: `${runName}-1` };
    const job = await world.cluster.client.find(jobs, key);
    const plan = await world.cluster.client.find(configMaps, key);
    const words = JSON.stringify(run.status);
    return [
      ...(job?.metadata.labels?.mine === "yes" && !job.metadata.deletionTimestamp
        ? []
        : ["the foreign Job was touched"]),
      ...(words.includes("does not belong to this run") ? [] : [`the run says ${words}`]),
      ...(scene.kubelet.started.length === 0 ? [] : ["a runner was started"]),
      ...(plan ? ["the plan of the attempt is still there"] : []),
      ...(run.status?.state === "Failed" ? [] : [`the run is ${run.status?.state}`]),
    ];
  });

/** A Job of somebody else, under the name of ours. */
export async function createForeignJob({ cluster }: World, namespace: string): Promise<void> {
  const container = { name: "mine", image: "localhost/mine:1" };
  const template = { spec: { restartPolicy: "Never", containers: [container] } };
  const metadata = { name: `${runName}-1`, namespace, labels: { mine: "yes" } };
  const job = { apiVersion: "batch/v1", kind: "Job", metadata, spec: { suspend: true, template } };
  await cluster.client.create(jobs, job);
}

/** The API server does not answer anybody for a while, in the middle of a delivery, and comes back with a new certificate. */
export function outage(seconds: number): Scenario {
  return (world, calm, place) =>
    onStage(world, place, { failpoint: `pause:intent.after@${runName}-1` }, async ({ scene, proxy, operatorLog }) => {
      const runner = await pausedRunner(scene, 1);
      await proxy.down();
      runner.child.kill("SIGCONT");
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
      await proxy.up();
      await proxy.renewCertificate();
      await scene.settled(90);
      return judge(world, scene, calm, { attempts: 1, operatorLog: await operatorLog() });
    });
}

/** For a while every token counts as expired. */
export function expiredTokens(seconds: number): Scenario {
  return (world, calm, place) =>
    onStage(world, place, { failpoint: `pause:intent.after@${runName}-1` }, async ({ scene, proxy, operatorLog }) => {
      const runner = await pausedRunner(scene, 1);
      const { rules } = proxy;
      proxy.rules = { ...rules, refuseAll: 401 };
      runner.child.kill("SIGCONT");
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
      proxy.rules = rules;
      await scene.settled(90);
      return judge(world, scene, calm, { attempts: 1, operatorLog: await operatorLog() });
    });
}

/** etcd is restored from before the delivery: what was filed is not filed again, and the run ends with an account of it. */
export const etcdRestored: Scenario = (world, calm, place) =>
  onStage(world, place, { failpoint: `pause:intent.before@${runName}-1` }, async ({ scene }) => {
    const runner = await pausedRunner(scene, 1);
    const restore = await takeBackup(world.cluster);
    runner.child.kill("SIGCONT");
    const before = await scene.settled(120);
    const filesBefore = await filesIn(scene.prepared.inbox);
    await restore();
    const back = await scene.run();
    await containerGone(world, scene, runner);
    const after = await scene.settled(120);
    const end = await endStateOf(world, scene);
    const seen = scene.prepared.seen.filter((name) => name.endsWith(".csv"));
    return [
      ...(before.status?.state === "Completed" ? [] : [`it ended as ${before.status?.state} before the restore`]),
      ...(back?.status?.state === "Completed" ? ["nothing was restored"] : []),
      ...(String(end.files) === String(filesBefore) && seen.length === 1 ? [] : [`the receiver saw ${seen}`]),
      ...(after.status?.state === "Completed" ? [] : [`it ended as ${JSON.stringify(after.status)}`]),
      ...(String(end.ledger) === String(calm.end.ledger) ? [] : [`the ledger has ${end.ledger}`]),
      ...((after.status?.attempts?.length ?? 0) >= 2 && after.status?.attempts?.every(({ reason }) => reason)
        ? []
        : [`the account of its attempts is ${JSON.stringify(after.status?.attempts)}`]),
    ];
  });

/** The kubelet finds no container of a Pod that the API server believes to run. */
async function containerGone({ cluster }: World, { namespace }: Scene, { name }: RunnerPod): Promise<void> {
  const terminated = { exitCode: 137, reason: "ContainerStatusUnknown", message: "the container could not be located" };
  const state = { running: null, waiting: null, terminated };
  const container = { name: "runner", image: "x", imageID: "", ready: false, restartCount: 0, state };
  const status = { phase: "Failed", containerStatuses: [container] };
  await cluster.client.mergePatch(pods, { namespace, name }, { status }, { subresource: "status" });
}
