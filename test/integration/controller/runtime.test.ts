/** Proves the controller runtime against a real API server: what the fake one claims, this one shows. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type ApiClient, newApiClient } from "../../../operator/src/controller/api-client.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../../../operator/src/controller/api-error.ts";
import { systemClock } from "../../../operator/src/controller/clock.ts";
import { type ClusterAccess, loadClusterAccess } from "../../../operator/src/controller/cluster-access.ts";
import { runControllers } from "../../../operator/src/controller/control-loop.ts";
import { newController } from "../../../operator/src/controller/controller.ts";
import { newEventRecorder } from "../../../operator/src/controller/events.ts";
import { type KubernetesObject, keyOf, type Resource } from "../../../operator/src/controller/kubernetes.ts";
import { leases, newLeaderElection } from "../../../operator/src/controller/leader-election.ts";
import { silentLog } from "../../../operator/src/controller/log.ts";
import { newMetrics } from "../../../operator/src/controller/metrics.ts";
import { newReflector, type Reflector, type ReflectorOptions } from "../../../operator/src/controller/reflector.ts";
import { newTransport, type Transport } from "../../../operator/src/controller/transport.ts";
import { until } from "../../../operator/src/controller/virtual-clock.ts";
import { watching } from "../../../operator/src/controller/watching.ts";
import { type ControlPlane, startControlPlane } from "../../cluster/control-plane.ts";
import { recordedPid, startDaemon } from "../../cluster/daemon.ts";

interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

const configMaps: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const namespaces: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };
const events: Resource = { group: "", version: "v1", kind: "Event", plural: "events", namespaced: true };

let folder: string;
let controlPlane: ControlPlane;
let access: ClusterAccess;
let transport: Transport;
let client: ApiClient;
let registry: Registry;
let namespace: string;
let stop: AbortController;
let running: Promise<unknown>[];
let number = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "openreg-runtime-"));
  controlPlane = await startControlPlane({ dir: join(folder, "plane") });
  access = loadClusterAccess(controlPlane.kubeconfig);
});

afterAll(async () => {
  await controlPlane?.stop();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  registry = new Registry();
  transport = newTransport(access, systemClock);
  client = newApiClient({ ...deps(), transport, callsPerSecond: 1_000, burst: 2_000 });
  stop = new AbortController();
  running = [];
  namespace = `test-${++number}`;
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
});

afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  transport.close();
});

let metrics: ReturnType<typeof newMetrics> | undefined;
const deps = () => {
  if (registry.getSingleMetric("workqueue_depth") === undefined) metrics = newMetrics(registry);
  return { clock: systemClock, random: Math.random, metrics: metrics as ReturnType<typeof newMetrics>, log: silentLog };
};

const newMap = (name: string, data: Record<string, string> = {}): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  data,
});
const keyed = (name: string) => ({ namespace, name });

async function startReflector(options: Partial<ReflectorOptions<ConfigMap>> = {}): Promise<Reflector<ConfigMap>> {
  const reflector = newReflector<ConfigMap>({ ...deps(), client, resource: configMaps, namespace, ...options });
  running.push(reflector.run(stop.signal));
  await until(() => reflector.hasSynced());
  return reflector;
}

async function count(metric: string, labels: Record<string, string>): Promise<number> {
  const { values = [] } = (await registry.getSingleMetric(metric)?.get()) ?? {};
  const given = Object.entries(labels);
  const wanted = values.filter((value) =>
    given.every(([label, text]) => (value.labels as Record<string, unknown>)[label] === text),
  );
  return wanted.reduce((sum, { value }) => sum + value, 0);
}

/** Ends the API server as a crash does, and starts it again as it was. */
async function crashApiServer(): Promise<{ restart(): Promise<void> }> {
  const plane = join(folder, "plane");
  const pid = recordedPid(plane, "kube-apiserver") as number;
  const [program, ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1) as [
    string,
    ...string[],
  ];
  process.kill(pid, "SIGKILL");
  await until(() => recordedPid(plane, "kube-apiserver") === undefined);
  return { restart: () => startDaemon({ folder: plane, name: "kube-apiserver", program, args, endsWithUs: true }) };
}

async function eventually(holds: () => boolean | Promise<boolean>, seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`it did not come true within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("C3: lists more than 500 objects in pages, and follows them", async () => {
  await Promise.all(Array.from({ length: 1203 }, (_, index) => client.create(configMaps, newMap(`map-${index}`))));
  const before = await count("rest_client_requests_total", { verb: "list" });
  const reflector = await startReflector();
  expect(reflector.store.list()).toHaveLength(1203);
  expect((await count("rest_client_requests_total", { verb: "list" })) - before).toBe(3);
  await client.create(configMaps, newMap("late", { a: "Žilina €" }));
  await until(() => reflector.store.get(keyed("late"))?.data?.a === "Žilina €");
});

test("C6: items of a list and events of a watch look alike: kind, no managed fields, frozen", async () => {
  await client.apply(configMaps, newMap("listed"));
  const reflector = await startReflector();
  await client.apply(configMaps, newMap("watched"));
  await until(() => reflector.store.get(keyed("watched")) !== undefined);
  for (const name of ["listed", "watched"]) {
    const object = reflector.store.get(keyed(name));
    expect(object).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
    expect(object?.metadata).not.toHaveProperty("managedFields");
    expect(Object.isFrozen(object?.metadata)).toBe(true);
  }
});

test("watches metadata only where that is asked for", async () => {
  await client.create(configMaps, newMap("before", { secret: "x" }));
  const reflector = await startReflector({ metadataOnly: true });
  await client.create(configMaps, newMap("after", { secret: "x" }));
  await until(() => reflector.store.get(keyed("after")) !== undefined);
  const cached = ["before", "after"].map((name) => reflector.store.get(keyed(name)));
  expect(cached.map((object) => [object?.kind, object?.data])).toEqual([
    ["ConfigMap", undefined],
    ["ConfigMap", undefined],
  ]);
});

test("an object that stops to match the selector leaves the cache, with the version of that write", async () => {
  const labelled = (settled: string) => ({ ...newMap("run"), metadata: { ...keyed("run"), labels: { settled } } });
  await client.apply(configMaps, labelled("false"));
  const reflector = await startReflector({ labelSelector: "settled!=true" });
  expect(reflector.store.get(keyed("run"))).toBeDefined();
  const written = await client.apply(configMaps, labelled("true"));
  await until(() => reflector.store.get(keyed("run")) === undefined);
  expect(reflector.hasReached(written.metadata.resourceVersion ?? "")).toBe(true);
  await reflector.refresh(keyed("run")); // a live read obeys the selector too
  expect(reflector.store.get(keyed("run"))).toBeUndefined();
});

test("C1 R9: a watch survives a crash of the API server, and nothing is lost", async () => {
  await client.create(configMaps, newMap("kept"));
  await client.create(configMaps, newMap("removed"));
  const reflector = await startReflector();
  const { restart } = await crashApiServer();
  const calls = (labels: Record<string, string>) => count("rest_client_requests_total", labels);
  const failed = async () => (await calls({})) - (await calls({ code: "2xx" }));
  const before = await failed();
  await eventually(async () => (await failed()) >= before + 2, 30);
  await restart();
  await eventually(() => client.find(configMaps, keyed("kept")).then(Boolean, () => false), 60);
  const { uid = "" } = (await client.get(configMaps, keyed("removed"))).metadata;
  await client.delete(configMaps, keyed("removed"), { uid });
  await client.create(configMaps, newMap("added"));
  const names = () =>
    reflector.store
      .list()
      .map((object) => object.metadata.name)
      .sort()
      .join();
  await eventually(() => names() === "added,kept", 60);
  expect(reflector.isLive()).toBe(true);
}, 180_000);

test("C11: deletes carry preconditions: another UID or version is a conflict", async () => {
  const created = await client.create(configMaps, newMap("once"));
  const uid = created.metadata.uid ?? "";
  const resourceVersion = created.metadata.resourceVersion ?? "";
  const other = "00000000-0000-0000-0000-000000000000";
  await expect(client.delete(configMaps, keyed("once"), { uid: other })).rejects.toSatisfy(isConflict);
  await client.mergePatch(configMaps, keyed("once"), { data: { a: "1" } });
  await expect(client.delete(configMaps, keyed("once"), { uid, resourceVersion })).rejects.toSatisfy(isConflict);
  await client.delete(configMaps, keyed("once"), { uid, propagationPolicy: "Background" });
  expect(await client.find(configMaps, keyed("once"))).toBeUndefined();
  await expect(client.delete(configMaps, keyed("once"), { uid })).rejects.toSatisfy(isNotFound);
});

test("a delete that waits for a finalizer answers the object, the last update removes it", async () => {
  const created = await client.create(configMaps, {
    ...newMap("held"),
    metadata: { ...keyed("held"), finalizers: ["openreg.dev/test"] },
  });
  const waiting = await client.delete(configMaps, keyed("held"), { uid: created.metadata.uid ?? "" });
  expect(waiting).toMatchObject({ kind: "ConfigMap", metadata: { name: "held" } });
  expect(waiting.metadata.deletionTimestamp).toBeDefined();
  await client.mergePatch(configMaps, keyed("held"), { metadata: { finalizers: null } });
  expect(await client.find(configMaps, keyed("held"))).toBeUndefined();
});

test("C12: server-side apply owns its fields, takes over only by force, and removes what it no longer says", async () => {
  await client.apply(configMaps, newMap("shared", { ours: "1", both: "1" }), { fieldManager: "openreg-operator" });
  const theirs = newMap("shared", { theirs: "1", both: "2" });
  await expect(client.apply(configMaps, theirs, { fieldManager: "somebody", force: false })).rejects.toSatisfy(
    isConflict,
  );
  await client.apply(configMaps, theirs, { fieldManager: "somebody" });
  const after = await client.apply(configMaps, newMap("shared", { ours: "2" }));
  expect(after.data).toEqual({ ours: "2", both: "2", theirs: "1" });
});

test("C11: a stale resourceVersion makes every write a conflict, a second create says that it exists", async () => {
  const created = await client.create(configMaps, newMap("busy"));
  await client.mergePatch(configMaps, keyed("busy"), { data: { a: "1" } });
  const { resourceVersion = "" } = created.metadata;
  await expect(client.replace(configMaps, created)).rejects.toSatisfy(isConflict);
  await expect(
    client.mergePatch(configMaps, keyed("busy"), { metadata: { resourceVersion }, data: { a: "2" } }),
  ).rejects.toSatisfy(isConflict);
  const applied = { ...newMap("busy"), metadata: { ...keyed("busy"), resourceVersion } };
  await expect(client.apply(configMaps, applied)).rejects.toSatisfy(isConflict);
  await expect(client.create(configMaps, newMap("busy"))).rejects.toSatisfy(isAlreadyExists);
});

test("C10: fifty writes of one key, each decided on the one before", async () => {
  const reflector = await startReflector();
  let writes = 0;
  const controller = newController({
    ...deps(),
    name: "counter",
    client,
    mayWrite: () => true,
    watches: [watching(reflector, (object) => [keyOf(object)])],
    reconcile: async (key, context) => {
      const map = context.store(reflector).get(key);
      const value = Number(map?.data?.count ?? 0);
      if (!map || value >= 50) return {};
      writes += 1;
      await context.client.mergePatch(configMaps, key, { data: { count: String(value + 1) } });
      return { requeueAfterMilliseconds: 1 };
    },
  });
  running.push(controller.run(stop.signal, stop.signal));
  await client.create(configMaps, newMap("counter"));
  await eventually(() => reflector.store.get(keyed("counter"))?.data?.count === "50", 20);
  expect(writes).toBe(50);
});

test("C18: equal events become one that counts", async () => {
  const recorder = newEventRecorder({ ...deps(), client, component: "openreg-operator", identity: "test" });
  const object = await client.create(configMaps, newMap("noisy"));
  for (let time = 0; time < 4; time++)
    recorder.record(object, { type: "Warning", reason: "Failed", message: "the same" });
  recorder.record(object, { type: "Normal", reason: "Recovered", message: "fine again" });
  await recorder.flush();
  const { items } = await client.listAll<KubernetesObject & { count: number; reason: string }>(events, { namespace });
  expect(items.map((event) => [event.reason, event.count]).sort()).toEqual([
    ["Failed", 4],
    ["Recovered", 1],
  ]);
});

/** Waits until the leader has renewed the lease so many times more. */
async function renewals(times: number): Promise<void> {
  const renewedAt = async () => {
    const lease = await client.get<KubernetesObject & { spec: { renewTime: string; holderIdentity: string } }>(
      leases,
      keyed("openreg-operator"),
    );
    expect(lease.spec.holderIdentity).toBe("first");
    return lease.spec.renewTime;
  };
  const seen = new Set([await renewedAt()]);
  await eventually(async () => seen.add(await renewedAt()).size > times, 30);
}

test("C14: two operators, one works; a clean stop hands over at once, with every object reconciled by both in turn", async () => {
  await client.create(configMaps, newMap("work"));
  const worked: string[] = [];
  const start = (identity: string) => {
    const stopping = new AbortController();
    const reflector = newReflector<ConfigMap>({ ...deps(), client, resource: configMaps, namespace });
    const election = newLeaderElection({ ...deps(), client, lease: keyed("openreg-operator"), identity });
    const controller = newController({
      ...deps(),
      name: "work",
      client,
      mayWrite: () => election.mayWrite(),
      watches: [watching(reflector, (object) => [keyOf(object)])],
      reconcile: async (key) => {
        if (key.name === "work") worked.push(identity);
        return {};
      },
    });
    const end = runControllers(
      { ...deps(), reflectors: [reflector], controllers: [controller], election },
      stopping.signal,
    );
    return { stopping, end, election };
  };
  const first = start("first");
  await eventually(() => worked.length === 1, 10);
  const second = start("second");
  await renewals(3);
  expect(second.election.mayWrite()).toBe(false);
  expect(worked).toEqual(["first"]);
  first.stopping.abort();
  expect(await first.end).toBe("Stopped");
  const stoppedAt = performance.now();
  await eventually(() => worked.includes("second"), 10);
  expect(performance.now() - stoppedAt).toBeLessThan(12_500);
  expect(worked).toEqual(["first", "second"]);
  second.stopping.abort();
  expect(await second.end).toBe("Stopped");
});
