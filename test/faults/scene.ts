/** Owns one namespace with one run in it: real runners, a proxy with a plan's rules, and what is left in the end. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ApiError } from "../../operator/src/controller/api-error.ts";
import type { KubernetesObject } from "../../operator/src/controller/kubernetes.ts";
import type { ReportRun } from "../../operator/src/objects.ts";
import { configMaps, events, jobs, networkPolicies, reportRuns, reportVersions } from "../../operator/src/resources.ts";
import { type OperatorProcess, startOperatorProcess } from "../integration/operator/operator-process.ts";
import { purposeOf } from "./api-call.ts";
import { type Kubelet, type KubeletOptions, startKubelet } from "./kubelet.ts";
import type { RecordedWrite } from "./plan.ts";
import type { ApiProxy, ProxiedCall } from "./proxy.ts";
import { businessDate, type Prepared, type World } from "./world.ts";

/** Settings that make waits short. */
export const impatient = {
  OPENREG_NOT_READY_GRACE_SECONDS: "120",
  OPENREG_NOT_FOUND_GRACE_SECONDS: "120",
  OPENREG_BACKOFF_INITIAL_SECONDS: "1",
  OPENREG_BACKOFF_MAX_SECONDS: "2",
  OPENREG_CANCEL_GRACE_SECONDS: "2",
  OPENREG_POD_START_TIMEOUT_SECONDS: "30",
  OPENREG_POD_PROBLEM_AFTER_SECONDS: "1",
  OPENREG_LOG_LEVEL: "info",
};

/** The name of the run of each scene. */
export const runName = "trades-1";

/** A namespace with a run. */
export interface Scene {
  readonly namespace: string;
  readonly prepared: Prepared;
  readonly kubelet: Kubelet;
  /** The writes that the proxy saw, in order. */
  readonly calls: ProxiedCall[];
  /** Resolves when the run is settled; throws with its last status after so many seconds. */
  settled(seconds?: number): Promise<ReportRun>;
  run(): Promise<ReportRun | undefined>;
  stop(): Promise<void>;
}

/** How a scene begins. */
export interface SceneOptions extends Pick<KubeletOptions, "failpoint" | "killsDeleted" | "together"> {
  readonly namespace: string;
  readonly proxy: ApiProxy;
  readonly calls?: ProxiedCall[];
  readonly runner?: string;
  /** What is done in the namespace before anything of ours is there. */
  readonly before?: (namespace: string) => Promise<void>;
}

/** Applies the example, starts the kubelet and one run. */
export async function startScene(world: World, options: SceneOptions): Promise<Scene> {
  const { namespace, proxy, calls = [] } = options;
  const { client } = world.cluster;
  await world.cluster.newTenant(namespace);
  const prepared = await world.prepare(namespace);
  const kubelet = startKubelet({
    ...options,
    ...prepared,
    cluster: world.cluster,
    runner: options.runner ?? world.bundles.runner,
    api: proxy,
  });
  await options.before?.(namespace);
  for (const { resource, object } of prepared.objects) await client.create(resource, object);
  await client.create(reportRuns, newRun(namespace));
  const run = () => client.find<ReportRun>(reportRuns, { namespace, name: runName });
  return {
    namespace,
    prepared,
    kubelet,
    calls,
    run,
    settled: (seconds = 90) => untilSettled(world, namespace, seconds),
    stop: () => kubelet.stop(),
  };
}

/** A Live run of the example. */
export function newRun(namespace: string, name = runName): KubernetesObject {
  const spec = { reportRef: { name: "daily-trades" }, businessDate, mode: "Live" };
  return {
    apiVersion: "openreg.dev/v1alpha1",
    kind: "ReportRun",
    metadata: { name, namespace },
    spec,
  } as KubernetesObject;
}

async function untilSettled({ cluster }: World, namespace: string, seconds: number): Promise<ReportRun> {
  const end = performance.now() + seconds * 1_000;
  while (true) {
    const live = await cluster.client.get<ReportRun>(reportRuns, { namespace, name: runName });
    if (live.metadata.labels?.["openreg.dev/settled"] === "true") return live;
    if (performance.now() > end) throw new Error(`not settled within ${seconds} s: ${JSON.stringify(live.status)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Starts an operator for these namespaces (all when none is named); its lease is in the first, or where `home` says. */
export async function startOperator(
  world: World,
  options: {
    readonly proxy: ApiProxy;
    readonly name: string;
    readonly home: string;
    readonly namespaces?: readonly string[];
    readonly program?: string;
    readonly restarts?: boolean;
    readonly environment?: Readonly<Record<string, string>>;
  },
): Promise<OperatorProcess & { readonly log: string }> {
  const { proxy, name, home, namespaces = [] } = options;
  const log = join(world.folder, `${name}.log`);
  const program = options.program ?? world.bundles.operator;
  const operator = await startOperatorProcess({
    kubeconfig: await world.cluster.operatorKubeconfig(name, proxy.url, proxy.ca),
    log,
    program,
    restarts: options.restarts ?? false,
    environment: {
      ...impatient,
      NODE_COMPILE_CACHE: join(program, "../compiled"),
      OPENREG_NAMESPACES: namespaces.join(","),
      OPENREG_OPERATOR_NAMESPACE: home,
      OPENREG_OPERATOR_NAME: name,
      OPENREG_EVIDENCE_KEY_FILE: world.evidenceKeyFile,
      OPENREG_RUN_NETWORK: world.cluster.runNetwork,
      ...options.environment,
    },
  });
  return { ...operator, log };
}

/** A crashed operator leaves its lease; the next one need not wait for it to expire. */
export async function giveUpLease({ cluster: { client } }: World, namespace: string): Promise<void> {
  const leases = { group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases", namespaced: true };
  const key = { namespace, name: "openreg-operator" };
  const lease = await client.find(leases, key);
  if (lease?.metadata.uid) {
    await client.delete(leases, key, { uid: lease.metadata.uid }).catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
    });
  }
}

/** The writes of a scene with their purpose and number. */
export function writesOf(calls: readonly ProxiedCall[]): readonly RecordedWrite[] {
  const counts = new Map<string, number>();
  return calls.map((call) => {
    const purpose = purposeOf(call);
    const key = `${call.actor} ${purpose}`;
    const ordinal = (counts.get(key) ?? 0) + 1;
    counts.set(key, ordinal);
    return { actor: call.actor, purpose, ordinal };
  });
}

/** What the world looks like in the end, without times, UIDs and versions: equal worlds are equal texts. */
export interface EndState {
  readonly run: object;
  /** Kinds and names of what is left in the namespace. */
  readonly objects: readonly string[];
  /** Names and hashes of the files that the receiver holds. */
  readonly files: readonly string[];
  /** Names in the ledger below `filings` and `submissions`, hashes left out. */
  readonly ledger: readonly string[];
}

/** Looks at it. */
export async function endStateOf(world: World, scene: Scene): Promise<EndState> {
  const { client } = world.cluster;
  const { namespace, prepared } = scene;
  const run = await client.get<ReportRun>(reportRuns, { namespace, name: runName });
  const labelSelector = "app.kubernetes.io/managed-by=openreg-operator";
  const left = await Promise.all(
    [jobs, configMaps, networkPolicies, reportVersions].map(async (resource) => {
      const selection = resource === reportVersions ? { namespace } : { namespace, labelSelector };
      const { items } = await client.listAll(resource, selection);
      const ofRuns = items.filter(({ metadata }) => metadata.name !== "openreg-evidence-keys");
      // the name of a version holds the hash of its content, and that the receiver's folder
      return ofRuns.map(({ metadata }) => `${resource.kind} ${metadata.name.replace(/-[0-9a-f]{10}$/, "-*")}`);
    }),
  );
  return {
    run: shapeOf(run),
    objects: left.flat().toSorted(),
    files: await filesIn(prepared.inbox),
    ledger: await ledgerOf(prepared.store),
  };
}

function shapeOf({ status = {}, metadata }: ReportRun): object {
  const { execution } = status;
  return {
    settled: metadata.labels?.["openreg.dev/settled"],
    finalizers: metadata.finalizers ?? [],
    state: status.state,
    summary: status.summary,
    conditions: status.conditions?.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`).toSorted(),
    filing: status.filing && { ...status.filing, key: "*" }, // the namespace is part of it
    signed: Boolean(status.evidence?.signature),
    rows: execution?.rows,
    findings: execution?.findings,
    artifacts: execution?.artifacts?.map(({ fileName, records, sha256 }) => ({ fileName, records, sha256 })),
    deliveries: execution?.deliveries?.map(({ destination, artifact, state, receipt }) => ({
      ...{ destination, artifact, state },
      receipt: receipt && { sha256: receipt.sha256, verifiedBy: receipt.verifiedBy },
    })),
    outcome: execution?.outcome?.code,
  };
}

/** Names and hashes of files in a folder, sorted. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).toSorted();
  return Promise.all(names.map(async (name) => `${name} ${hashOf(await readFile(join(folder, name)))}`));
}

async function ledgerOf(store: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const folder of ["filings", "submissions", "evidence"]) {
    const entries = await readdir(join(store, folder), { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries)
      if (entry.isFile()) names.push(`${folder}/${entry.name.replace(/[0-9a-f]{64}/g, "*")}`);
  }
  return names.toSorted();
}

/** Everything that a plan could have spilled a secret into. */
export async function textsOf(world: World, scene: Scene): Promise<ReadonlyMap<string, string>> {
  const { client } = world.cluster;
  const { namespace, prepared, kubelet } = scene;
  const texts = new Map(kubelet.started.map((pod) => [`log of ${pod.name}`, pod.output()]));
  texts.set("runs", JSON.stringify(world.historyOf(namespace).runs));
  texts.set("events", JSON.stringify(await client.listAll(events, { namespace })));
  texts.set("config maps", JSON.stringify(await client.listAll(configMaps, { namespace })));
  const stored = await readdir(prepared.store, { recursive: true, withFileTypes: true });
  for (const entry of stored.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    texts.set(path, await readFile(path, "latin1").catch(() => ""));
  }
  return texts;
}

function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
