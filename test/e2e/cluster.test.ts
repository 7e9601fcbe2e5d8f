/** Proves that the cluster we bring is a real one: a confined Pod finds the API server by name and keeps a file. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, ensureCluster } from "../cluster/cluster.ts";
import { run } from "../cluster/command.ts";

const namespace = "cluster-test";
let cluster: Cluster;
let image: string;

const kubectl = (args: readonly string[], input?: string) =>
  run(
    cluster.kubectl,
    ["--kubeconfig", cluster.kubeconfig, "--context", cluster.context, ...args],
    input === undefined ? {} : { input },
  );
const apply = (...items: readonly object[]) =>
  kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));

/** Asks the API server who we are through its Service's name, and writes the answer to the volume. */
const script = `
const { readFileSync, writeFileSync } = require("node:fs");
const folder = "/var/run/secrets/kubernetes.io/serviceaccount/";
const options = { ca: readFileSync(folder + "ca.crt"), headers: { authorization: "Bearer " + readFileSync(folder + "token") } };
require("node:https").get("https://kubernetes.default.svc.cluster.local/version", options, async (response) => {
  const { gitVersion } = JSON.parse(Buffer.concat(await response.toArray()));
  writeFileSync("/store/version", gitVersion);
  console.log(readFileSync("/store/version", "utf8"), process.version, process.getuid());
});
`;

const restricted = {
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 10001,
    runAsGroup: 10001,
    fsGroup: 10001,
    seccompProfile: { type: "RuntimeDefault" },
  },
};

beforeAll(async () => {
  cluster = await ensureCluster();
  const request = { dockerfile: `${import.meta.dirname}/cluster.Dockerfile`, context: import.meta.dirname };
  await cluster.buildImage({ ...request, tag: "localhost/openreg-cluster-test:dev" });
  image = await cluster.loadImage("localhost/openreg-cluster-test:dev");
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
});

afterAll(async () => {
  await kubectl(["delete", "namespace", namespace, "--wait=true", "--timeout=60s"]);
});

test("a confined Job calls the API server by its Service's name and writes to a claimed volume", async () => {
  const container = {
    name: "ask",
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["node", "-e", script],
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
    volumeMounts: [{ name: "store", mountPath: "/store" }],
  };
  const volumes = [{ name: "store", persistentVolumeClaim: { claimName: "store" } }];
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  await apply(
    { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "store", namespace }, spec: claim },
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "ask", namespace },
      spec: {
        backoffLimit: 0,
        template: { spec: { ...restricted, restartPolicy: "Never", containers: [container], volumes } },
      },
    },
  );
  await kubectl(["-n", namespace, "wait", "--for=condition=Complete", "job/ask", "--timeout=120s"]);
  const said = await kubectl(["-n", namespace, "logs", "job/ask"]);
  expect(said).toMatch(/^v1\.\d+\.\d+\S* v26\.\d+\.\d+ 10001\n$/);
});
