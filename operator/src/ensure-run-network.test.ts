/** Proves that a run policy which somebody changed is as it is wanted again, whatever fields that somebody owns. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTestCluster, type TestCluster } from "./controller/test-cluster.ts";
import { ensureRunNetwork } from "./ensure-run-network.ts";
import { networkPolicies } from "./resources.ts";
import { newRunPolicy } from "./run-network.ts";
import { tradesDefinition } from "./testdata/trades.ts";

const network = { clusterEgress: [{ ports: [{ protocol: "UDP", port: 53 }] }], listedNamespaces: [] };
const wanted = newRunPolicy(tradesDefinition, { namespace: "bank-a", mode: "Live", network });
const key = { namespace: "bank-a", name: wanted.metadata.name };
let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startTestCluster();
  await ensureRunNetwork(wanted, cluster);
});
afterEach(() => cluster.close());

const spec = () => cluster.server.get(networkPolicies, key)?.spec;
/** Somebody who may edit NetworkPolicies of the namespace. */
const edit = (change: object) => cluster.server.put(networkPolicies, { metadata: key, spec: change });

test("the API server of the tests keeps on apply what another manager owns, as the real one does", async () => {
  edit({ ingress: [{}] });
  await cluster.client.apply(networkPolicies, wanted);
  expect(spec()).toEqual({ ...wanted.spec, ingress: [{}] });
});

test("a way in that somebody added is closed again", async () => {
  edit({ ingress: [{}] });
  expect(await ensureRunNetwork(wanted, cluster)).toBe("Restored");
  expect(spec()).toEqual(wanted.spec);
  expect(await ensureRunNetwork(wanted, cluster)).toBe("Kept");
});

test("a way in that is added while the policy is put right is closed again", async () => {
  edit({ egress: [{}] });
  cluster.server.intercept(({ headers }) => {
    if (headers["content-type"] === "application/apply-patch+yaml") edit({ ingress: [{}] });
    return undefined;
  });
  expect(await ensureRunNetwork(wanted, cluster)).toBe("Restored");
  expect(spec()).toEqual(wanted.spec);
});

test("what moved between both writes is told, not written over", async () => {
  edit({ ingress: [{}] });
  cluster.server.intercept(({ headers }) => {
    if (headers["content-type"] === "application/merge-patch+json") edit({ policyTypes: ["Egress"] });
    return undefined;
  });
  await expect(ensureRunNetwork(wanted, cluster)).rejects.toThrow("has been modified");
});
