/** What faults need around them in a namespace: a bystander, an impostor, Services without endpoints, a limit for Pods. Pure. */
import type { Manifest } from "../cluster/kubectl.ts";
import { restrictedContainer, restrictedPod } from "./test-namespace.ts";

/** The images that the Pods run. */
export interface SurroundingImages {
  readonly openreg: string;
  readonly openssh: string;
}

/**
 * The bystander accepts connections at 2222 and notes each; at 5999 its Service leads to a port where nothing listens.
 * The impostor is an SFTP server with a host key of its own. `absent` and `receiver` are Services without endpoints.
 */
export function surroundings({ openreg, openssh }: SurroundingImages): Manifest[] {
  const listen = `require("net").createServer((socket) => { console.log("somebody connected"); socket.destroy(); }).listen(2222)`;
  return [
    {
      apiVersion: "v1",
      kind: "LimitRange",
      metadata: { name: "pods" },
      spec: { limits: [{ type: "Container", max: { memory: "2Gi" } }] },
    },
    service("absent", [5432, 2222]),
    service("bystander", [2222, 5999]),
    service("receiver", [2222]),
    pod("bystander", 10001, { image: openreg, command: ["node", "-e", listen] }),
    pod("impostor", 10002, { image: openssh }),
  ];
}

/** Lets the Service `receiver` lead to an address. */
export function receiverAt(address: string): Manifest {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "receiver", labels: { "kubernetes.io/service-name": "receiver" } },
    addressType: "IPv4",
    ports: [{ name: "p2222", port: 2222, protocol: "TCP" }],
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  };
}

function service(name: string, ports: readonly number[]): Manifest {
  const spec = {
    ...(name === "receiver" ? {} : { selector: { app: name } }),
    ports: ports.map((port) => ({ name: `p${port}`, port })),
  };
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec };
}

function pod(name: string, user: number, container: object): Manifest {
  const folders = ["data", "run", "tmp"];
  const paths: Readonly<Record<string, string>> = { data: "/data", run: "/run/sftp", tmp: "/tmp" };
  const volumeMounts = folders.map((folder) => ({ name: folder, mountPath: paths[folder] }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: {
      securityContext: restrictedPod(user),
      terminationGracePeriodSeconds: 1,
      containers: [{ name, ...container, volumeMounts, securityContext: restrictedContainer }],
      volumes: folders.map((folder) => ({ name: folder, emptyDir: {} })),
    },
  };
}
