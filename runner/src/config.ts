/** Owns the environment of the runner's process. */
import { join } from "node:path";
import { podPaths, runnerEnvironment } from "@openreg/crds";
import type { AddressPolicy } from "./network/address-guard.ts";

/** What the process is told by its environment. */
export interface RunnerConfig {
  readonly podName: string;
  readonly podUID: string;
  readonly namespace: string;
  /** URL of the API server. */
  readonly apiServer: string;
  /** sha256 that the plan must have; empty outside a Pod. */
  readonly planSha256: string;
  readonly paths: typeof podPaths;
  readonly addresses: AddressPolicy;
  /** What `newFailpoint` reads, or empty; set by tests only. */
  readonly failpoint: string;
}

/** Reads the environment. `OPENREG_TEST_ROOT` moves all paths below a folder, for tests outside a Pod. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): RunnerConfig {
  const root = environment.OPENREG_TEST_ROOT ?? "";
  const isPod = root === "";
  const { KUBERNETES_SERVICE_HOST: host = "kubernetes.default.svc", KUBERNETES_SERVICE_PORT: port = "443" } =
    environment;
  const inCluster = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const apiServer = environment[runnerEnvironment.apiServer] || inCluster;
  return {
    podName: environment[runnerEnvironment.podName] ?? "",
    podUID: environment[runnerEnvironment.podUID] ?? "",
    namespace: environment[runnerEnvironment.namespace] ?? "",
    apiServer,
    planSha256: environment[runnerEnvironment.planSha256] ?? "",
    addresses: isPod
      ? { allowLoopback: false, apiServer: [host, hostOf(apiServer)] }
      : { allowLoopback: true, apiServer: [] },
    paths: Object.fromEntries(
      Object.entries(podPaths).map(([name, path]) => [name, isPod ? path : join(root, path)]),
    ) as typeof podPaths,
    failpoint: environment.OPENREG_TEST_FAILPOINT ?? "",
  };
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, "");
}
