/** Owns how this program finds the API server and proves who it is; the only file that imports the client library. */
import { readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";

/** What one request needs besides its path. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Pick<RequestOptions, "ca" | "cert" | "key" | "rejectUnauthorized" | "servername">;
}

/** The way to one API server. */
export interface ClusterAccess {
  /** Base address, e.g. `https://10.96.0.1:443`. */
  readonly server: string;
  /** Fresh credentials: token files and certificates are read again when they may have changed. */
  credentials(): Promise<Credentials>;
}

/** Access by a kubeconfig file and one of its contexts (by default its current one), or, without a file, by the service account of this Pod. */
export function loadClusterAccess(kubeconfigPath?: string, context?: string): ClusterAccess {
  const config = new KubeConfig();
  if (kubeconfigPath) config.loadFromFile(kubeconfigPath);
  else config.loadFromCluster();
  if (context) config.setCurrentContext(context);
  return toClusterAccess(config);
}

/** Access by a kubeconfig that has been loaded. Throws when its current context names no cluster. */
export function toClusterAccess(config: KubeConfig): ClusterAccess {
  const cluster = config.getCurrentCluster();
  if (!cluster)
    throw new Error(`kubeconfig context '${config.getCurrentContext()}' names no cluster: set current-context`);
  if (cluster.proxyUrl)
    throw new Error(`kubeconfig cluster '${cluster.name}' has proxy-url, which is not supported: remove it`);
  return {
    server: cluster.server.replace(/\/$/, ""),
    async credentials() {
      const options: RequestOptions = { headers: {} };
      await config.applyToHTTPSOptions(options);
      const headers = { ...(options.headers as Record<string, string>) };
      if (options.auth) headers.Authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
      const { ca, cert, key, rejectUnauthorized, servername } = options;
      return { headers, tls: { ca, cert, key, rejectUnauthorized, servername } };
    },
  };
}

/** The namespace this Pod runs in. Throws outside of a Pod. */
export function namespaceOfPod(path = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"): string {
  return readFileSync(path, "utf8").trim();
}
