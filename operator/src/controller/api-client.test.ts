/** Proves what the client sends, retries, counts and says when it fails. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ApiClient, newApiClient } from "./api-client.ts";
import { ApiError, isAlreadyExists, isConflict, isNotFound } from "./api-error.ts";
import type { Fault } from "./fake-api-server.ts";
import { configMaps, newWidget, startTestCluster, type TestCluster, type Widget, widgets } from "./test-cluster.ts";
import { newTransport } from "./transport.ts";
import { until } from "./virtual-clock.ts";

let cluster: TestCluster;
let client: ApiClient;
const key = { namespace: "default", name: "a" };

beforeEach(async () => {
  cluster = await startTestCluster();
  client = cluster.client;
});

afterEach(() => cluster.close());

/** Answers the first `times` requests with a fault. */
function fail(times: number, fault: Fault): void {
  let left = times;
  cluster.server.intercept(() => (left-- > 0 ? fault : undefined));
}

const answer = (status: number, headers: Record<string, string> = {}): Fault => {
  return {
    kind: "Answer",
    status,
    headers,
    body: { kind: "Status", code: status, reason: "Because", message: "said so" },
  };
};

/** Moves time on until a call has ended. */
async function end<A>(call: Promise<A>, stepMilliseconds = 1_000): Promise<A> {
  let ended = false;
  const mark = () => {
    ended = true;
  };
  call.then(mark, mark);
  for (let step = 0; step < 300 && !ended; step++) {
    await cluster.clock.advance(stepMilliseconds);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return call;
}

test("says what is wrong with an object that is not there, there already, or newer", async () => {
  await expect(client.get(widgets, key)).rejects.toSatisfy(isNotFound);
  expect(await client.find(widgets, key)).toBeUndefined();
  const created = await client.create(widgets, newWidget("a"));
  await expect(client.create(widgets, newWidget("a"))).rejects.toSatisfy(isAlreadyExists);
  await client.mergePatch(widgets, key, { spec: { size: 2 } });
  await expect(client.replace(widgets, created)).rejects.toSatisfy(isConflict);
  await expect(client.delete(widgets, key, { uid: "another" })).rejects.toSatisfy(isConflict);
});

test("the status is written by itself, and nothing else with it", async () => {
  await client.create(widgets, newWidget("a"));
  const written = await client.applyStatus<Widget>(widgets, { ...newWidget("a", 9), status: { size: 4 } });
  expect([written.spec?.size, written.status?.size]).toEqual([1, 4]);
});

test("C12: server-side apply names its manager and its content type", async () => {
  await client.apply(widgets, newWidget("a"));
  const request = cluster.server.requests.at(-1);
  expect(request?.headers["content-type"]).toBe("application/apply-patch+yaml");
  expect([request?.query.get("fieldManager"), request?.query.get("force")]).toEqual(["openreg-operator", "true"]);
});

test("C11: every delete carries the UID", async () => {
  const { metadata } = await client.create(widgets, newWidget("a"));
  await client.delete(widgets, key, { uid: metadata.uid ?? "", propagationPolicy: "Background" });
  const body = JSON.parse(cluster.server.requests.at(-1)?.body ?? "");
  expect(body).toMatchObject({ preconditions: { uid: metadata.uid }, propagationPolicy: "Background" });
});

test.each([500, 503, 504, 429])("C15: a read is tried again after %d", async (status) => {
  cluster.server.put(widgets, newWidget("a"));
  fail(3, answer(status));
  expect((await end(client.get(widgets, key))).metadata.name).toBe("a");
  expect(cluster.server.requests).toHaveLength(4);
});

test("C15: a read is given up after five attempts", async () => {
  fail(100, answer(503));
  await expect(end(client.get(widgets, key))).rejects.toMatchObject({
    status: 503,
    reason: "Because",
    message: "said so",
  });
  expect(cluster.server.requests).toHaveLength(5);
});

test("a write is not tried again after 500, since it may have been applied", async () => {
  fail(1, answer(500));
  await expect(end(client.create(widgets, newWidget("a")))).rejects.toMatchObject({ status: 500 });
  expect(cluster.server.requests).toHaveLength(1);
});

test("a write that is applied but not answered is an error without a status", async () => {
  fail(1, { kind: "DropAfter" });
  await expect(end(client.create(widgets, newWidget("a")))).rejects.toMatchObject({
    status: 0,
    reason: "ConnectionFailed",
  });
  expect(cluster.server.get(widgets, key)).toBeDefined();
});

test("C15: a write is tried again after 429, not before Retry-After", async () => {
  fail(1, answer(429, { "retry-after": "10" }));
  const call = client.create(widgets, newWidget("a"));
  await until(() => cluster.server.requests.length === 1);
  await cluster.clock.advance(9_900);
  expect(cluster.server.requests).toHaveLength(1);
  expect((await end(call)).metadata.name).toBe("a");
});

test("C15: a long Retry-After is handed to the caller", async () => {
  fail(1, answer(429, { "retry-after": "120" }));
  await expect(end(client.get(widgets, key))).rejects.toMatchObject({ status: 429, retryAfterSeconds: 120 });
});

test("a call that hangs ends with its time limit, says what was asked, and is retried when it reads", async () => {
  fail(1, { kind: "Hang" });
  cluster.server.put(widgets, newWidget("a"));
  expect((await end(client.get(widgets, key))).metadata.name).toBe("a");
  fail(1, { kind: "Hang" });
  await expect(end(client.create(widgets, newWidget("b")))).rejects.toThrow(
    /POST .*widgets: no answer within 30000 ms/,
  );
});

test("a call can be aborted, and is not retried then", async () => {
  fail(1, { kind: "Hang" });
  const abort = new AbortController();
  const call = client.get(widgets, key, { signal: abort.signal });
  await until(() => cluster.server.requests.length === 1);
  abort.abort();
  await expect(call).rejects.toMatchObject({ status: 0, reason: "Aborted" });
  expect(cluster.server.requests).toHaveLength(1);
});

test("an answer in prose is an error that names its status", async () => {
  fail(9, { kind: "Answer", status: 502, body: "<html>bad gateway</html>" });
  const error = await end(client.create(widgets, newWidget("a"))).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 502, reason: "Unknown" });
});

test("C15: calls beyond the burst wait for their turn", async () => {
  const transport = newTransport(cluster.server.access, cluster.clock);
  const slow = newApiClient({ ...cluster.deps, transport, callsPerSecond: 1, burst: 3 });
  const calls = Promise.all(Array.from({ length: 5 }, () => slow.find(widgets, key)));
  await until(() => cluster.server.requests.length === 3);
  await cluster.clock.advance(900);
  expect(cluster.server.requests).toHaveLength(3);
  await end(calls);
  expect(cluster.server.requests).toHaveLength(5);
  transport.close();
});

test("counts every call by verb, resource and answer", async () => {
  await client.create(configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", namespace: "default" },
  });
  await client.find(widgets, key);
  const count = (labels: Record<string, string>) => cluster.metric("rest_client_requests_total", labels);
  expect(await count({ verb: "create", resource: "configmaps", code: "2xx" })).toBe(1);
  expect(await count({ verb: "get", resource: "widgets", code: "404" })).toBe(1);
});

test("lists all pages as one", async () => {
  for (let number = 0; number < 25; number++) cluster.server.put(widgets, newWidget(`w${number}`));
  expect((await client.listAll(widgets, { limit: 10 })).items).toHaveLength(25);
  expect(cluster.server.requests).toHaveLength(3);
});

test("a list that comes without items is empty", async () => {
  const body = { kind: "PartialObjectMetadataList", metadata: { resourceVersion: "7" }, items: null };
  fail(1, { kind: "Answer", status: 200, headers: {}, body });
  const page = await client.list(widgets, { metadataOnly: true });
  expect([page.items, page.metadata.resourceVersion]).toEqual([[], "7"]);
});
