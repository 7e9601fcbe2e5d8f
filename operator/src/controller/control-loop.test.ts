/** Proves the order of a life: caches, leadership, work, end. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { liveChecks, readyChecks, runControllers } from "./control-loop.ts";
import { type Controller, newController } from "./controller.ts";
import { keyOf } from "./kubernetes.ts";
import { type LeaderElection, leases, newLeaderElection } from "./leader-election.ts";
import { openProbes } from "./probes.ts";
import { newReflector, type Reflector } from "./reflector.ts";
import { newWidget, startTestCluster, type TestCluster, type Widget, widgets } from "./test-cluster.ts";
import { until } from "./virtual-clock.ts";
import { watching } from "./watching.ts";

let cluster: TestCluster;
let reflector: Reflector<Widget>;
let controller: Controller;
let election: LeaderElection;
let stop: AbortController;
let seen: string[];
let finish: PromiseWithResolvers<void>;
const lease = { namespace: "default", name: "openreg-operator" };

beforeEach(async () => {
  cluster = await startTestCluster();
  stop = new AbortController();
  seen = [];
  finish = Promise.withResolvers<void>();
  reflector = newReflector<Widget>({ ...cluster.deps, resource: widgets });
  election = newLeaderElection({ ...cluster.deps, lease, identity: "me" });
  controller = newController({
    ...cluster.deps,
    name: "widget",
    mayWrite: () => election.mayWrite(),
    watches: [watching(reflector, (widget) => [keyOf(widget)])],
    reconcile: async (key) => {
      seen.push(key.name);
      await finish.promise;
      return {};
    },
  });
});

afterEach(async () => {
  stop.abort();
  finish.resolve();
  await cluster.close();
});

const start = () =>
  runControllers({ ...cluster.deps, reflectors: [reflector], controllers: [controller], election }, stop.signal);
const holder = () =>
  (cluster.server.get(leases, lease)?.spec as { holderIdentity: string } | undefined)?.holderIdentity;

test("C9: reconciles nothing before the caches are filled, and fills them while it stands by", async () => {
  cluster.server.put(leases, { metadata: lease, spec: { holderIdentity: "other", leaseDurationSeconds: 10 } });
  cluster.server.put(widgets, newWidget("a"));
  const end = start();
  await until(() => reflector.hasSynced());
  await cluster.clock.advance(5_000);
  expect(seen).toEqual([]);
  cluster.server.put(leases, { metadata: lease, spec: { holderIdentity: "" } });
  for (let second = 0; second < 5 && seen.length === 0; second++) await cluster.clock.advance(1_000);
  await until(() => seen.length === 1);
  stop.abort();
  finish.resolve();
  expect(await end).toBe("Stopped");
});

test("R20: a stop finishes what was begun, then gives the lease up", async () => {
  cluster.server.put(widgets, newWidget("a"));
  const end = start();
  await until(() => seen.length === 1);
  stop.abort();
  cluster.server.put(widgets, newWidget("b"));
  await until(() => reflector.store.list().length === 2);
  expect(holder()).toBe("me");
  finish.resolve();
  expect(await end).toBe("Stopped");
  expect(holder()).toBe("");
  expect(seen).toEqual(["a"]);
});

test("R20: a stop abandons after 25 s what does not end", async () => {
  cluster.server.put(widgets, newWidget("a"));
  const end = start();
  await until(() => seen.length === 1);
  stop.abort();
  for (let second = 0; second < 26; second++) {
    await cluster.clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(await end).toBe("Stopped");
  expect(holder()).toBe("");
});

test("C14: without the lease it ends, and says so", async () => {
  cluster.server.put(widgets, newWidget("a"));
  const end = start();
  await until(() => seen.length === 1);
  cluster.server.intercept((request) =>
    request.path.includes("leases") ? { kind: "Answer", status: 500, body: {} } : undefined,
  );
  for (let second = 0; second < 9; second++) {
    await cluster.clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(await end).toBe("LeadershipLost");
});

test.each([
  ["end", async () => undefined],
  ["throw", async () => Promise.reject(new Error("a fault of ours"))],
])(
  "when the workers of one kind %s by themselves the whole program ends, and gives the lease up",
  async (_how, run) => {
    const dying: Controller = { name: "dying", run, enqueue: () => undefined, isStuck: () => false };
    finish.resolve();
    const parts = { ...cluster.deps, reflectors: [reflector], controllers: [controller, dying], election };
    const end = runControllers(parts, stop.signal);
    await cluster.clock.advance(1_000);
    await until(() => holder() === "");
    expect(await end).toBe("WorkersDied");
  },
);

test("C9: does not even stand for election before the caches are filled", async () => {
  cluster.server.intercept((request) => (request.path.includes("widgets") ? { kind: "Hang" } : undefined));
  const end = start();
  await until(() => cluster.server.requests.length > 0);
  await cluster.clock.advance(5_000);
  expect(cluster.server.requests.filter((request) => request.path.includes("leases"))).toEqual([]);
  stop.abort();
  await end;
});

test("a stop before the caches are filled ends at once", async () => {
  cluster.server.intercept(() => ({ kind: "Hang" }));
  const end = start();
  stop.abort();
  expect(await end).toBe("Stopped");
});

test("the port tells what is not ready, and all metrics", async () => {
  const probes = await openProbes({
    port: 0,
    host: "127.0.0.1",
    live: liveChecks({ controllers: [controller] }),
    ready: readyChecks({ reflectors: [reflector] }),
    metrics: cluster.registry,
  });
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${probes.port}${path}`);
    return { status: response.status, text: await response.text() };
  };
  expect(await ask("/readyz")).toEqual({ status: 503, text: "[-] widgets: not listed yet\n" });
  expect(await ask("/livez")).toEqual({ status: 200, text: "[+] widget ok\n" });
  const end = start();
  await until(() => cluster.server.watches.length === 1);
  expect((await ask("/readyz")).status).toBe(200);
  expect((await ask("/metrics")).text).toContain("workqueue_depth");
  expect((await ask("/nothing")).status).toBe(404);
  stop.abort();
  finish.resolve();
  await end;
  await probes.close();
});
