import { expect, test } from "vitest";
import { makesPolicies, newRunPolicy, peersLabelOf, policyNameOf } from "./run-network.ts";
import { tradesDefinition } from "./testdata/trades.ts";

const dns = { ports: [{ protocol: "UDP", port: 53 }] };
const network = { clusterEgress: [dns], listedNamespaces: ["bank-b"] };
const place = { namespace: "bank-a", mode: "Live" as const, network };

test("a run reaches DNS, the API server and the ports of its peers, and nobody reaches it", () => {
  const { metadata, spec } = newRunPolicy(tradesDefinition, place);
  const peers = peersLabelOf(tradesDefinition, "Live");
  expect(metadata).toMatchObject({ name: policyNameOf(peers), labels: { "openreg.dev/peers": peers } });
  const metadataServers = expect.arrayContaining([{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.169.254/32"] } }]);
  expect(spec).toEqual({
    podSelector: { matchLabels: { "openreg.dev/peers": peers } },
    policyTypes: ["Ingress", "Egress"],
    egress: [
      dns,
      { ports: [{ protocol: "TCP", port: 22 }], to: metadataServers },
      { ports: [{ protocol: "TCP", port: 5432 }], to: metadataServers },
    ],
  });
});

const [connector] = tradesDefinition.connectors;
const [destination] = tradesDefinition.destinations;
const withHost = (host: string) => ({
  ...tradesDefinition,
  connectors: connector ? [{ ...connector, postgresql: { ...connector.postgresql, host } }] : [],
});

test.each([
  ["10.1.2.3", "10.1.2.3/32"],
  ["fd00::7", "fd00::7/128"],
])("an address in the definition is the only one: %s", (host, cidr) => {
  const { spec } = newRunPolicy(withHost(host), place);
  expect(spec).toMatchObject({
    egress: expect.arrayContaining([{ ports: [{ protocol: "TCP", port: 5432 }], to: [{ ipBlock: { cidr } }] }]),
  });
});

test("runs with the same peers share one policy, whatever else differs", () => {
  const same = {
    ...withHost("other.example"),
    report: "other",
    connectors: [...withHost("x").connectors, ...withHost("y").connectors],
  };
  expect(peersLabelOf(same, "Live")).toBe(peersLabelOf(tradesDefinition, "Live"));
  expect(peersLabelOf(withHost("10.1.2.3"), "Live")).not.toBe(peersLabelOf(tradesDefinition, "Live"));
});

test("a rehearsal does not open the way to the real receiver", () => {
  const live = destination
    ? [{ ...destination, mode: "Live" as const, sftp: { ...destination.sftp, port: 2222 } }]
    : [];
  const { spec } = newRunPolicy({ ...tradesDefinition, destinations: live }, { ...place, mode: "Test" });
  expect(JSON.stringify(spec)).not.toContain("2222");
});

test("where an administrator listed the ways out, the operator adds none", () => {
  expect([
    makesPolicies(network, "bank-a"),
    makesPolicies(network, "bank-b"),
    makesPolicies(undefined, "bank-a"),
  ]).toEqual([true, false, false]);
});
