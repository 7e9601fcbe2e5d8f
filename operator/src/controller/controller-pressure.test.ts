/** Proves that the loop stays calm under floods, conflicts and dead workers. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiError } from "./api-error.ts";
import { liveChecks } from "./control-loop.ts";
import { type Controller, type ControllerOptions, newController } from "./controller.ts";
import { keyOf, type ReconcileResult } from "./kubernetes.ts";
import { openProbes } from "./probes.ts";
import type { ReconcileContext } from "./reconcile-context.ts";
import { newReflector, type Reflector } from "./reflector.ts";
import { configMaps, newWidget, startTestCluster, type TestCluster, type Widget, widgets } from "./test-cluster.ts";
import { until } from "./virtual-clock.ts";
import { watching } from "./watching.ts";

let cluster: TestCluster;
let reflector: Reflector<Widget>;
let others: Reflector<Widget>;
let seen: string[];
const stop = { current: new AbortController() };
let running: Promise<unknown>[];

beforeEach(async () => {
  cluster = await startTestCluster();
  seen = [];
  stop.current = new AbortController();
  reflector = newReflector<Widget>({ ...cluster.deps, resource: widgets });
  others = newReflector<Widget>({ ...cluster.deps, resource: configMaps });
  running = [reflector, others].map((one) => one.run(stop.current.signal));
  await until(() => reflector.hasSynced() && others.hasSynced() && cluster.server.watches.length === 2);
});

afterEach(async () => {
  stop.current.abort();
  await Promise.all(running);
  await cluster.close();
});

function run(
  reconcile: (context: ReconcileContext) => Promise<ReconcileResult>,
  options: Partial<ControllerOptions> = {},
): Controller {
  const controller = newController({
    name: "widget",
    watches: [watching(reflector, (widget) => [keyOf(widget)])],
    reconcile: (key, context) => {
      seen.push(key.name);
      return reconcile(context);
    },
    ...cluster.deps,
    ...options,
  });
  running.push(controller.run(stop.current.signal, stop.current.signal));
  return controller;
}

const put = (name: string, size: number) => cluster.server.put(widgets, newWidget(name, size));
const child = (size: number) =>
  cluster.server.put(configMaps, { metadata: { name: `c${size}`, namespace: "default" }, data: {} });

test("C16: five hundred events of others wake an object at once and then every two seconds, and open no breaker", async () => {
  const parent = [{ namespace: "default", name: "parent" }];
  run(async () => ({}), {
    watches: [
      watching(reflector, (widget) => [keyOf(widget)]),
      watching(others, () => parent, { throttleMilliseconds: 2_000 }),
    ],
  });
  for (let size = 0; size < 500; size++) child(size);
  await until(() => others.store.list().length === 500);
  await cluster.clock.advance(1_000);
  expect(seen).toEqual(["parent"]);
  await cluster.clock.advance(1_500);
  expect(seen).toEqual(["parent", "parent"]);
  await cluster.clock.advance(60_000);
  expect(seen).toHaveLength(2);
  expect(await cluster.metric("openreg_hot_loop_breakers_open")).toBe(0);
});

test("C10: a key whose last write is not in the cache yet gives its worker back until it is", async () => {
  const controller = run(
    async ({ client }) => {
      if (seen.length === 1)
        await client.mergePatch(widgets, { namespace: "default", name: "a" }, { spec: { size: 2 } });
      return {};
    },
    { workers: 1 },
  );
  put("a", 1);
  await until(() => reflector.store.list().length === 1);
  for (const watch of cluster.server.watches) watch.mute();
  await until(() => seen.length === 1);
  controller.enqueue({ namespace: "default", name: "a" });
  controller.enqueue({ namespace: "default", name: "b" });
  await until(() => seen.includes("b"), "the other key, without time passing");
  expect(seen).toEqual(["a", "b"]);
  await cluster.clock.advance(5_000);
  await until(() => seen.length === 3);
  expect(seen).toEqual(["a", "b", "a"]);
});

test("C11: after a conflict nothing is tried before the cache has moved, and then at once", async () => {
  const conflict = new ApiError("the object has been modified", { status: 409, reason: "Conflict" });
  run(async () => {
    if (seen.length === 1) throw conflict;
    return {};
  });
  put("a", 1);
  await until(() => seen.length === 1);
  await cluster.clock.advance(200);
  expect(seen).toHaveLength(1);
  put("a", 2);
  await until(() => seen.length === 2);
});

test("C11: a conflict that no event follows is tried again all the same", async () => {
  const conflict = new ApiError("the object has been modified", { status: 409, reason: "Conflict" });
  run(async () => {
    if (seen.length === 1) throw conflict;
    return {};
  });
  put("a", 1);
  await until(() => seen.length === 1);
  await cluster.clock.advance(300);
  expect(seen).toHaveLength(2);
});

test("/livez says no when keys wait for minutes and no worker takes one, and yes as long as one does", async () => {
  const stuck = run(async () => ({}), { workers: 0 });
  const working = run(async () => ({}), { name: "other" });
  const probes = await openProbes({
    port: 0,
    host: "127.0.0.1",
    live: liveChecks({ controllers: [stuck, working] }),
    ready: {},
    metrics: cluster.registry,
  });
  const ask = async () => {
    const answer = await fetch(`http://127.0.0.1:${probes.port}/livez`);
    return { status: answer.status, text: await answer.text() };
  };
  put("a", 1);
  await until(() => seen.length === 1);
  expect(await ask()).toMatchObject({ status: 200 });
  await cluster.clock.advance(361_000);
  const { status, text } = await ask();
  expect(status).toBe(503);
  expect(text).toContain("[-] widget: keys wait and no worker takes one");
  expect(text).toContain("[+] other ok");
  await probes.close();
});
