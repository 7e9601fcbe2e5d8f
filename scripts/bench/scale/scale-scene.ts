/** Starts what the scale bench runs on: a bare control plane with scheduler and kwok, our kinds, and one Report that runs are made of. */
import { join } from "node:path";
import type { KubernetesObject, Resource } from "../../../operator/src/controller/kubernetes.ts";
import type { Report, ReportRun } from "../../../operator/src/objects.ts";
import { reportRuns, reports } from "../../../operator/src/resources.ts";
import { newKwokNode, startKwok } from "../../../test/cluster/kwok.ts";
import type { Progress } from "../../../test/cluster/progress.ts";
import { until } from "../../../test/cluster/until.ts";
import { type OperatorCluster, startOperatorCluster } from "../../../test/integration/operator/operator-cluster.ts";
import { type OperatorProcess, startOperatorProcess } from "../../../test/integration/operator/operator-process.ts";
import { applyTrades, newObject } from "../../../test/integration/operator/trades.ts";
import { type PlayedRunners, playRunners } from "./play-runners.ts";

/** The namespace of everything. */
export const scaleNamespace = "scale";

/** The running scene. */
export interface ScaleScene {
  readonly cluster: OperatorCluster;
  readonly runners: PlayedRunners;
  /** Starts the operator as a process, with the settings that the chart recommends for many runs. */
  startOperator(environment?: Readonly<Record<string, string>>): Promise<OperatorProcess>;
  /** Creates runs, so many at once; answers when the API server has them all. */
  createRuns(names: readonly string[], change?: RunChange): Promise<void>;
  /** Suspends the Report or sets it free. */
  suspend(suspended: boolean): Promise<void>;
  untilReportIsReady(): Promise<void>;
  /** Waits until so many Pods were seen to run. */
  untilStarted(pods: number, longestSeconds: number): Promise<void>;
  stop(): Promise<void>;
}

/** How a run differs. */
export interface RunChange {
  readonly labels?: Readonly<Record<string, string>>;
}

const nodes: Resource = { group: "", version: "v1", kind: "Node", plural: "nodes", namespaced: false };
const volumes: Resource = {
  group: "",
  version: "v1",
  kind: "PersistentVolume",
  plural: "persistentvolumes",
  namespaced: false,
};
const claims: Resource = {
  group: "",
  version: "v1",
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
  namespaced: true,
};

/** Starts it all but the operator. */
export async function startScaleScene(progress: Progress): Promise<ScaleScene> {
  const cluster = await startOperatorCluster({ scheduler: true, callsPerSecond: 2_000 });
  const { client, folder, kubeconfig } = cluster;
  const kwok = await startKwok({ folder, kubeconfig, progress });
  for (const name of ["node-a", "node-b"]) await client.create(nodes, newKwokNode(name) as KubernetesObject);
  await cluster.newTenant(scaleNamespace);
  await createClaim(cluster);
  await applyTrades(client, scaleNamespace, {
    report: { retention: { successfulRuns: 1000, failedRuns: 1000, otherRuns: 1000 } },
  });
  const runners = playRunners(client, scaleNamespace);
  const operators: OperatorProcess[] = [];
  return {
    cluster,
    runners,
    async startOperator(environment = {}) {
      const log = join(folder, "logs", `operator-${operators.length}.log`);
      const operator = await startOperatorProcess({
        kubeconfig,
        log,
        environment: { ...manyRuns, ...environment },
        restarts: true,
      });
      operators.push(operator);
      return operator;
    },
    createRuns: (names, change) => inParallel(names, 32, (name) => client.create(reportRuns, newRun(name, change))),
    async suspend(suspended) {
      await client.mergePatch(reports, reportKey, { spec: { suspend: suspended } });
    },
    async untilReportIsReady() {
      await cluster.eventually("the Report is Ready", async () => {
        const { status, metadata } = await client.get<Report>(reports, reportKey);
        const isReady = status?.conditions?.some((one) => one.type === "Ready" && one.status === "True");
        return isReady && status?.observedGeneration === metadata.generation ? true : undefined;
      });
    },
    untilStarted: (pods, seconds) => until({ what: `${pods} Pods run`, seconds }, () => runners.started() >= pods),
    async stop() {
      for (const operator of operators) await operator.stop();
      await runners.stop();
      await kwok.stop();
      await cluster.stop();
    },
  };
}

const reportKey = { namespace: scaleNamespace, name: "trades" };

const manyRuns = { OPENREG_CALLS_PER_SECOND: "400", OPENREG_CALLS_BURST: "800", OPENREG_WORKERS: "32" };

function newRun(name: string, { labels }: RunChange = {}): ReportRun {
  const object = newObject(reportRuns, scaleNamespace, name, {
    reportRef: { name: "trades" },
    businessDate: "2026-04-01",
  });
  return { ...object, metadata: { ...object.metadata, ...(labels && { labels }) } } as unknown as ReportRun;
}

/** Does something for each, so many at a time. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  act: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = items.values();
  const work = async () => {
    for (const item of left) await act(item);
  };
  await Promise.all(Array.from({ length: width }, work));
}

/** The scheduler wants the claim of the store bound. */
async function createClaim({ client, eventually }: OperatorCluster): Promise<void> {
  const accessModes = ["ReadWriteMany"];
  const key = { namespace: scaleNamespace, name: "artifacts" };
  const volume = {
    ...{ apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "artifacts" } },
    spec: {
      accessModes,
      capacity: { storage: "1Gi" },
      hostPath: { path: "/nowhere" },
      claimRef: key,
      storageClassName: "",
    },
  };
  const claim = {
    ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: key },
    spec: { accessModes, resources: { requests: { storage: "1Gi" } }, storageClassName: "", volumeName: "artifacts" },
  };
  await client.create(volumes, volume);
  await client.create(claims, claim);
  await eventually("the claim is bound", async () => {
    const live = await client.get<KubernetesObject & { status?: { phase?: string } }>(claims, key);
    return live.status?.phase === "Bound" ? true : undefined;
  });
}
