/** Owns what all fault plans share: control plane, source, receiver, bundles, and a record of what the API server ever showed. */
import { generateKeyPairSync } from "node:crypto";
import { watch } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { systemClock } from "../../operator/src/controller/clock.ts";
import type { KubernetesObject, Resource } from "../../operator/src/controller/kubernetes.ts";
import { silentLog } from "../../operator/src/controller/log.ts";
import { newMetrics } from "../../operator/src/controller/metrics.ts";
import { newReflector } from "../../operator/src/controller/reflector.ts";
import * as resources from "../../operator/src/resources.ts";
import { dailyTradesFolder, readExample } from "../fixtures/daily-trades.ts";
import { watchConditions } from "../integration/operator/condition-watch.ts";
import { type OpensshPeer, startOpenssh } from "../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../peers/postgresql.ts";
import { type Bundles, bundlePrograms } from "./bundles.ts";
import { type FaultCluster, startFaultCluster } from "./fault-cluster.ts";
import { type MountedSecrets, mountsOf } from "./kubelet.ts";

/** What the world shows of a namespace over time. */
export interface History {
  /** Every Job that ever was: name and UID. */
  readonly jobs: ReadonlySet<string>;
  /** Every version of every run, in order. */
  readonly runs: readonly KubernetesObject[];
}

/** All of it. */
export interface World {
  readonly cluster: FaultCluster;
  readonly database: PostgresqlPeer;
  readonly receiver: OpensshPeer;
  readonly bundles: Bundles;
  readonly folder: string;
  readonly evidenceKeyFile: string;
  /** Texts that must be nowhere but where they are mounted. */
  readonly canaries: readonly string[];
  readonly historyOf: (namespace: string) => History;
  /** The objects of the example for one namespace, the Secrets a Pod mounts, the receiver's folder, the store's folder. */
  prepare(namespace: string, how?: { readonly isNumbered: boolean }): Promise<Prepared>;
  /** Throws when a condition ever broke a rule. */
  stop(): Promise<void>;
}

/** What one namespace is given. */
export interface Prepared {
  readonly objects: readonly { readonly resource: Resource; readonly object: KubernetesObject }[];
  readonly secrets: MountedSecrets;
  readonly inbox: string;
  /** Names in the receiver's folder, each time one came or went. */
  readonly seen: readonly string[];
  readonly store: string;
}

const password = "canary-7c1e-password";
/** The day all runs are about. */
export const businessDate = "2026-04-01";

/** Starts it. */
export async function startWorld({ rows = 20 } = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "openreg-faults-"));
  const [cluster, database, receiver, bundles, tables] = await Promise.all([
    startFaultCluster(join(folder, "control-plane")),
    startPostgresql({ password }),
    startOpenssh(),
    bundlePrograms(join(folder, "bundles")),
    readFile(join(dailyTradesFolder, "trades.sql"), "utf8"),
  ]);
  await database.sql(`${tables}; SELECT generate_trades('${businessDate}', ${rows})`);
  const evidenceKeyFile = join(folder, "evidence.pem");
  const { privateKey } = generateKeyPairSync("ed25519");
  await writeFile(evidenceKeyFile, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const recorder = record(cluster);
  const conditions = watchConditions(cluster.client);
  return {
    cluster,
    database,
    receiver,
    bundles,
    folder,
    evidenceKeyFile,
    canaries: [password, Buffer.from(password).toString("base64"), receiver.privateKey.split("\n")[2] ?? "no key"],
    historyOf: recorder.historyOf,
    prepare: (namespace, { isNumbered } = { isNumbered: true }) =>
      prepare({ folder, database, receiver, isNumbered }, namespace),
    async stop() {
      const broken = await conditions.stop();
      await recorder.stop();
      await Promise.all([cluster.stop(), database.stop(), receiver.stop()]);
      await rm(folder, { recursive: true, force: true });
      if (broken.length > 0) throw new Error(`conditions broke their rules:\n${broken.join("\n")}`);
    },
  };
}

type Places = Pick<World, "folder" | "database" | "receiver"> & Pick<Addresses, "isNumbered">;

async function prepare({ folder, database, receiver, isNumbered }: Places, namespace: string): Promise<Prepared> {
  const inbox = join(receiver.directory, namespace);
  const store = join(folder, "stores", namespace);
  await mkdir(inbox, { recursive: true });
  await chmod(inbox, 0o777);
  await mkdir(store, { recursive: true });
  const { host, username, privateKey, hostKey } = receiver;
  const receiving = { username, privateKey, endpoint: `${host}:${receiver.port}` };
  const secrets = {
    "trades-db": { ...database.reader, endpoint: `${database.host}:${database.port}` },
    "regulator-test": { ...receiving, mode: "Test" },
    regulator: { ...receiving, mode: "Live" },
  };
  const objects = (await readExample(["store.yaml", "connector.yaml", "destination.yaml", "report.yaml"])).map(
    (manifest) => {
      const object = { ...manifest, metadata: { ...manifest.metadata, namespace } } as unknown as KubernetesObject;
      return {
        resource: resourceOf(object.kind),
        object: atPeers(object, { database, host, hostKey, port: receiver.port, inbox, isNumbered }),
      };
    },
  );
  const seen: string[] = [];
  watch(inbox, { persistent: false }, (event, name) => void (event === "rename" && name && seen.push(name)));
  return { objects, secrets: mountsOf(secrets), inbox, seen, store };
}

/** Beyond the example: files are numbered without gap, so that all failpoints lie on the way. */
const sequence = { name: "files", order: "Strict" };

interface Addresses {
  readonly database: PostgresqlPeer;
  readonly host: string;
  readonly port: number;
  readonly hostKey: string;
  readonly inbox: string;
  readonly isNumbered: boolean;
}

function atPeers(object: KubernetesObject, addresses: Addresses): KubernetesObject {
  const { database, host, port, hostKey, inbox, isNumbered } = addresses;
  const { spec } = object as unknown as { readonly spec: Readonly<Record<string, object>> };
  if (object.kind === "Connector") {
    const postgresql = { ...spec.postgresql, host: database.host, port: database.port, database: database.database };
    return { ...object, spec: { ...spec, postgresql } } as KubernetesObject;
  }
  if (object.kind === "Destination") {
    const sftp = { ...spec.sftp, host, port, directory: inbox, hostKeys: [hostKey] };
    return { ...object, spec: { ...spec, sftp, ...(isNumbered && { sequences: [sequence] }) } } as KubernetesObject;
  }
  if (object.kind === "Report" && isNumbered) {
    const deliverTo = (spec.deliverTo as readonly object[]).map((one) => ({ ...one, sequence: sequence.name }));
    return { ...object, spec: { ...spec, deliverTo } } as KubernetesObject;
  }
  return object;
}

function resourceOf(kind: string): Resource {
  const found = Object.values(resources).find((resource) => resource.kind === kind);
  if (!found) throw new Error(`the example has a ${kind}, which the harness does not know`);
  return found;
}

/** Watches Jobs and runs of all namespaces, past every proxy. */
function record(cluster: FaultCluster) {
  const stop = new AbortController();
  const histories = new Map<string, { readonly jobs: Set<string>; readonly runs: KubernetesObject[] }>();
  const historyOf = (namespace: string) => {
    const known = histories.get(namespace) ?? { jobs: new Set<string>(), runs: [] };
    histories.set(namespace, known);
    return known;
  };
  const { client } = cluster;
  const deps = { client, clock: systemClock, random: Math.random, metrics: newMetrics(new Registry()), log: silentLog };
  const jobs = newReflector<KubernetesObject>({ ...deps, resource: resources.jobs });
  const runs = newReflector<KubernetesObject>({ ...deps, resource: resources.reportRuns });
  jobs.subscribe(({ after }) => {
    if (after) historyOf(after.metadata.namespace ?? "").jobs.add(`${after.metadata.name} ${after.metadata.uid}`);
  });
  runs.subscribe(({ after }) => {
    if (after) historyOf(after.metadata.namespace ?? "").runs.push(after);
  });
  const running = [jobs, runs].map((reflector) => reflector.run(stop.signal));
  return {
    historyOf,
    async stop() {
      stop.abort();
      await Promise.all(running);
    },
  };
}
