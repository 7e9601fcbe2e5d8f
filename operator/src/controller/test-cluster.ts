/** Owns what the tests of the runtime start from: a fake API server, a virtual clock and a client between them. */
import { Registry } from "prom-client";
import { type ApiClient, newApiClient } from "./api-client.ts";
import { type FakeApiServer, newFakeApiServer } from "./fake-api-server.ts";
import type { Condition, KubernetesObject, Resource } from "./kubernetes.ts";
import { silentLog } from "./log.ts";
import { newMetrics } from "./metrics.ts";
import { newTransport } from "./transport.ts";
import { newVirtualClock, type VirtualClock } from "./virtual-clock.ts";

/** A kind for tests, with generation and status. */
export interface Widget extends KubernetesObject {
  readonly spec?: { readonly size?: number; readonly text?: string };
  readonly status?: { readonly size?: number; readonly conditions?: readonly Condition[] };
}

/** Where widgets live. */
export const widgets: Resource = {
  group: "test.openreg.dev",
  version: "v1",
  kind: "Widget",
  plural: "widgets",
  namespaced: true,
};

/** ConfigMaps, which have no generation. */
export const configMaps: Resource = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};

/** A widget without server fields. */
export function newWidget(name: string, size = 1, labels: Record<string, string> = {}): Widget {
  return {
    apiVersion: "test.openreg.dev/v1",
    kind: "Widget",
    metadata: { name, namespace: "default", labels },
    spec: { size },
  };
}

/** All of it together; `deps` is what most constructors take. */
export interface TestCluster {
  readonly server: FakeApiServer;
  readonly clock: VirtualClock;
  readonly client: ApiClient;
  readonly registry: Registry;
  readonly deps: {
    readonly client: ApiClient;
    readonly clock: VirtualClock;
    readonly random: () => number;
    readonly log: typeof silentLog;
    readonly metrics: ReturnType<typeof newMetrics>;
    readonly mayWrite: () => boolean;
  };
  /** The value of a metric, summed over the labels that are not given. */
  metric(name: string, labels?: Record<string, string>): Promise<number>;
  close(): Promise<void>;
}

/** Starts a cluster in this process. */
export async function startTestCluster(): Promise<TestCluster> {
  const server = await newFakeApiServer();
  const clock = newVirtualClock();
  const registry = new Registry();
  const metrics = newMetrics(registry);
  const random = () => 0.5;
  const transport = newTransport(server.access, clock);
  const client = newApiClient({ transport, clock, random, metrics });
  return {
    server,
    clock,
    client,
    registry,
    deps: { client, clock, random, metrics, log: silentLog, mayWrite: () => true },
    async metric(name, labels = {}) {
      const { values = [] } = (await registry.getSingleMetric(name)?.get()) ?? {};
      const wanted = values.filter((value) =>
        Object.entries(labels).every(([label, text]) => (value.labels as Record<string, unknown>)[label] === text),
      );
      return wanted.reduce((sum, { value }) => sum + value, 0);
    },
    async close() {
      transport.close();
      await server.close();
    },
  };
}
