/** Starts a control plane with Job controller, our CRDs and a tenant namespace, and operators against it: all real but kubelet and runner. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { newDefinitionCheck } from "../../../operator/src/check-worker.ts";
import { type Config, readConfig } from "../../../operator/src/config.ts";
import { type ApiClient, newApiClient } from "../../../operator/src/controller/api-client.ts";
import { isAlreadyExists } from "../../../operator/src/controller/api-error.ts";
import { systemClock } from "../../../operator/src/controller/clock.ts";
import { type ClusterAccess, loadClusterAccess } from "../../../operator/src/controller/cluster-access.ts";
import type { KubernetesObject, Resource } from "../../../operator/src/controller/kubernetes.ts";
import { leases } from "../../../operator/src/controller/leader-election.ts";
import { silentLog } from "../../../operator/src/controller/log.ts";
import { newMetrics } from "../../../operator/src/controller/metrics.ts";
import { newTransport, type Transport } from "../../../operator/src/controller/transport.ts";
import type { EvidenceSigner } from "../../../operator/src/evidence-signer.ts";
import { newOperator } from "../../../operator/src/operator.ts";
import { startControlPlane } from "../../cluster/control-plane.ts";
import { writeKubeconfig } from "../../cluster/kubeconfig.ts";
import { quiet } from "../../cluster/progress.ts";
import { until } from "../../cluster/until.ts";
import { committedCrds } from "../crds/api.ts";
import { watchConditions } from "./condition-watch.ts";
import { namespaces, serviceAccounts } from "./core-resources.ts";

/** Settings that make waits short. */
const impatient = {
  OPENREG_NOT_READY_GRACE_SECONDS: "3",
  OPENREG_NOT_FOUND_GRACE_SECONDS: "3",
  OPENREG_BACKOFF_INITIAL_SECONDS: "1",
  OPENREG_BACKOFF_MAX_SECONDS: "2",
  OPENREG_CANCEL_GRACE_SECONDS: "2",
  OPENREG_POD_START_TIMEOUT_SECONDS: "30",
  OPENREG_POD_PROBLEM_AFTER_SECONDS: "1",
  OPENREG_OPERATOR_NAMESPACE: "default",
};

/** A running operator. */
export interface RunningOperator {
  stop(): Promise<void>;
}

/** How an operator is started. */
export interface OperatorStart {
  readonly environment?: Readonly<Record<string, string>>;
  readonly wrapTransport?: (transport: Transport) => Transport;
  readonly signer?: EvidenceSigner;
}

/** A control plane and what is done with it. */
export interface OperatorCluster {
  readonly client: ApiClient;
  /** Where the control plane keeps its files; logs of tests may go there too. */
  readonly folder: string;
  readonly kubeconfig: string;
  /** A kubeconfig for somebody who may do everything, under a name of their own. */
  newAdministrator(user: string): Promise<string>;
  startOperator(start?: OperatorStart): RunningOperator;
  /** Makes a namespace in which runs can happen. */
  newTenant(name: string): Promise<void>;
  /** Resolves with what `look` answers once it is not undefined; throws after a minute. */
  eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T>;
  /** Throws when a condition that was ever served broke a rule. */
  stop(): Promise<void>;
}

const customResources: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

/** What a cluster is started with beyond the usual. */
export interface ClusterOptions {
  readonly scheduler?: boolean;
  /** Of the client of the test; 200 by default. */
  readonly callsPerSecond?: number;
  /** Added to kube-apiserver's own flags. */
  readonly apiServerFlags?: readonly string[];
}

/** Starts it; ready for objects of all kinds when this returns. */
export async function startOperatorCluster(options: ClusterOptions = {}): Promise<OperatorCluster> {
  const dir = mkdtempSync(join(tmpdir(), "openreg-operator-"));
  const controlPlane = await startControlPlane({
    dir,
    controllerManager: true,
    progress: quiet,
    scheduler: options.scheduler ?? false,
    apiServerFlags: options.apiServerFlags ?? [],
  });
  const access = loadClusterAccess(controlPlane.kubeconfig);
  const { client, close } = newClient(access, options.callsPerSecond);
  for (const crd of committedCrds.values()) await client.create(customResources, crd as unknown as KubernetesObject);
  for (const crd of committedCrds.values()) await untilServed(client, crd.spec.names);
  const check = newDefinitionCheck({
    workerFile: new URL("../../../operator/src/check-worker.ts", import.meta.url),
    timeoutMilliseconds: 20_000,
  });
  const running = new Set<RunningOperator>();
  const conditions = watchConditions(client);
  return {
    client,
    folder: dir,
    kubeconfig: controlPlane.kubeconfig,
    async newAdministrator(user) {
      const path = join(dir, `${user}.kubeconfig`);
      const certificates = join(dir, "certificates");
      const common = { certificates, url: controlPlane.url, context: "openreg-control-plane" };
      await writeKubeconfig({ ...common, path, user, organization: "system:masters" });
      return path;
    },
    startOperator(start = {}) {
      const operator = startOperator({ access, client, check, start });
      running.add(operator);
      return operator;
    },
    async newTenant(name) {
      await createOrKeep(client, namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
      const account = {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "openreg-runner", namespace: name },
      };
      await createOrKeep(client, serviceAccounts, account);
    },
    async eventually(what, look) {
      let seen: Awaited<ReturnType<typeof look>> | undefined;
      await until({ what, seconds: 60 }, async () => {
        seen = await look();
        return seen !== undefined;
      });
      return seen as NonNullable<typeof seen>;
    },
    async stop() {
      for (const operator of running) await operator.stop();
      const broken = await conditions.stop();
      await check.close();
      close();
      await controlPlane.stop();
      rmSync(dir, { recursive: true, force: true });
      if (broken.length > 0) throw new Error(`conditions broke their rules:\n${broken.join("\n")}`);
    },
  };
}

function newClient(access: ClusterAccess, callsPerSecond = 200) {
  const transport = newTransport(access, systemClock);
  const metrics = newMetrics(new Registry());
  const rate = { callsPerSecond, burst: 2 * callsPerSecond };
  const client = newApiClient({ transport, clock: systemClock, random: Math.random, metrics, ...rate });
  return { client, close: () => transport.close() };
}

async function untilServed(
  client: ApiClient,
  { kind, plural }: { readonly kind: string; readonly plural: string },
): Promise<void> {
  const resource: Resource = { group: "openreg.dev", version: "v1alpha1", kind, plural, namespaced: true };
  const isServed = () =>
    client.list(resource, { namespace: "default" }).then(
      () => true,
      () => false,
    );
  await until({ what: `${kind} is served`, seconds: 30 }, isServed);
}

async function createOrKeep(client: ApiClient, resource: Resource, object: KubernetesObject): Promise<void> {
  await client.create(resource, object).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
  });
}

interface Starting {
  readonly access: ClusterAccess;
  readonly client: ApiClient;
  readonly check: ReturnType<typeof newDefinitionCheck>;
  readonly start: OperatorStart;
}

function startOperator({ access, client, check, start }: Starting): RunningOperator {
  const stop = new AbortController();
  const config: Config = readConfig({ ...impatient, ...start.environment });
  const operator = newOperator({
    config,
    access,
    clock: systemClock,
    random: Math.random,
    log: process.env.OPENREG_TEST_LOG ? consoleLog : silentLog,
    registry: new Registry(),
    check,
    signer: start.signer,
    ...(start.wrapTransport && { wrapTransport: start.wrapTransport }),
  });
  const ended = operator.run(stop.signal);
  return {
    async stop() {
      if (stop.signal.aborted) return;
      stop.abort();
      await ended;
      await giveUpLease(client);
    },
  };
}

/** A crashed operator leaves its lease; the next one need not wait for it to expire. */
async function giveUpLease(client: ApiClient): Promise<void> {
  const key = { namespace: "default", name: "openreg-operator" };
  const lease = await client.find(leases, key);
  if (lease?.metadata.uid) await client.delete(leases, key, { uid: lease.metadata.uid });
}

const say = (fields: object, message: string) => console.error(message, JSON.stringify(fields));
const consoleLog = { info: say, warn: say, error: say };
