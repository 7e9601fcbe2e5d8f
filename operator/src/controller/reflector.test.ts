/** Proves that a reflector holds what the API server holds, whatever happens to its lists and watches. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeRequest } from "./fake-api-routes.ts";
import type { Fault } from "./fake-api-server.ts";
import { formatKey, keyOf } from "./kubernetes.ts";
import { newReflector, type Reflector } from "./reflector.ts";
import { configMaps, newWidget, startTestCluster, type TestCluster, type Widget, widgets } from "./test-cluster.ts";
import { until } from "./virtual-clock.ts";

let cluster: TestCluster;
let reflector: Reflector<Widget>;
let stop: AbortController;
let running: Promise<void>;
let changes: string[];

beforeEach(async () => {
  cluster = await startTestCluster();
  stop = new AbortController();
  changes = [];
});

afterEach(async () => {
  stop.abort();
  await running;
  await cluster.close();
});

function start(options: Partial<Parameters<typeof newReflector<Widget>>[0]> = {}): void {
  reflector = newReflector<Widget>({ ...cluster.deps, resource: widgets, ...options });
  reflector.subscribe(({ before, after }) => {
    const sign = before && after ? "~" : after ? "+" : "-";
    changes.push(`${sign}${(after ?? before)?.metadata.name}`);
  });
  running = reflector.run(stop.signal);
}

async function synced(): Promise<void> {
  await until(() => reflector.hasSynced() && cluster.server.watches.length > 0, "the first list and watch");
}

/** Moves time on until something holds. */
async function advanceUntil(holds: () => boolean, stepMilliseconds = 500, mostMilliseconds = 60_000): Promise<number> {
  for (let passed = 0; passed <= mostMilliseconds; passed += stepMilliseconds) {
    if (holds()) return passed;
    await cluster.clock.advance(stepMilliseconds);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error("it did not come true in time");
}

function names(): string[] {
  return reflector.store
    .list()
    .map((object) => object.metadata.name)
    .sort();
}

function seed(...widgetNames: string[]): void {
  for (const name of widgetNames) cluster.server.put(widgets, newWidget(name));
}

const lists = () => cluster.server.requests.filter((request) => request.query.get("watch") !== "true").length;
const isWatch = (request: FakeRequest) => request.query.get("watch") === "true";
const once = (fault: Fault, when: (request: FakeRequest) => boolean) => {
  let used = false;
  cluster.server.intercept((request) => {
    if (used || !when(request)) return undefined;
    used = true;
    return fault;
  });
};

test("lists, then follows additions, changes and deletions", async () => {
  seed("a");
  start();
  await synced();
  seed("b");
  cluster.server.put(widgets, newWidget("a", 2));
  cluster.server.remove(widgets, { namespace: "default", name: "b" });
  await until(() => changes.length === 4);
  expect(changes).toEqual(["+a", "+b", "~a", "-b"]);
  expect(reflector.store.get({ namespace: "default", name: "a" })?.spec?.size).toBe(2);
});

test("C3: lists in pages of 500", async () => {
  seed(...Array.from({ length: 1203 }, (_, number) => `w${number}`));
  start();
  await synced();
  expect(names()).toHaveLength(1203);
  expect(cluster.server.requests.filter((request) => request.query.get("limit") === "500")).toHaveLength(3);
});

test("C2: asks for bookmarks and a server timeout between 5 and 10 minutes", async () => {
  start();
  await synced();
  const watch = cluster.server.requests.find(isWatch);
  expect(watch?.query.get("allowWatchBookmarks")).toBe("true");
  expect(Number(watch?.query.get("timeoutSeconds"))).toBeGreaterThanOrEqual(300);
  expect(Number(watch?.query.get("timeoutSeconds"))).toBeLessThanOrEqual(600);
});

test("C6: objects in the cache are frozen, carry their kind and no managed fields", async () => {
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}", kept: "yes" };
  cluster.server.put(widgets, { ...newWidget("a"), metadata: { name: "a", namespace: "default", annotations } });
  start();
  await synced();
  const [widget] = reflector.store.list();
  expect(Object.isFrozen(widget?.spec)).toBe(true);
  expect(widget).toMatchObject({ kind: "Widget", apiVersion: "test.openreg.dev/v1" });
  expect(widget?.metadata).not.toHaveProperty("managedFields");
  expect(widget?.metadata.annotations).toEqual({ kept: "yes" });
});

test("C3 R10: a page that answers 410 restarts the list without pages", async () => {
  seed(...Array.from({ length: 700 }, (_, number) => `w${number}`));
  cluster.server.intercept((request) => {
    if (request.query.get("continue")) cluster.server.compact();
    return undefined;
  });
  cluster.server.storage.setVersion(2000);
  const seedLate = cluster.server.intercept((request) => {
    if (request.query.get("limit") && !request.query.get("continue")) setImmediate(() => seed("late"));
    return undefined;
  });
  start();
  await synced();
  seedLate();
  expect(names()).toHaveLength(701);
});

const endings: Record<string, { readonly end: () => void; readonly lists: number }> = {
  "the server's timeout": { end: () => cluster.server.watches[0]?.end(), lists: 1 },
  "a broken connection": { end: () => cluster.server.watches[0]?.destroy(), lists: 1 },
  "an ERROR event 410": {
    end: () =>
      cluster.server.watches[0]?.send('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n'),
    lists: 2,
  },
  "an ERROR event 500": {
    end: () => cluster.server.watches[0]?.send('{"type":"ERROR","object":{"kind":"Status","code":500}}\n'),
    lists: 2,
  },
  "a line that is not JSON": { end: () => cluster.server.watches[0]?.send("upstream connect error\n"), lists: 2 },
  "a line that is no event": { end: () => cluster.server.watches[0]?.send('{"type":"ADDED","object":{}}\n'), lists: 2 },
  "a line that ends in the middle": {
    end: () => {
      cluster.server.watches[0]?.send('{"type":"ADD');
      cluster.server.watches[0]?.end();
    },
    lists: 1,
  },
};

test.each(Object.entries(endings))("C1 C4 R12: goes on after %s", async (_ending, { end, lists: expected }) => {
  seed("a");
  start();
  await synced();
  await cluster.clock.advance(5_000);
  const [watch] = cluster.server.watches;
  end();
  await until(() => !cluster.server.watches.some((open) => open === watch), "the end of the watch");
  seed("b");
  await advanceUntil(() => names().includes("b"));
  expect(names()).toEqual(["a", "b"]);
  expect(lists()).toBe(expected);
  expect(changes).toEqual(["+a", "+b"]);
});

test("C4 R10: lists again when a watch is refused with 410", async () => {
  seed("a");
  start();
  await synced();
  await cluster.clock.advance(5_000);
  once({ kind: "Answer", status: 410, body: { kind: "Status", code: 410, reason: "Expired" } }, isWatch);
  cluster.server.watches[0]?.end();
  await advanceUntil(() => lists() === 2 && cluster.server.watches.length === 1);
});

test("R10: a watch from before a compaction lists again and finds what it missed", async () => {
  seed("a", "b");
  start();
  await synced();
  await cluster.clock.advance(5_000);
  await cluster.server.down();
  cluster.server.remove(widgets, { namespace: "default", name: "b" });
  seed("c");
  cluster.server.compact();
  await cluster.server.up();
  await advanceUntil(() => names().join() === "a,c");
  expect(changes).toEqual(["+a", "+b", "-b", "+c"]);
});

test("C1 R9: survives an outage of ten minutes, is not live meanwhile, and comes back within 60 s", async () => {
  seed("a");
  start();
  await synced();
  await cluster.server.down();
  for (let minute = 0; minute < 10; minute++) await advanceUntil(() => false, 5_000, 55_000).catch(() => undefined);
  expect(reflector.isLive()).toBe(false);
  seed("b");
  await cluster.server.up();
  expect(await advanceUntil(() => names().includes("b"), 1_000, 120_000)).toBeLessThanOrEqual(60_000);
  expect(reflector.isLive()).toBe(true);
});

test("C1: waits longer after each failure, at most 30 s, and little again after two minutes of health", async () => {
  start({ random: () => 1 });
  await synced();
  const refuse = cluster.server.intercept((request) =>
    isWatch(request) ? { kind: "Answer", status: 500, body: {} } : undefined,
  );
  const watches = () => cluster.server.requests.filter(isWatch).length;
  const nextAfter = async () => {
    const before = watches();
    return advanceUntil(() => watches() > before, 100, 120_000);
  };
  cluster.server.watches[0]?.destroy();
  const waits: number[] = [];
  for (let time = 0; time < 9; time++) waits.push(await nextAfter());
  expect(waits[2]).toBeGreaterThan((waits[1] ?? 0) * 1.5);
  expect(Math.max(...waits)).toBeLessThanOrEqual(30_500);
  expect(waits.at(-1)).toBeGreaterThan(25_000);
  refuse();
  await advanceUntil(() => cluster.server.watches.length > 0, 500, 60_000);
  for (let minute = 0; minute < 3; minute++) {
    await cluster.clock.advance(60_000);
    cluster.server.watches.at(-1)?.bookmark();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  cluster.server.watches.at(-1)?.destroy();
  expect(await nextAfter()).toBeLessThanOrEqual(1_000);
});

test("C15 R9: waits as long as Retry-After asks before it watches again", async () => {
  start();
  await synced();
  await cluster.clock.advance(5_000);
  once({ kind: "Answer", status: 429, headers: { "retry-after": "20" }, body: {} }, isWatch);
  cluster.server.watches[0]?.end();
  await until(() => cluster.server.requests.filter(isWatch).length === 2);
  seed("b");
  const waited = await advanceUntil(() => names().includes("b"));
  expect(waited).toBeGreaterThanOrEqual(20_000);
  expect(lists()).toBe(1);
});

test("C5: a mute watch is found within 90 s and opened anew from where it was", async () => {
  seed("a");
  start();
  await synced();
  cluster.server.watches[0]?.mute();
  seed("b");
  const waited = await advanceUntil(() => names().includes("b"), 1_000, 120_000);
  expect(waited).toBeGreaterThan(80_000);
  expect(waited).toBeLessThanOrEqual(93_000);
  expect(lists()).toBe(1);
});

test("C4: two mute watches in a row make it list again", async () => {
  start();
  await synced();
  const waited = await advanceUntil(() => lists() === 2, 1_000, 200_000);
  expect(waited).toBeGreaterThan(175_000);
  expect(reflector.isLive()).toBe(true);
});

test("C5: bookmarks keep a quiet watch alive, and after ten minutes an event arrives at once", async () => {
  start();
  await synced();
  for (let minute = 0; minute < 10; minute++) {
    await cluster.clock.advance(60_000);
    cluster.server.watches[0]?.bookmark();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(cluster.server.requests.filter(isWatch)).toHaveLength(1);
  expect(lists()).toBe(1);
  seed("late");
  await until(() => names().includes("late"), "the event, without time passing");
});

test("a bookmark moves the version from which the next watch starts", async () => {
  start();
  await synced();
  cluster.server.put(configMaps, { metadata: { name: "other", namespace: "default" } });
  cluster.server.watches[0]?.bookmark();
  await until(() => reflector.hasReached("1001"));
  await cluster.clock.advance(5_000);
  cluster.server.watches[0]?.end();
  await advanceUntil(() => cluster.server.watches[0]?.resourceVersion === "1001");
});

test("R12: a character cut in two between chunks arrives whole", async () => {
  start();
  await synced();
  const object = { ...newWidget("ž"), metadata: { ...newWidget("x").metadata, uid: "u", resourceVersion: "2000" } };
  const line = Buffer.from(`${JSON.stringify({ type: "ADDED", object: { ...object, spec: { text: "Žilina €" } } })}\n`);
  for (const byte of line) {
    cluster.server.watches[0]?.send(Buffer.from([byte]));
    if (byte > 0x7f) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await until(() => names().length === 1);
  expect(reflector.store.list()[0]?.spec?.text).toBe("Žilina €");
});

test("C3 R11: deleted and recreated while nobody watched is a deletion and an addition", async () => {
  seed("a");
  start();
  await synced();
  await cluster.clock.advance(5_000);
  const uid = reflector.store.list()[0]?.metadata.uid;
  await cluster.server.down();
  cluster.server.remove(widgets, { namespace: "default", name: "a" });
  seed("a");
  cluster.server.compact();
  await cluster.server.up();
  await advanceUntil(() => changes.length === 3);
  expect(changes).toEqual(["+a", "-a", "+a"]);
  expect(reflector.store.list()[0]?.metadata.uid).not.toBe(uid);
});

test("R31: after a restore the versions go back, and the cache follows the list", async () => {
  cluster.server.storage.setVersion(9000);
  seed("a", "b");
  start();
  await synced();
  await cluster.clock.advance(5_000);
  await cluster.server.down();
  cluster.server.storage.setVersion(5000);
  cluster.server.remove(widgets, { namespace: "default", name: "b" });
  cluster.server.put(widgets, newWidget("a", 7));
  await cluster.server.up();
  await advanceUntil(() => names().join() === "a", 1_000, 250_000);
  expect(reflector.store.list()[0]?.spec?.size).toBe(7);
});

test("an object that stops to match the selector leaves the cache", async () => {
  cluster.server.put(widgets, newWidget("a", 1, { settled: "false" }));
  start({ labelSelector: "settled!=true" });
  await synced();
  cluster.server.put(widgets, newWidget("a", 1, { settled: "true" }));
  await until(() => names().length === 0);
});

test("C6: caches metadata only where that is asked for", async () => {
  seed("a");
  start({ metadataOnly: true });
  await synced();
  seed("b");
  await until(() => names().length === 2);
  expect(reflector.store.list().map((object) => [object.kind, object.spec])).toEqual([
    ["Widget", undefined],
    ["Widget", undefined],
  ]);
});

test("C7: a listener that throws stops neither the others nor the watch", async () => {
  start();
  reflector.subscribe(() => {
    throw new Error("broken listener");
  });
  await synced();
  seed("a", "b");
  await until(() => changes.length === 2);
  expect(await cluster.metric("openreg_reflector_listener_errors_total")).toBe(2);
});

test("finds objects by declared indexes, and refuses others", async () => {
  seed("a", "b");
  start({ indexes: { size: (widget) => [String(widget.spec?.size)] } });
  await synced();
  cluster.server.put(widgets, newWidget("b", 2));
  await until(() => reflector.store.byIndex("size", "2").length === 1);
  expect(reflector.store.byIndex("size", "1").map((widget) => formatKey(keyOf(widget)))).toEqual(["default/a"]);
  expect(() => reflector.store.byIndex("colour", "red")).toThrow("no index 'colour'");
});

test("reads one object live into the cache, ahead of the watch", async () => {
  start();
  await synced();
  cluster.server.watches[0]?.mute();
  seed("a");
  await reflector.refresh({ namespace: "default", name: "a" });
  expect(names()).toEqual(["a"]);
  cluster.server.remove(widgets, { namespace: "default", name: "a" });
  await reflector.refresh({ namespace: "default", name: "a" });
  expect(names()).toEqual([]);
});
