/** Starts a control plane with the chart's kinds, rights and policies for fault plans; each plan gets a namespace of its own. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Registry } from "prom-client";
import { type ApiClient, newApiClient } from "../../operator/src/controller/api-client.ts";
import { systemClock } from "../../operator/src/controller/clock.ts";
import { type ClusterAccess, loadClusterAccess } from "../../operator/src/controller/cluster-access.ts";
import type { KubernetesObject, Resource } from "../../operator/src/controller/kubernetes.ts";
import { newMetrics } from "../../operator/src/controller/metrics.ts";
import { newTransport } from "../../operator/src/controller/transport.ts";
import { ensureBinaries } from "../cluster/build-binaries.ts";
import { run } from "../cluster/command.ts";
import { type ControlPlane, startControlPlane } from "../cluster/control-plane.ts";
import { newProgress, quiet } from "../cluster/progress.ts";
import { until } from "../cluster/until.ts";
import { type Manifest, releaseNamespace, renderChart } from "../integration/chart/render-chart.ts";
import { namespaces, serviceAccounts } from "../integration/operator/core-resources.ts";

/** The namespace of the chart's tenant; those of plans are copies of it. */
const pattern = "pattern";

/** A control plane and who may speak to it. */
export interface FaultCluster {
  readonly controlPlane: ControlPlane;
  readonly folder: string;
  /** What the chart tells the operator about the NetworkPolicies of runs, as JSON. */
  readonly runNetwork: string;
  /** Speaks as the administrator, around every proxy. */
  readonly client: ApiClient;
  /** Speaks as the controller that makes the Pods of Jobs. */
  readonly jobController: ApiClient;
  /** Makes a namespace in which runs can happen and an operator can have its lease. */
  newTenant(name: string): Promise<void>;
  /** A kubeconfig by which the operator reaches an address; `ca` in PEM. */
  operatorKubeconfig(name: string, server: string, ca: string): Promise<string>;
  /** A token of the ServiceAccount of run Pods, bound to a Pod. */
  podToken(namespace: string, pod: { readonly name: string; readonly uid: string }): Promise<string>;
  /** A token of the operator, valid for so many seconds. */
  operatorToken(seconds?: number): Promise<string>;
  stop(): Promise<void>;
}

/** Starts it in a folder; ready for objects of all kinds when this returns. */
export async function startFaultCluster(folder: string): Promise<FaultCluster> {
  const controlPlane = await startControlPlane({ dir: folder, controllerManager: true, progress: quiet });
  const access = loadClusterAccess(controlPlane.kubeconfig);
  const transport = newTransport(access, systemClock);
  const limits = { callsPerSecond: 2_000, burst: 4_000 };
  const metrics = newMetrics(new Registry());
  const client = newApiClient({ transport, clock: systemClock, random: Math.random, metrics, ...limits });
  const jobController = newApiClient({
    transport: newTransport(as(access, "system:serviceaccount:kube-system:job-controller"), systemClock),
    ...{ clock: systemClock, random: Math.random, metrics, ...limits },
  });
  const chart = await renderChart({ tenants: [{ namespace: pattern }] });
  const manifests = chart.filter(({ kind }) => kind !== "Deployment" && kind !== "NetworkPolicy");
  const apply = await newApply(controlPlane.kubeconfig);
  const names = [releaseNamespace, pattern];
  await apply(names.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
  await apply(manifests);
  await untilServed(client);
  const copied = manifests.filter(isCopied);
  const token = async (namespace: string, name: string, spec: object) => {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const body = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec });
    const headers = { "Content-Type": "application/json" };
    const { text } = await transport.send({ method: "POST", path, body, headers, timeoutMilliseconds: 30_000 });
    return JSON.parse(text).status.token as string;
  };
  const operatorToken = (expirationSeconds = 24 * 3_600) =>
    token(releaseNamespace, "openreg-operator", { expirationSeconds });
  return {
    controlPlane,
    folder,
    runNetwork: runNetworkOf(chart),
    client,
    jobController,
    operatorToken,
    podToken: (namespace, pod) =>
      token(namespace, "openreg-runner", {
        expirationSeconds: 600,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", ...pod },
      }),
    async newTenant(name) {
      await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
      for (const one of copied) await client.create(resourceOf(one), copyOf(one, name));
      await until({ what: `${name} has its ServiceAccount`, seconds: 20, everyMs: 20 }, async () =>
        Boolean(await client.find(serviceAccounts, { namespace: name, name: "openreg-runner" })),
      );
    },
    async operatorKubeconfig(name, server, ca) {
      const path = join(folder, `${name}.kubeconfig`);
      await writeFile(path, kubeconfigWith(server, ca, await operatorToken()), { mode: 0o600 });
      return path;
    },
    async stop() {
      transport.close();
      await controlPlane.stop();
    },
  };
}

function as(access: ClusterAccess, user: string): ClusterAccess {
  return {
    ...access,
    async credentials() {
      const { headers, tls } = await access.credentials();
      return { tls, headers: { ...headers, "Impersonate-User": user } };
    },
  };
}

/** The text of a kubeconfig with a token. */
export function kubeconfigWith(server: string, ca: string, token: string): string {
  const cluster = { server, "certificate-authority-data": Buffer.from(ca).toString("base64") };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "faults",
    clusters: [{ name: "faults", cluster }],
    users: [{ name: "operator", user: { token } }],
    contexts: [{ name: "faults", context: { cluster: "faults", user: "operator" } }],
  });
}

function runNetworkOf(chart: readonly Manifest[]): string {
  const operator = chart.find(({ kind }) => kind === "Deployment");
  const environment: readonly { readonly name: string; readonly value?: string }[] =
    operator?.spec.template.spec.containers[0].env ?? [];
  const told = environment.find(({ name }) => name === "OPENREG_RUN_NETWORK");
  if (!told?.value) throw new Error("the chart's operator is told nothing about the NetworkPolicies of runs");
  return told.value;
}

/** Rights of the tenant's runs, and the operator's rights in its own namespace. */
function isCopied({ kind, metadata }: Manifest): boolean {
  const isRight = kind === "Role" || kind === "RoleBinding";
  if (metadata.namespace === pattern) return isRight || kind === "ServiceAccount";
  return metadata.namespace === releaseNamespace && isRight;
}

function resourceOf({ apiVersion, kind }: Manifest): Resource {
  const [version, group = ""] = apiVersion.split("/").toReversed() as [string, string?];
  return { group, version, kind, plural: `${kind.toLowerCase()}s`, namespaced: true };
}

function copyOf(one: Manifest, namespace: string): KubernetesObject {
  const subjects = (one.subjects as { readonly namespace?: string }[] | undefined)?.map((subject) =>
    subject.namespace === pattern ? { ...subject, namespace } : subject,
  );
  return { ...one, metadata: { ...one.metadata, namespace }, ...(subjects && { subjects }) } as KubernetesObject;
}

async function newApply(kubeconfig: string): Promise<(objects: readonly object[]) => Promise<void>> {
  const { kubectl } = await ensureBinaries(["kubectl"], newProgress());
  return async (items) => {
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    await run(kubectl, ["--kubeconfig", kubeconfig, "apply", "--server-side", "-f", "-"], { input });
  };
}

async function untilServed(client: ApiClient): Promise<void> {
  const kinds = ["reports", "reportruns", "reportversions", "connectors", "destinations", "artifactstores", "rulesets"];
  for (const plural of [...kinds, "mappingsets"]) {
    const resource = { group: "openreg.dev", version: "v1alpha1", kind: plural, plural, namespaced: true };
    await until({ what: `${plural} are served`, seconds: 60 }, () =>
      client.list(resource, { namespace: "default" }).then(
        () => true,
        () => false,
      ),
    );
  }
}
