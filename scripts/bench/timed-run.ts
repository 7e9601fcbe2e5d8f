/** The candidate for the start of a run: a ReportRun of the example, followed from its creation until it is settled. */
import type { ReportRunStatus } from "@openreg/crds/types";
import { systemNamespace } from "../../test/cluster/install-openreg.ts";
import { applyManifests, type Kubectl } from "../../test/cluster/kubectl.ts";
import { dailyTrades } from "../../test/fixtures/daily-trades.ts";
import { askDatabase, generateTrades, type Peers } from "../../test/peers/peer-pods.ts";
import { nextBusinessDate } from "../demo/business-date.ts";
import type { ApiServer, Watched } from "./api-server.ts";
import { type Calls, difference, operatorCalls, runnerCalls } from "./call-counters.ts";

/** Where runs are made. */
export interface RunPlace {
  readonly api: ApiServer;
  readonly kubectl: Kubectl;
  readonly peers: Peers;
  readonly namespace: string;
}

/** What a run cost. */
export interface RunRound {
  /** From before its creation until its runner was heard: `status.execution` is there. */
  readonly heardSeconds: number;
  /** Until it was seen in Initializing or later. */
  readonly begunSeconds: number;
  /** Until it was settled: nothing more happens by itself. */
  readonly wholeSeconds: number;
  readonly operator: Calls;
  readonly runner: Calls;
  /** Runs elsewhere in the cluster that were under way before or after. */
  readonly otherRuns: number;
}

interface Run extends Watched {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly status?: ReportRunStatus;
}

const rows = 200;
/** Dates before this one are the bench's, so that the demo's next date stays what it is. */
const firstForeignDate = "2010-01-01";
const lastDateBefore = "2001-01-01";

/** Applies the example and gives the function that makes one run of a business date of its own. */
export async function prepareRuns(place: RunPlace): Promise<() => Promise<RunRound>> {
  const { kubectl, namespace, peers } = place;
  await kubectl(["-n", namespace, "delete", "reportruns", "--all", "--timeout=120s"]);
  await applyManifests(kubectl, await dailyTrades(peers), namespace);
  await kubectl(["-n", namespace, "wait", "--for=condition=Ready", "report/daily-trades", "--timeout=60s"]);
  return async () => {
    const used = `SELECT max(business_date) FROM trade WHERE business_date < '${firstForeignDate}'`;
    const businessDate = nextBusinessDate((await askDatabase(peers, used)).trim() || lastDateBefore);
    await generateTrades(peers, businessDate, rows);
    return timedRun(place, businessDate);
  };
}

async function timedRun({ api, namespace }: RunPlace, businessDate: string): Promise<RunRound> {
  const name = `daily-trades-${Date.now()}`;
  const runs = `/apis/openreg.dev/v1alpha1/namespaces/${namespace}/reportruns`;
  const path = `${runs}?fieldSelector=metadata.name=${name}`;
  const heard = await api.watch<Run>({ path, what: `the runner of run ${name}`, isSo: isHeard });
  const begun = await api.watch<Run>({ path, what: `the start of run ${name}`, isSo: hasBegun });
  const settled = await api.watch<Run>({ path, what: `the end of run ${name}`, isSo: isSettled });
  const before = await readCounters(api);
  const created = performance.now();
  await api.create(runs, {
    ...{ apiVersion: "openreg.dev/v1alpha1", kind: "ReportRun", metadata: { name } },
    spec: { reportRef: { name: "daily-trades" }, businessDate },
  });
  const [first, start, end] = await Promise.all([heard.seen, begun.seen, settled.seen]);
  const after = await readCounters(api);
  const { state, failure } = end.object.status ?? {};
  if (state !== "Completed") throw new Error(`run ${name} ended as ${state}: ${failure?.message ?? "no reason"}`);
  if (before.containers !== after.containers)
    throw new Error("the operator was replaced while a run was counted: leave it alone and run the bench again");
  return {
    heardSeconds: (first.at - created) / 1000,
    begunSeconds: (start.at - created) / 1000,
    wholeSeconds: (end.at - created) / 1000,
    operator: difference(before.operator, after.operator),
    runner: difference(before.runner, after.runner),
    otherRuns: before.unsettledRuns + after.unsettledRuns,
  };
}

function isHeard({ status }: Run): boolean {
  return status?.execution !== undefined;
}

function hasBegun({ status }: Run): boolean {
  return status?.state !== undefined && status.state !== "Pending";
}

function isSettled({ metadata }: Run): boolean {
  return metadata.labels?.["openreg.dev/settled"] === "true";
}

interface Counters {
  readonly operator: Calls;
  readonly runner: Calls;
  readonly unsettledRuns: number;
  /** The containers whose counters were read; other ones would have begun at zero. */
  readonly containers: string;
}

interface OperatorPod {
  readonly metadata: { readonly name: string };
  readonly status: { readonly containerStatuses?: readonly { readonly containerID?: string }[] };
}

/** Only the leader reconciles, but who leads may change, so all replicas are read. */
async function readCounters(api: ApiServer): Promise<Counters> {
  const pods = `/api/v1/namespaces/${systemNamespace}/pods`;
  const operators = await listed<OperatorPod>(api, pods, "app.kubernetes.io/component=operator");
  const texts = await Promise.all(
    operators.map(({ metadata }) => api.get(`${pods}/${metadata.name}:8080/proxy/metrics`)),
  );
  const ids = operators.flatMap(({ status }) => status.containerStatuses?.map((one) => one.containerID ?? "") ?? []);
  return {
    operator: operatorCalls(texts.join("\n")),
    runner: runnerCalls(await api.get("/metrics")),
    unsettledRuns: (await listed(api, "/apis/openreg.dev/v1alpha1/reportruns", "openreg.dev/settled!=true")).length,
    containers: ids.sort().join(" "),
  };
}

async function listed<T>(api: ApiServer, path: string, selector: string): Promise<readonly T[]> {
  const answer = await api.get(`${path}?labelSelector=${encodeURIComponent(selector)}`);
  return (JSON.parse(answer) as { readonly items: readonly T[] }).items;
}
