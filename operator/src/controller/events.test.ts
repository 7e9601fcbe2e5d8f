/** Proves that events count up instead of piling up, and never hold anybody up. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EventRecorder, newEventRecorder } from "./events.ts";
import type { KubernetesObject, Resource } from "./kubernetes.ts";
import { newWidget, startTestCluster, type TestCluster, widgets } from "./test-cluster.ts";

const events: Resource = { group: "", version: "v1", kind: "Event", plural: "events", namespaced: true };
let cluster: TestCluster;
let recorder: EventRecorder;
let widget: KubernetesObject;

beforeEach(async () => {
  cluster = await startTestCluster();
  recorder = newEventRecorder({ ...cluster.deps, component: "openreg-operator", identity: "pod-1" });
  widget = cluster.server.put(widgets, newWidget("a"));
});

afterEach(() => cluster.close());

const failed = (message: string) => ({ type: "Warning" as const, reason: "Failed", message });
const recorded = async () => {
  await recorder.flush();
  const { items } = await cluster.client.listAll<KubernetesObject & { count: number; message: string }>(events);
  return items;
};

test("names the object, the reason and who says so", async () => {
  recorder.record(widget, failed("rule r1 is wrong"));
  const involvedObject = { kind: "Widget", namespace: "default", name: "a", uid: widget.metadata.uid };
  const expected = { type: "Warning", reason: "Failed", message: "rule r1 is wrong", count: 1, involvedObject };
  expect((await recorded())[0]).toMatchObject({ ...expected, source: { component: "openreg-operator" } });
});

test("C18: the same again is counted up, also after the API server has dropped the event", async () => {
  for (let time = 0; time < 3; time++) recorder.record(widget, failed("same"));
  const [first] = await recorded();
  expect(first?.count).toBe(3);
  cluster.server.remove(events, { namespace: "default", name: first?.metadata.name ?? "" });
  recorder.record(widget, failed("same"));
  expect((await recorded()).map(({ count }) => count)).toEqual([1]);
});

test("C18: many messages of one reason become one event", async () => {
  for (let number = 0; number < 20; number++) recorder.record(widget, failed(`row ${number}`));
  const items = await recorded();
  expect(items).toHaveLength(11);
  expect(items.find(({ count }) => count > 1)).toMatchObject({ count: 10, message: "(several like) row 0" });
});

test("C18: a flood on one object is cut at 25, and lets others through", async () => {
  for (let number = 0; number < 100; number++) recorder.record(widget, failed("same"));
  const other = cluster.server.put(widgets, newWidget("b"));
  recorder.record(other, failed("other"));
  expect((await recorded()).map(({ count }) => count).sort()).toEqual([1, 25]);
  expect(await cluster.metric("openreg_events_total", { outcome: "dropped" })).toBe(75);
});

test("an API server that refuses events harms nobody", async () => {
  cluster.server.intercept(() => ({ kind: "Answer", status: 403, body: {} }));
  recorder.record(widget, failed("x"));
  await recorder.flush();
  expect(await cluster.metric("openreg_events_total", { outcome: "failed" })).toBe(1);
});

test("a replica that does not lead records nothing", async () => {
  recorder = newEventRecorder({ ...cluster.deps, component: "c", identity: "i", mayWrite: () => false });
  recorder.record(widget, failed("x"));
  expect(await recorded()).toEqual([]);
});
