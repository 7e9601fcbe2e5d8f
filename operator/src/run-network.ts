/** Owns the NetworkPolicy of runs: one for each distinct set of peers, shared by all runs that have it. No I/O. */
import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { canonicalJson, labels, managedLabels } from "@openreg/crds";
import type { Definition } from "@openreg/crds/types";
import type { RunNetworkSettings } from "./config.ts";
import type { NetworkPolicy } from "./objects.ts";

type Mode = "Live" | "Test";

/** A peer as a NetworkPolicy can name it: the port, and the address where the definition holds one. */
interface Peer {
  readonly port: number;
  readonly address?: string;
}

/** The peers of a run: what its definition names for its mode, each once, in an order of their own. */
function peersOf({ connectors, destinations }: Definition, mode: Mode): readonly Peer[] {
  const named = [
    ...connectors.map(({ postgresql }) => postgresql),
    ...destinations.filter((one) => one.mode === mode).map(({ sftp }) => sftp),
  ];
  const peers = named.map(({ host, port }): Peer => (isIP(host) === 0 ? { port } : { port, address: host }));
  const byText = new Map(peers.map((peer) => [canonicalJson(peer), peer]));
  return [...byText.keys()].sort().flatMap((text) => byText.get(text) ?? []);
}

/** The hash that names a set of peers: the value of the label of Pods and policy. */
export function peersLabelOf(definition: Definition, mode: Mode): string {
  return createHash("sha256")
    .update(canonicalJson(peersOf(definition, mode)))
    .digest("hex")
    .slice(0, 10);
}

/** Whether the operator makes policies in a namespace: where an administrator listed the ways out, they are all there is. */
export function makesPolicies(
  network: RunNetworkSettings | undefined,
  namespace: string,
): network is RunNetworkSettings {
  return network !== undefined && !network.listedNamespaces.includes(namespace);
}

/** The name of the policy of a set of peers. */
export function policyNameOf(peers: string): string {
  return `openreg-run-${peers}`;
}

/** The policy: nobody connects to the Pods; they reach DNS, the API server and their peers' ports. */
export function newRunPolicy(
  definition: Definition,
  {
    namespace,
    mode,
    network,
  }: { readonly namespace: string; readonly mode: Mode; readonly network: RunNetworkSettings },
): NetworkPolicy {
  const peers = peersLabelOf(definition, mode);
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: {
      name: policyNameOf(peers),
      namespace,
      labels: { ...managedLabels, "app.kubernetes.io/component": "run", [labels.peers]: peers },
    },
    spec: {
      podSelector: { matchLabels: { [labels.peers]: peers } },
      policyTypes: ["Ingress", "Egress"],
      egress: [...network.clusterEgress, ...peersOf(definition, mode).map(ruleOf)],
    },
  };
}

/** Where the host is a name, the runner's own guard judges the address; cloud metadata is out of reach all the same. */
const anywhere = [
  { namespaceSelector: {} },
  { ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.169.254/32"] } },
  { ipBlock: { cidr: "::/0", except: ["fd00:ec2::254/128"] } },
];

function ruleOf({ port, address }: Peer): object {
  const bits = address !== undefined && isIP(address) === 6 ? 128 : 32;
  const to = address === undefined ? anywhere : [{ ipBlock: { cidr: `${address}/${bits}` } }];
  return { ports: [{ protocol: "TCP", port }], to };
}
