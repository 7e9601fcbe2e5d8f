/** The demo on a cluster: everything up, the example applied, one run followed to its end. */
import { setTimeout as wait } from "node:timers/promises";
import type { ReportRunStatus } from "@openreg/crds/types";
import { tablesOf } from "../../cli/src/tables.ts";
import { type Cluster, ensureCluster } from "../../test/cluster/cluster.ts";
import { installOpenReg } from "../../test/cluster/install-openreg.ts";
import { applyManifests, getManifest, type Kubectl, newKubectl } from "../../test/cluster/kubectl.ts";
import type { Progress } from "../../test/cluster/progress.ts";
import { dailyTrades } from "../../test/fixtures/daily-trades.ts";
import { askDatabase, ensurePeers, generateTrades, type Peers } from "../../test/peers/peer-pods.ts";
import { nextBusinessDate } from "./business-date.ts";
import { progressLine } from "./show-run.ts";

const namespace = "openreg-demo";
const tradesPerDate = 50_000;
const longestRunSeconds = 600;

/** Where the demo runs and who hears of it. */
export interface ClusterDemo {
  readonly context: string | undefined;
  readonly imageRepository: string | undefined;
  readonly progress: Progress;
}

/** Runs the demo; true when the run completed. */
export async function runOnCluster({ context, imageRepository, progress }: ClusterDemo): Promise<boolean> {
  const cluster = await ensureCluster({
    ...(context && { context }),
    ...(imageRepository && { imageRepository }),
    progress,
  });
  const kubectl = newKubectl(cluster);
  await installOpenReg(cluster, { tenants: [namespace], values: { runner: { heartbeatSeconds: 2 } }, progress });
  const peers = await progress.step("starting PostgreSQL and OpenSSH", () => ensurePeers(cluster));
  const businessDate = await progress.step(`generating ${tradesPerDate} trades`, () => generateNextDate(peers));
  await progress.step("applying examples/daily-trades", () => applyExample(kubectl, peers));
  const name = await createRun(kubectl, businessDate);
  progress.say(`run ${name} for ${businessDate}, mode Test`);
  const status = await followRun(kubectl, name);
  showEnd(status);
  showCommands(cluster, name, status);
  return status.state === "Completed";
}

async function generateNextDate(peers: Peers): Promise<string> {
  const last = (await askDatabase(peers, "SELECT max(business_date) FROM trade")).trim();
  const businessDate = nextBusinessDate(last === "" ? undefined : last);
  await generateTrades(peers, businessDate, tradesPerDate);
  return businessDate;
}

async function applyExample(kubectl: Kubectl, peers: Peers): Promise<void> {
  await applyManifests(kubectl, await dailyTrades(peers), namespace);
  await kubectl(["-n", namespace, "wait", "--for=condition=Ready", "report/daily-trades", "--timeout=60s"]);
}

async function createRun(kubectl: Kubectl, businessDate: string): Promise<string> {
  const run = {
    apiVersion: "openreg.dev/v1alpha1",
    kind: "ReportRun",
    metadata: { generateName: "daily-trades-" },
    spec: { reportRef: { name: "daily-trades" }, businessDate },
  };
  const created = await kubectl(["-n", namespace, "create", "-f", "-", "-o", "name"], JSON.stringify(run));
  return created.trim().split("/").at(-1) ?? "";
}

const ends = ["Completed", "Failed", "Cancelled", "AlreadyFiled", "Skipped", "Missed"];

/** Prints each state as it passes; gives the status at the end. */
async function followRun(kubectl: Kubectl, name: string): Promise<ReportRunStatus> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  let shown = "";
  while (seconds() < longestRunSeconds) {
    const run = await getManifest(kubectl, ["-n", namespace, "reportrun", name]);
    const status = (run?.status ?? {}) as ReportRunStatus;
    const line = progressLine(status, seconds());
    const withoutTime = line.replace(/ \d+ s$/, "");
    if (withoutTime !== shown) console.log(`  ${line}`);
    shown = withoutTime;
    if (ends.includes(status.state ?? "")) return status;
    await wait(300);
  }
  throw new Error(
    `run ${name} has not ended after ${longestRunSeconds} s: kubectl -n ${namespace} describe run ${name}`,
  );
}

function showEnd(status: ReportRunStatus): void {
  const { execution, failure } = status;
  if (execution) console.log(`\n${tablesOf(execution)}\n`);
  if (failure) console.log(`${status.state}: ${failure.code}: ${failure.message}\n`);
}

function showCommands(cluster: Cluster, name: string, status: ReportRunStatus): void {
  const kubectl = `${cluster.kubectl} --kubeconfig ${cluster.kubeconfig} --context ${cluster.context}`;
  const location = status.execution?.deliveries?.find((one) => one.receipt)?.receipt?.location ?? "/data/test";
  const path = location.replace(/^sftp:\/\/[^/]*/, "");
  console.log("Look further:");
  console.log(`  ${kubectl} -n ${namespace} get run`);
  console.log(`  ${kubectl} -n ${namespace} describe run ${name}`);
  console.log(`  ${kubectl} -n openreg-peers exec deployment/openssh -- head -n 3 ${path}`);
}
