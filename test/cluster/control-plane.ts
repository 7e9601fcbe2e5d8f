/** Starts a bare control plane: etcd, kube-apiserver and, when asked for, kube-controller-manager and kube-scheduler. No node. */

import { readFileSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { request } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { type BinaryName, ensureBinaries } from "./build-binaries.ts";
import { issueCertificate, newAuthority } from "./certificates.ts";
import {
  apiServerFlags,
  apiServiceAddress,
  type ControlPlanePlan,
  controllerManagerFlags,
  etcdFlags,
  schedulerFlags,
  urlOf,
} from "./control-plane-flags.ts";
import { isDaemonRunning, logOf, startDaemon, stopDaemon } from "./daemon.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { controlPlanePrograms, ensurePrograms } from "./packages.ts";
import { newProgress, type Progress } from "./progress.ts";
import { until } from "./until.ts";

/** Where it keeps its files (a new or empty folder) and what runs besides etcd and kube-apiserver. */
export type ControlPlaneOptions = {
  readonly dir: string;
  readonly controllerManager?: boolean;
  readonly scheduler?: boolean;
  /** Added to kube-apiserver's own flags. */
  readonly apiServerFlags?: readonly string[];
  readonly progress?: Progress;
};

/** A running control plane: `kubeconfig` is the path of its administrator's file. */
export type ControlPlane = { readonly kubeconfig: string; readonly url: string; stop(): Promise<void> };

/**
 * Starts a bare control plane on free loopback ports; ready when this returns. Several may run side by side.
 * It ends with the calling program, at the latest. Logs are in `<dir>/logs`. Throws a ClusterError.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { dir: folder, controllerManager = false, scheduler = false, progress = newProgress() } = options;
  await ensurePrograms(controlPlanePrograms, progress);
  const [port, etcdPort, etcdPeerPort] = await freePorts(3);
  const plan = { folder, address: "127.0.0.1", port, etcdPort, etcdPeerPort, hasNode: false } as ControlPlanePlan;
  await layControlPlane(plan);
  const names: readonly BinaryName[] = [
    ...(["etcd", "kube-apiserver"] as const),
    ...(controllerManager ? (["kube-controller-manager"] as const) : []),
    ...(scheduler ? (["kube-scheduler"] as const) : []),
  ];
  const stop = () => stopControlPlane(folder);
  try {
    await startDaemons(plan, { names, progress, endsWithUs: true, apiServerFlags: options.apiServerFlags ?? [] });
  } catch (error) {
    await stop();
    throw error;
  }
  return { kubeconfig: adminKubeconfigOf(folder), url: urlOf(plan), stop };
}

/** The administrator's kubeconfig below a control plane's folder. */
export const adminKubeconfigOf = (folder: string) => join(folder, "admin.kubeconfig");

/** Makes a control plane's certificates and kubeconfigs. */
export async function layControlPlane(plan: ControlPlanePlan): Promise<void> {
  const { folder, address } = plan;
  const certificates = join(folder, "certificates");
  await mkdir(folder, { recursive: true });
  await newAuthority(certificates);
  const names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];
  const hosts = [...names, "localhost", apiServiceAddress, ...new Set(["127.0.0.1", address])];
  await issueCertificate(certificates, { name: "api-server", commonName: "kube-apiserver", hosts });
  const common = { certificates, url: urlOf(plan), context: plan.hasNode ? "openreg-native" : "openreg-control-plane" };
  const users = [
    { file: "admin", user: "openreg-admin", organization: "system:masters" },
    { file: "controller-manager", user: "system:kube-controller-manager" },
    { file: "scheduler", user: "system:kube-scheduler" },
  ];
  for (const { file, ...who } of users) {
    await writeKubeconfig({ ...common, ...who, path: join(folder, `${file}.kubeconfig`) });
  }
}

/** Which daemons of a control plane are started, and how. */
export type StartOptions = {
  readonly names: readonly BinaryName[];
  readonly progress: Progress;
  readonly endsWithUs: boolean;
  readonly apiServerFlags: readonly string[];
};

/** Starts the named daemons in order and waits until the API server is ready. */
export async function startDaemons(plan: ControlPlanePlan, options: StartOptions): Promise<void> {
  const { names, progress, endsWithUs } = options;
  const { folder } = plan;
  const paths = await ensureBinaries(names, progress);
  const flags: Readonly<Partial<Record<BinaryName, readonly string[]>>> = {
    etcd: etcdFlags(plan),
    "kube-apiserver": [...apiServerFlags(plan), ...options.apiServerFlags],
    "kube-controller-manager": controllerManagerFlags(plan),
    "kube-scheduler": schedulerFlags(plan),
  };
  for (const name of names) {
    await startDaemon({ folder, name, program: paths[name], args: flags[name] ?? [], endsWithUs });
    if (name === "kube-apiserver") await untilReady(plan);
  }
  await chmod(join(folder, "etcd"), 0o700);
}

async function untilReady(plan: ControlPlanePlan): Promise<void> {
  const { folder } = plan;
  const log = logOf(folder, "kube-apiserver");
  const next = "Read the last lines of that log and of etcd.log beside it.";
  const gone = () => !isDaemonRunning(folder, "kube-apiserver") || !isDaemonRunning(folder, "etcd");
  await until({ what: `kube-apiserver at ${urlOf(plan)} is ready`, seconds: 120, log, next, gone }, () =>
    isReady(plan),
  );
}

/** Stops the daemons of a control plane, the API server before its store. */
export async function stopControlPlane(folder: string): Promise<void> {
  for (const name of ["kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"]) {
    await stopDaemon(folder, name, name === "kube-apiserver" ? 5 : 10);
  }
}

/** Whether the API server answers `/readyz` with 200. */
export async function isReady(plan: ControlPlanePlan): Promise<boolean> {
  const read = (name: string) => readFileSync(join(plan.folder, "certificates", name));
  const credentials = {
    ca: read("ca.crt"),
    cert: read("client-openreg-admin.crt"),
    key: read("client-openreg-admin.key"),
  };
  return new Promise((resolve) => {
    const asked = request(`${urlOf(plan)}/readyz`, { ...credentials, agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(false)); // refused, or too early for TLS
    asked.end();
  });
}

/** Free loopback ports, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
