/** Measures runs on a cluster: how soon one begins beside a bare Job of the same image, and how many API calls one costs. */
import { type Cluster, ensureCluster } from "../../test/cluster/cluster.ts";
import { installOpenReg } from "../../test/cluster/install-openreg.ts";
import { newKubectl } from "../../test/cluster/kubectl.ts";
import { nativeStatus } from "../../test/cluster/native.ts";
import type { Progress } from "../../test/cluster/progress.ts";
import { takeDown } from "../../test/cluster/take-down.ts";
import { tenants } from "../../test/e2e/global-setup.ts";
import { ensurePeers, type Peers } from "../../test/peers/peer-pods.ts";
import { type ApiServer, openApiServer } from "./api-server.ts";
import { startBareJob } from "./bare-job.ts";
import { type Calls, total } from "./call-counters.ts";
import type { Facts } from "./machine-facts.ts";
import { median, newMeasure } from "./measure.ts";
import type { Bench, Part, PartResult } from "./part.ts";
import { alternate } from "./rounds.ts";
import { prepareRuns, type RunRound } from "./timed-run.ts";

/** The namespace of the bench. */
export const benchNamespace = "openreg-bench";

const rounds = 5;
/** What the operator's design allows a run of under a minute: 20 writes and 10 live reads. */
const callCeiling = 30;

/** Brings up a cluster with chart and peers, measures, and takes a native cluster down again when it started it. */
export const clusterPart: Part = {
  name: "runs",
  section: "cluster",
  run: ({ cluster, progress }) => measureCluster({ ...cluster, progress }),
};

type ClusterBench = Bench["cluster"] & Pick<Bench, "progress">;

async function measureCluster({ context, imageRepository, progress }: ClusterBench): Promise<PartResult> {
  const wasUp = (await nativeStatus()).isHealthy;
  const cluster = await ensureCluster({
    ...(context && { context }),
    ...(imageRepository && { imageRepository }),
    progress,
  });
  try {
    const image = await installOpenReg(cluster, { tenants: [...tenants, benchNamespace], progress });
    const peers = await progress.step("starting PostgreSQL and OpenSSH", () => ensurePeers(cluster));
    return await measureRuns({ cluster, image, peers, progress });
  } finally {
    if (cluster.kind === "native" && !wasUp) await takeDown(progress);
  }
}

/** What the measures need. */
export interface RunsBench {
  readonly cluster: Cluster;
  readonly image: string;
  readonly peers: Peers;
  readonly progress: Progress;
}

/** Measures on a cluster that has chart and peers. */
export async function measureRuns({ cluster, image, peers, progress }: RunsBench): Promise<PartResult> {
  const api = await openApiServer(cluster);
  try {
    const timedRun = await prepareRuns({ api, peers, kubectl: newKubectl(cluster), namespace: benchNamespace });
    const measured = await alternate<number, RunRound>(
      {
        reference: () => progress.step("a bare Job", () => startBareJob(api, benchNamespace, image)),
        candidate: async () => {
          const round = await progress.step("a run", timedRun);
          progress.say(callsText(round));
          return round;
        },
      },
      { count: rounds },
    );
    const runs = measured.candidate;
    const start = (until: string, seconds: readonly number[]) =>
      newMeasure({
        ...{ name: `run created to ${until} against bare Job to its container started`, unit: "s" },
        ...{ reference: measured.reference, candidate: seconds },
        information: `a whole run took ${median(runs.map(({ wholeSeconds }) => wholeSeconds)).toFixed(1)} s`,
      });
    const starts = [
      start(
        "its runner heard",
        runs.map(({ heardSeconds }) => heardSeconds),
      ),
      start(
        "Initializing",
        runs.map(({ begunSeconds }) => begunSeconds),
      ),
    ];
    const calls = newMeasure({
      ...{ name: `API calls of a run against the ceiling of ${callCeiling}`, unit: "calls" },
      ...{
        reference: [callCeiling],
        candidate: runs.map((one) => total(one.operator) + total(one.runner)),
      },
      information: callsText(runs[0]) + disturbedText(runs),
    });
    return { measures: [...starts, calls], facts: await clusterFacts(api, cluster) };
  } finally {
    api.close();
  }
}

/** The counters are those of the whole cluster. */
function disturbedText(runs: readonly RunRound[]): string {
  const disturbed = runs.filter(({ otherRuns }) => otherRuns > 0).length;
  return disturbed === 0
    ? ""
    : `; in ${disturbed} of ${runs.length} rounds other runs were under way, and theirs are counted too`;
}

function callsText(round: RunRound | undefined): string {
  if (!round) return "";
  const parts = (calls: Calls) => Object.entries(calls).map(([name, count]) => `${count} ${name}`);
  return `operator: ${parts(round.operator).join(", ")}; runner: ${parts(round.runner).join(", ")}`;
}

async function clusterFacts(api: ApiServer, cluster: Cluster): Promise<Facts> {
  const version = JSON.parse(await api.get("/version")) as { readonly gitVersion: string };
  const nodes = JSON.parse(await api.get("/api/v1/nodes")) as { readonly items: readonly object[] };
  return { Kubernetes: `${version.gitVersion}, ${cluster.kind}, ${nodes.items.length} nodes` };
}
