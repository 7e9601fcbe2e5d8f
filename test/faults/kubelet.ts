/** Plays the kubelet: for each Pod of a run in a namespace it starts a real runner, with all that a Pod would mount. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  connectorCredentials,
  destinationCredentials,
  jobNameOf,
  labels,
  planKey,
  podPaths,
  type RunPlan,
  runnerEnvironment,
} from "@openreg/crds";
import { Registry } from "prom-client";
import { isNotFound } from "../../operator/src/controller/api-error.ts";
import { systemClock, toTimestamp } from "../../operator/src/controller/clock.ts";
import { keyOf } from "../../operator/src/controller/kubernetes.ts";
import { silentLog } from "../../operator/src/controller/log.ts";
import { newMetrics } from "../../operator/src/controller/metrics.ts";
import { newReflector } from "../../operator/src/controller/reflector.ts";
import type { ConfigMap, Pod } from "../../operator/src/objects.ts";
import { configMaps, pods } from "../../operator/src/resources.ts";
import type { FaultCluster } from "./fault-cluster.ts";

/** Keys of a Secret, by `connectors/<name>` or `destinations/<name>`. */
export type MountedSecrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What Pods of one namespace are given. */
export interface KubeletOptions {
  readonly cluster: FaultCluster;
  readonly namespace: string;
  /** The bundle of the runner. */
  readonly runner: string;
  /** Where runners reach the API server, and its authority in PEM. */
  readonly api: { readonly url: string; readonly ca: string };
  readonly secrets: MountedSecrets;
  /** The folder that stands for the volume of the store. */
  readonly store: string;
  /** The failpoints of a Pod, as `OPENREG_TEST_FAILPOINT`. */
  readonly failpoint?: string;
  /** False: a Pod that is deleted does not end its process, as on a node that is cut off. */
  readonly killsDeleted?: boolean;
  /** Runners wait until so many Pods are there, and start at once. */
  readonly together?: number;
}

/** One process of a runner, and its Pod. */
export interface RunnerPod {
  readonly name: string;
  readonly uid: string;
  readonly attempt: number;
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly termination: string }>;
}

/** A kubelet at work. */
export interface Kubelet {
  /** In the order in which they were started. */
  readonly started: readonly RunnerPod[];
  /** The Pods that were seen, started or not. */
  readonly pods: readonly Pod[];
  /** UIDs of the Pods that somebody deleted. */
  readonly deleted: ReadonlySet<string>;
  /** Kills the runners that run now, as a node that dies. */
  crash(): void;
  stop(): Promise<void>;
}

/** Starts it. */
export function startKubelet(options: KubeletOptions): Kubelet {
  const { cluster, namespace, killsDeleted = true } = options;
  const { client } = cluster;
  const stop = new AbortController();
  const started: RunnerPod[] = [];
  const seen: Pod[] = [];
  const deleted = new Set<string>();
  const gate = Promise.withResolvers<void>();
  const failures: unknown[] = [];
  const running: Promise<void>[] = [];
  const deps = { client, clock: systemClock, random: Math.random, metrics: newMetrics(new Registry()), log: silentLog };
  const labelSelector = "app.kubernetes.io/managed-by=openreg-operator";
  const reflector = newReflector<Pod>({ ...deps, resource: pods, namespace, labelSelector });
  reflector.subscribe(({ before, after }) => {
    const gone = after?.metadata.deletionTimestamp || !after ? (after ?? before) : undefined;
    if (gone) deleted.add(gone.metadata.uid ?? "");
    if (gone && killsDeleted) for (const one of started) if (one.uid === gone.metadata.uid) one.child.kill("SIGKILL");
    if (before || !after || gone) return;
    seen.push(after);
    if (seen.length >= (options.together ?? 1)) gate.resolve();
    running.push(
      gate.promise
        .then(() => runPod(options, after, started))
        .catch((error: unknown) => void (isNotFound(error) || failures.push(error))),
    );
  });
  const watching = reflector.run(stop.signal);
  const kill = () => {
    for (const { child } of started) if (child.exitCode === null) child.kill("SIGKILL");
  };
  return {
    started,
    pods: seen,
    deleted,
    crash: kill,
    async stop() {
      stop.abort();
      gate.resolve();
      await watching;
      kill();
      await Promise.all(running);
      if (failures.length > 0) throw failures[0];
    },
  };
}

async function runPod(options: KubeletOptions, pod: Pod, started: RunnerPod[]): Promise<void> {
  const { cluster, namespace } = options;
  const { client } = cluster;
  const { name, uid = "" } = pod.metadata;
  const key = keyOf(pod);
  const { [labels.run]: run = "", [labels.attempt]: attempt = "" } = pod.metadata.labels ?? {};
  const job = jobNameOf(run, Number(attempt));
  const map = await client.get<ConfigMap>(configMaps, { namespace, name: job });
  const plan = JSON.parse(map.data?.[planKey] ?? "{}") as RunPlan;
  const root = await newRoot(options, { name, uid }, map.data?.[planKey] ?? "");
  const runner = startRunner(options, root, { pod, plan });
  started.push(runner);
  const setPod = (status: object) => client.mergePatch(pods, key, { status }, { subresource: "status" });
  const container = (state: object) => ({
    ...{ name: "runner", image: plan.image, imageID: "sha256:0123", ready: false, restartCount: 0 },
    state,
  });
  const startedAt = now();
  await setPod({ phase: "Running", containerStatuses: [container({ running: { startedAt } })] });
  const { exitCode, termination } = await runner.ended;
  await rm(root, { recursive: true, force: true });
  const terminated = {
    ...{ exitCode: exitCode ?? 137, reason: exitCode === 0 ? "Completed" : "Error", startedAt, finishedAt: now() },
    ...(termination && { message: termination }),
  };
  const containerStatuses = [container({ running: null, waiting: null, terminated })];
  await setPod({ phase: exitCode === 0 ? "Succeeded" : "Failed", containerStatuses });
}

async function newRoot(
  { cluster, namespace, secrets, store, api }: KubeletOptions,
  pod: { readonly name: string; readonly uid: string },
  plan: string,
): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "openreg-fault-pod-"));
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await mkdir(join(root, "dev"), { recursive: true });
  await symlink(store, join(root, podPaths.store));
  await put(podPaths.plan, plan);
  await put(`${podPaths.identity}/token`, await cluster.podToken(namespace, pod));
  await put(`${podPaths.identity}/ca.crt`, api.ca);
  for (const [owner, keys] of Object.entries(secrets)) {
    for (const [name, value] of Object.entries(keys)) await put(`${podPaths.credentials}/${owner}/${name}`, value);
  }
  return root;
}

function startRunner(
  { runner, api, namespace, failpoint = "" }: KubeletOptions,
  root: string,
  { pod, plan }: { readonly pod: Pod; readonly plan: RunPlan },
): RunnerPod {
  const { name, uid = "" } = pod.metadata;
  const heard: string[] = [];
  const child = spawn(process.execPath, [runner], {
    env: {
      PATH: process.env.PATH ?? "",
      NODE_COMPILE_CACHE: join(dirname(runner), "compiled"),
      OPENREG_TEST_ROOT: root,
      OPENREG_TEST_FAILPOINT: failpoint,
      [runnerEnvironment.namespace]: namespace,
      [runnerEnvironment.podName]: name,
      [runnerEnvironment.podUID]: uid,
      [runnerEnvironment.apiServer]: api.url,
      [runnerEnvironment.planSha256]: valueIn(pod, runnerEnvironment.planSha256),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => heard.push(text));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve)).then(async (exitCode) => ({
    exitCode,
    termination: await readFile(join(root, podPaths.terminationMessage), "utf8").catch(() => ""),
  }));
  return { name, uid, attempt: plan.attempt, child, output: () => heard.join(""), ended };
}

/** What the Job says; it names the plan that its operator made. */
function valueIn({ spec }: Pod, variable: string): string {
  const { containers } = spec as unknown as {
    containers: readonly { env: readonly { name: string; value?: string }[] }[];
  };
  return containers[0]?.env.find(({ name }) => name === variable)?.value ?? "";
}

/** The Secrets of the example as a Pod mounts them. */
export function mountsOf(values: Readonly<Record<string, Readonly<Record<string, string>>>>): MountedSecrets {
  return Object.fromEntries(
    Object.entries(values).map(([name, keys]) => [
      "mode" in keys ? destinationCredentials(name) : connectorCredentials(name),
      keys,
    ]),
  );
}

function now(): string {
  return toTimestamp(Date.now());
}
