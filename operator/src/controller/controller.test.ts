/** Proves what the loop does with what a reconcile returns and throws, end to end over HTTP. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Controller, type ControllerOptions, newController } from "./controller.ts";
import type { NewEvent } from "./events.ts";
import type { Failure } from "./failure.ts";
import { formatKey, type KubernetesObject, keyOf, type ObjectKey, type ReconcileResult } from "./kubernetes.ts";
import type { ReconcileContext } from "./reconcile-context.ts";
import { newReflector, type Reflector } from "./reflector.ts";
import { TerminalError } from "./terminal-error.ts";
import { configMaps, newWidget, startTestCluster, type TestCluster, type Widget, widgets } from "./test-cluster.ts";
import { until } from "./virtual-clock.ts";
import { watching } from "./watching.ts";

let cluster: TestCluster;
let reflector: Reflector<Widget>;
let controller: Controller;
let failures: Failure[];
let seen: string[];
let running: Promise<unknown>[];
const stopReflector = () => stops[0]?.abort();
let stops: AbortController[];

type Reconcile = (key: ObjectKey, context: ReconcileContext) => Promise<ReconcileResult>;

beforeEach(async () => {
  cluster = await startTestCluster();
  failures = [];
  seen = [];
  stops = [new AbortController(), new AbortController(), new AbortController()];
  reflector = newReflector<Widget>({ ...cluster.deps, resource: widgets });
  running = [reflector.run(stops[0]?.signal as AbortSignal)];
  await until(() => reflector.hasSynced() && cluster.server.watches.length === 1);
});

afterEach(async () => {
  for (const stop of stops) stop.abort();
  await Promise.all(running);
  await cluster.close();
});

function run(reconcile: Reconcile, options: Partial<ControllerOptions> = {}): void {
  controller = newController({
    name: "widget",
    watches: [watching(reflector, (widget) => [keyOf(widget)])],
    reconcile: (key, context) => {
      seen.push(formatKey(key));
      return reconcile(key, context);
    },
    onFailure: async (failure) => {
      failures.push(failure);
    },
    ...cluster.deps,
    ...options,
  });
  const [, stop, abandon] = stops as [AbortController, AbortController, AbortController];
  running.push(controller.run(stop.signal, abandon.signal));
}

const seed = (name: string, size = 1) => cluster.server.put(widgets, newWidget(name, size));
const cached = (name: string) => reflector.store.get({ namespace: "default", name });

test("reconciles what is in the cache already, and what changes later", async () => {
  seed("a");
  await until(() => cached("a") !== undefined);
  run(async () => ({}));
  await until(() => seen.length === 1);
  seed("b");
  await until(() => seen.length === 2);
  cluster.server.remove(widgets, { namespace: "default", name: "a" });
  await until(() => seen.length === 3);
  expect(seen).toEqual(["default/a", "default/b", "default/a"]);
});

test("skips updates that do not matter", async () => {
  const matters = (before: Widget, after: Widget) => before.metadata.generation !== after.metadata.generation;
  run(async () => ({}), { watches: [watching(reflector, (widget) => [keyOf(widget)], matters)] });
  seed("a");
  await until(() => seen.length === 1);
  cluster.server.put(widgets, { ...newWidget("a"), status: { size: 1 } });
  await until(() => cached("a")?.status !== undefined);
  seed("a", 2);
  await until(() => seen.length === 2);
});

test("one change wakes a key once", async () => {
  run(async () => ({}));
  seed("a");
  await until(() => seen.length === 1);
  for (let size = 2; size < 10; size++) {
    seed("a", size);
    await until(() => cached("a")?.spec?.size === size && seen.length >= size);
  }
  expect(seen).toHaveLength(9);
});

test("comes back when the reconcile asks for it", async () => {
  run(async () => (seen.length === 1 ? { requeueAfterMilliseconds: 60_000, requeueAt: "2026-04-01T00:00:30Z" } : {}));
  seed("a");
  await until(() => seen.length === 1);
  await cluster.clock.advance(29_000);
  expect(seen).toHaveLength(1);
  await cluster.clock.advance(2_000);
  await until(() => seen.length === 2);
});

test("C7 C8: a throw is retried later and later, reported from the third on, and forgotten after a success", async () => {
  let broken = true;
  run(async () => {
    if (broken) throw new Error("the database is away");
    return {};
  });
  seed("a");
  await until(() => seen.length === 1);
  for (let time = 0; time < 4; time++) await cluster.clock.advance(100);
  await until(() => failures.length >= 2);
  expect(failures[0]).toMatchObject({
    kind: "Transient",
    reason: "ReconcileFailed",
    message: "the database is away",
    attempts: 3,
  });
  broken = false;
  await cluster.clock.advance(10_000);
  const count = seen.length;
  await cluster.clock.advance(1_000_000);
  expect(seen.length - count).toBeLessThanOrEqual(3); // resyncs only
  expect(await cluster.metric("controller_runtime_reconcile_errors_total")).toBeGreaterThanOrEqual(4);
});

test("C7: an exception in one object does not hold up another", async () => {
  run(
    async (key) => {
      if (key.name === "bad") throw new Error("poison");
      return {};
    },
    { workers: 1 },
  );
  seed("bad");
  seed("good");
  await until(() => seen.includes("default/good"));
});

test("C9: a TerminalError is not retried until the generation of the object moves", async () => {
  run(
    async (key, context) => {
      context.store(reflector).get(key);
      throw new TerminalError("InvalidRule", "rule r1: unknown column x; name one of a, b");
    },
    { resyncMilliseconds: 20_000 },
  );
  seed("a");
  await until(() => failures.length === 1);
  expect(failures[0]).toMatchObject({ kind: "Terminal", reason: "InvalidRule" });
  await cluster.clock.advance(80_000);
  cluster.server.put(widgets, { ...newWidget("a"), status: { size: 5 } });
  await until(() => cached("a")?.status?.size === 5);
  await cluster.clock.advance(1_000);
  expect(seen).toHaveLength(1);
  seed("a", 2);
  await until(() => failures.length === 2);
});

test("C9: a TerminalError is retried when something that was read moves, appears or is annotated", async () => {
  run(
    async (key, context) => {
      context.store(reflector).get(key);
      context.store(reflector).get({ namespace: "default", name: "other" });
      if (key.name === "a") throw new TerminalError("Wrong", "wrong");
      return {};
    },
    { watches: [watching(reflector, () => [{ namespace: "default", name: "a" }])] },
  );
  seed("a");
  await until(() => failures.length === 1);
  seed("other");
  await until(() => failures.length === 2);
  seed("other", 2);
  await until(() => failures.length === 3);
  const annotations = { "openreg.dev/retry-requested-at": "2026-04-01T00:00:00Z" };
  cluster.server.put(widgets, { metadata: { name: "a", namespace: "default", annotations } });
  await until(() => failures.length === 4);
});

test("C9: a reconcile beyond its time limit is given up, may not write any more, and is retried", async () => {
  let late: ReconcileContext | undefined;
  run(
    async (_key, context) => {
      late ??= context;
      if (late === context) await new Promise(() => undefined);
      return {};
    },
    { timeLimitMilliseconds: 10_000 },
  );
  seed("a");
  await until(() => seen.length === 1);
  await cluster.clock.advance(10_000);
  await cluster.clock.advance(10);
  await until(() => seen.length === 2);
  expect(late?.signal.aborted).toBe(true);
  await expect(late?.client.create(widgets, newWidget("late"))).rejects.toThrow("its time is over");
});

test("C10: the next reconcile starts only when the cache shows the last write", async () => {
  const sizes: (number | undefined)[] = [];
  run(async (key, context) => {
    const widget = context.store(reflector).get(key);
    sizes.push(widget?.status?.size);
    if (widget && widget.status?.size === undefined) {
      cluster.server.watches[0]?.mute();
      await context.client.mergePatch(widgets, key, { status: { size: 1 } }, { subresource: "status" });
      controller.enqueue(key);
    }
    return {};
  });
  seed("a");
  await until(() => sizes.length === 1);
  await cluster.clock.advance(4_900);
  expect(sizes).toEqual([undefined]); // held back: the watch has not told yet
  await cluster.clock.advance(200);
  await until(() => sizes.length >= 2); // then read live
  expect(sizes.slice(0, 2)).toEqual([undefined, 1]);
});

test("C10: does not wait when the watch is quick", async () => {
  run(async (key, context) => {
    const widget = context.store(reflector).get(key);
    const size = widget?.status?.size ?? 0;
    if (widget && size < 20) {
      await context.client.mergePatch(widgets, key, { status: { size: size + 1 } }, { subresource: "status" });
    }
    return {};
  });
  seed("a");
  await until(() => cached("a")?.status?.size === 20);
  expect(cluster.server.requests.filter((request) => request.method === "PATCH")).toHaveLength(20);
});

test("C10: a write that moves an object from one watch to another is seen by both", async () => {
  const settled = { ...cluster.deps, resource: widgets, labelSelector: "settled=true", metadataOnly: true };
  const active = newReflector<Widget>({
    ...cluster.deps,
    resource: widgets,
    labelSelector: "settled!=true",
    name: "active",
  });
  const archive = newReflector<Widget>({ ...settled, name: "archive" });
  running.push(active.run(stops[0]?.signal as AbortSignal), archive.run(stops[0]?.signal as AbortSignal));
  await until(() => active.hasSynced() && archive.hasSynced() && cluster.server.watches.length === 3);
  const views: string[] = [];
  const toKeys = (widget: Widget) => [keyOf(widget)];
  run(
    async (key, context) => {
      const [full, metadata] = [active, archive].map((one) => context.store(one).get(key));
      views.push(`${full ? "active" : "-"} ${metadata ? "archived" : "-"}`);
      if (!full) return {};
      for (const watch of cluster.server.watches) if (watch.labelSelector === "settled!=true") watch.mute();
      await context.client.mergePatch(widgets, key, { metadata: { labels: { settled: "true" } } });
      return {};
    },
    { watches: [watching(active, toKeys), watching(archive, toKeys)] },
  );
  seed("a");
  await until(() => views.length === 1);
  await cluster.clock.advance(4_000);
  expect(views).toEqual(["active -"]);
  await cluster.clock.advance(1_100);
  await until(() => views.length >= 2);
  expect(views[1]).toBe("- archived");
});

test("C10: a delete of its own is seen before the next reconcile", async () => {
  let deletes = 0;
  run(async (key, context) => {
    const uid = context.store(reflector).get(key)?.metadata.uid;
    if (uid) {
      deletes += 1;
      await context.client.delete(widgets, key, { uid });
      controller.enqueue(key);
    }
    return {};
  });
  seed("a");
  await until(() => cached("a") === undefined && seen.length >= 2);
  expect(deletes).toBe(1);
});

test.each([
  { conflicts: 4, reports: 0 },
  { conflicts: 8, reports: 3 },
])(
  "C11: $conflicts conflicts in a row are read and decided again, with $reports reports",
  async ({ conflicts, reports }) => {
    let writes = 0;
    run(
      async (key, context) => {
        const widget = context.store(reflector).get(key);
        if (!widget || widget.spec?.size === 99) return {};
        writes += 1;
        if (writes <= conflicts) seed("a", writes + 1); // somebody else, between read and write
        await context.client.replace(widgets, { ...widget, spec: { size: 99 } });
        return {};
      },
      {
        watches: [
          watching(
            reflector,
            (widget) => [keyOf(widget)],
            () => false,
          ),
        ],
      },
    );
    seed("a");
    for (let step = 0; step < 300 && cached("a")?.spec?.size !== 99; step++) {
      await cluster.clock.advance(10);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(writes).toBe(conflicts + 1);
    expect(failures).toHaveLength(reports);
  },
);

test("C11: what conflicts and stays unseen for seconds is read live, not tried again and again", async () => {
  let writes = 0;
  run(async (key, context) => {
    const widget = context.store(reflector).get(key);
    if (!widget || widget.spec?.size === 99) return {};
    writes += 1;
    await context.client.replace(widgets, { ...widget, spec: { size: 99 } });
    return {};
  });
  cluster.server.watches[0]?.mute(); // the change of somebody else is not heard of, nor is ours
  seed("a");
  await reflector.refresh({ namespace: "default", name: "a" });
  seed("a", 2);
  await until(() => writes === 1);
  for (let second = 0; second < 20; second++) await cluster.clock.advance(1_000);
  expect(writes).toBe(2);
  expect(cluster.server.get(widgets, { namespace: "default", name: "a" })).toMatchObject({ spec: { size: 99 } });
});

test("C15: waits at least as long as the API server asks", async () => {
  let refused = 0;
  run(async (_key, context) => {
    await context.client.create(configMaps, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c", namespace: "default" },
    });
    return {};
  });
  cluster.server.intercept((request) => {
    if (request.method !== "POST" || refused > 0) return undefined;
    refused += 1;
    return { kind: "Answer", status: 429, headers: { "retry-after": "40" }, body: {} };
  });
  seed("a");
  await until(() => refused === 1);
  await cluster.clock.advance(39_000);
  expect(cluster.server.get(configMaps, { namespace: "default", name: "c" })).toBeUndefined();
  await cluster.clock.advance(2_000);
  await until(() => cluster.server.get(configMaps, { namespace: "default", name: "c" }) !== undefined);
});

test("R25 C8: tries at leisure to create something in a namespace that is being deleted", async () => {
  let refused = 0;
  run(async (_key, context) => {
    await context.client.create(configMaps, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c", namespace: "default" },
    });
    return {};
  });
  cluster.server.intercept((request) => {
    if (request.method !== "POST") return undefined;
    refused += 1;
    const causes = [{ reason: "NamespaceTerminating", field: "metadata.namespace" }];
    const body = { kind: "Status", status: "Failure", reason: "Forbidden", code: 403, details: { causes } };
    return { kind: "Answer", status: 403, body };
  });
  seed("a");
  await until(() => refused === 1);
  for (let second = 0; second < 29; second++) await cluster.clock.advance(1_000);
  expect(refused).toBe(1);
  await cluster.clock.advance(2_000);
  await until(() => refused === 2);
});

test("C16: an object that is reconciled without end is held back for five minutes, and says so", async () => {
  run(async (key) => {
    controller.enqueue(key);
    return {};
  });
  seed("a");
  await until(() => failures.length === 1);
  expect(failures[0]).toMatchObject({ kind: "HotLoop", reason: "HotLoop", retryAfterMilliseconds: 300_000 });
  const count = seen.length;
  expect(count).toBeGreaterThanOrEqual(100);
  expect(count).toBeLessThan(110);
  expect(await cluster.metric("openreg_hot_loop_breakers_open")).toBe(1);
  seed("b"); // others go on
  await until(() => seen.includes("default/b"));
});

test("R7: refuses to write when it does not lead", async () => {
  run(
    async (key, context) => {
      await context.client.mergePatch(widgets, key, { status: { size: 1 } }, { subresource: "status" });
      return {};
    },
    { mayWrite: () => false },
  );
  seed("a");
  await until(() => seen.length === 1);
  await cluster.clock.advance(1_000);
  expect(cluster.server.requests.some((request) => request.method === "PATCH")).toBe(false);
});

test("R20: stops taking keys, finishes what it has begun, abandons it at the end of the grace", async () => {
  const begun = Promise.withResolvers<void>();
  run(
    async () => {
      await begun.promise;
      return {};
    },
    { workers: 1 },
  );
  seed("a");
  seed("b");
  await until(() => seen.length === 1);
  stops[1]?.abort();
  begun.resolve();
  await running[1];
  expect(seen).toEqual(["default/a"]);
});

test("R20: a reconcile that never ends does not keep the program from stopping", async () => {
  run(() => new Promise(() => undefined));
  seed("a");
  await until(() => seen.length === 1);
  stops[1]?.abort();
  stops[2]?.abort();
  await running[1];
});

test("records a failure as an event on the object, once", async () => {
  const events: string[] = [];
  const recorder = {
    record: (object: KubernetesObject, event: NewEvent) => void events.push(`${object.metadata.name} ${event.reason}`),
    flush: async () => undefined,
  };
  run(
    async () => {
      throw new Error("no luck");
    },
    { events: recorder },
  );
  seed("a");
  await until(() => seen.length >= 1);
  for (let time = 0; time < 20; time++) await cluster.clock.advance(100);
  expect(failures.length).toBeGreaterThan(3);
  expect(events).toEqual(["a ReconcileFailed"]);
});

test("C4: looks at everything again every ten minutes", async () => {
  seed("a");
  run(async () => ({}));
  await until(() => seen.length === 1);
  stopReflector();
  for (let minute = 0; minute < 12; minute++) await cluster.clock.advance(60_000);
  await until(() => seen.length === 2);
});
