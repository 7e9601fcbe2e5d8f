/** Proves that no Pod of a run is without its NetworkPolicy, whoever takes it away, and that policies go when nobody needs them. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { networkPolicies, reportRuns, reportVersions } from "../resources.ts";
import { peersLabelOf, policyNameOf } from "../run-network.ts";
import { deliveryIn, version } from "../testdata/inputs.ts";
import { bank, type RunWorld, startRunWorld } from "../testdata/run-world.ts";
import { tradesDefinition } from "../testdata/trades.ts";

const peers = peersLabelOf(tradesDefinition, "Test");
const key = { namespace: bank, name: policyNameOf(peers) };
const network = { clusterEgress: [{ ports: [{ protocol: "UDP", port: 53 }] }], listedNamespaces: [] };
let world: RunWorld;
beforeEach(async () => {
  world = await startRunWorld({ OPENREG_RUN_NETWORK: JSON.stringify(network) });
});
afterEach(() => world.close());

const policy = () => world.cluster.server.get(networkPolicies, key) as { readonly spec?: object } | undefined;
const restored = /^NetworkRestored: NetworkPolicy 'openreg-run-/;

test("O4 the policy is there before the Job, and the Pod carries its label", async () => {
  const writes: string[] = [];
  world.cluster.server.storage.onChange(({ collection, before }) => {
    if (!before) writes.push(collection.split("/").at(-1) ?? "");
  });
  await world.startOperator();
  world.putRun();
  await world.pod();
  const made = writes.filter((one) => ["networkpolicies", "configmaps", "jobs"].includes(one));
  expect(made).toEqual(["networkpolicies", "configmaps", "jobs"]);
  expect(world.jobs()[0]?.spec).toMatchObject({ template: { metadata: { labels: { "openreg.dev/peers": peers } } } });
});

test("R8 a policy that was removed or widened while the operator was away is as it should be again", async () => {
  await world.startOperator();
  world.putRun();
  (await world.pod()).runs();
  const right = policy()?.spec;
  await world.stopOperator();
  world.cluster.server.put(networkPolicies, { metadata: key, spec: { ...right, egress: [{}] } });
  await world.startOperator();
  await world.moving(() => JSON.stringify(policy()?.spec) === JSON.stringify(right), "it is narrow again");
  world.cluster.server.remove(networkPolicies, key);
  await world.moving(() => policy() !== undefined, "it is back");
  expect(policy()?.spec).toEqual(right);
  expect(world.events.filter((one) => restored.test(one))).toHaveLength(2);
});

test("O10 a policy goes minutes after the last run that needs it", async () => {
  await world.startOperator();
  world.putRun();
  const pod = await world.pod();
  pod.runs();
  pod.reports("FetchingData");
  await world.when("it works", ({ status }) => status?.state === "FetchingData");
  await world.pass(3_600);
  expect(policy()).toBeDefined();
  pod.reports("Delivering", { deliveries: [deliveryIn("Delivered")] });
  pod.exits(0, { code: "Done", message: "ok" });
  await world.when("it is settled", ({ metadata }) => metadata.labels?.["openreg.dev/settled"] === "true");
  await world.pass(300);
  expect(policy()).toBeDefined();
  for (let quarters = 0; quarters < 4; quarters += 1) await world.pass(900);
  await world.moving(() => policy() === undefined, "it is gone");
});

test("a run whose version cannot be read keeps no policy from coming back, and none goes meanwhile", async () => {
  const next = {
    metadata: { name: "trades-next", namespace: bank },
    spec: { ...version.version.spec, definition: "{}" },
  };
  world.cluster.server.put(reportVersions, next);
  world.putRun({ name: "another-1", spec: { reportVersionRef: { name: "trades-next" } } });
  await world.startOperator();
  world.putRun();
  const pod = await world.pod();
  pod.runs();
  pod.reports("FetchingData"); // what changed last is looked at last
  await world.when("it works", ({ status }) => status?.state === "FetchingData");
  world.cluster.server.remove(networkPolicies, key);
  await world.moving(() => policy() !== undefined, "it is back");
  world.cluster.server.remove(reportRuns, { namespace: bank, name: "trades-1" });
  for (let quarters = 0; quarters < 5; quarters += 1) await world.pass(900);
  expect(policy()).toBeDefined();
});

test("C13 a policy of the name that is not ours ends the run and is never touched", async () => {
  world.cluster.server.put(networkPolicies, { metadata: key, spec: { podSelector: {} } });
  await world.startOperator();
  world.putRun();
  const { status } = await world.when("it fails", ({ status: seen }) => seen?.state === "Failed");
  expect(status?.failure).toMatchObject({ code: "NameTaken", message: expect.stringContaining("NetworkPolicy") });
  expect(policy()?.spec).toEqual({ podSelector: {} });
  expect(world.jobs()).toEqual([]);
});
