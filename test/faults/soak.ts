/** Many runs one after the other through one operator, with real runner processes, and what they leave in its process. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ApiClient } from "../../operator/src/controller/api-client.ts";
import type { ReportRun } from "../../operator/src/objects.ts";
import { reportRuns } from "../../operator/src/resources.ts";
import { until } from "../cluster/until.ts";
import { inLanes, newProxy } from "./campaign.ts";
import { startKubelet } from "./kubelet.ts";
import { filesIn, newRun, startOperator } from "./scene.ts";
import type { World } from "./world.ts";

/** What the operator holds after so many runs. */
export interface Sample {
  readonly runs: number;
  readonly residentMiB: number;
  /** Open files and sockets of the process. */
  readonly descriptors: number;
  /** Connections to the API server. */
  readonly connections: number;
  readonly threads: number;
}

/** How it ended. */
export interface SoakResult {
  readonly samples: readonly Sample[];
  readonly states: Readonly<Record<string, number>>;
  /** Entries in the ledger, one per filing. */
  readonly filings: number;
  readonly files: number;
  /** Connections that the database still has from runs. */
  readonly databaseConnections: number;
  readonly secondsPerRun: number;
  /** How often the operator lost its lease and was started anew. */
  readonly restarts: number;
}

/** Makes so many runs, each of a business date of its own. */
export async function soak(
  world: World,
  runs: number,
  { lanes = 4, every = Math.ceil(runs / 10) } = {},
): Promise<SoakResult> {
  const namespace = `soak-${runs}`;
  const { client } = world.cluster;
  const proxy = await newProxy(world);
  await world.cluster.newTenant(namespace);
  const prepared = await world.prepare(namespace, { isNumbered: false }); // numbered files wait for each other
  const kubelet = startKubelet({
    ...prepared,
    cluster: world.cluster,
    namespace,
    runner: world.bundles.runner,
    api: proxy,
  });
  for (const { resource, object } of prepared.objects) await client.create(resource, object);
  const operator = await startOperator(world, {
    proxy,
    name: namespace,
    home: namespace,
    namespaces: [namespace],
    restarts: true,
  });
  const samples: Sample[] = [];
  const states: Record<string, number> = {};
  const began = performance.now();
  let ended = 0;
  const sample = async (): Promise<void> => {
    const descriptors = (await readdir(`/proc/${operator.pid()}/fd`)).length;
    const threads = (await readdir(`/proc/${operator.pid()}/task`)).length;
    const residentMiB = Math.round(operator.residentBytes() / 1_048_576);
    samples.push({ runs: ended, residentMiB, descriptors, connections: proxy.connections(), threads });
  };
  try {
    await inLanes(
      Array.from({ length: runs }, (_, index) => index),
      lanes,
      async (index) => {
        const state = await oneRun(client, namespace, index);
        states[state] = (states[state] ?? 0) + 1;
        ended += 1;
        if (ended % every === 0) await sample();
      },
    );
    const secondsPerRun = (performance.now() - began) / 1_000 / runs;
    const filings = (await readdir(join(prepared.store, "filings"))).length;
    const [[count] = []] = await world.database.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'report'");
    const files = (await filesIn(prepared.inbox)).length;
    return {
      samples,
      states,
      filings,
      files,
      databaseConnections: Number(count),
      secondsPerRun,
      restarts: operator.restarts(),
    };
  } finally {
    await operator.stop();
    await kubelet.stop();
    await proxy.stop();
  }
}

async function oneRun(client: ApiClient, namespace: string, index: number): Promise<string> {
  const name = `soak-${index + 1}`;
  const run = newRun(namespace, name) as ReportRun;
  // every run files for itself: the lei is a parameter, and part of the filing and of the file's name
  const parameters = { lei: `9999OPENREG${String(index).padStart(9, "0")}` };
  await client.create(reportRuns, { ...run, spec: { ...run.spec, parameters } } as ReportRun);
  let state = "";
  let last: ReportRun | undefined;
  const look = async (): Promise<boolean> => {
    last = await client.get<ReportRun>(reportRuns, { namespace, name });
    state = last.status?.state ?? "";
    return last.metadata.labels?.["openreg.dev/settled"] === "true";
  };
  await until({ what: `${name} is settled`, seconds: 180, everyMs: 200 }, look).catch((cause: unknown) => {
    throw new Error(`${(cause as Error).message}: ${JSON.stringify(last?.status)}`, { cause });
  });
  return state;
}
