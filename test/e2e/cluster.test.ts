/** Proves that the cluster we bring is a real one: a confined Pod finds the API server by name and keeps a file. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureCluster } from "../cluster/cluster.ts";
import { newTestNamespace, restrictedContainer, restrictedPod, type TestNamespace } from "./test-namespace.ts";

let namespace: TestNamespace;
let image: string;

/** Asks the API server for its version through its Service's name, and writes the answer to the volume. */
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

beforeAll(async () => {
  const cluster = await ensureCluster();
  const request = { dockerfile: `${import.meta.dirname}/cluster.Dockerfile`, context: import.meta.dirname };
  await cluster.buildImage({ ...request, tag: "localhost/openreg-cluster-test:dev" });
  image = await cluster.loadImage("localhost/openreg-cluster-test:dev");
  namespace = await newTestNamespace(cluster, "cluster-test");
});

afterAll(() => namespace?.remove());

test("a confined Job calls the API server by its Service's name and writes to a claimed volume", async () => {
  const container = {
    name: "ask",
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["node", "-e", script],
    securityContext: restrictedContainer,
    volumeMounts: [{ name: "store", mountPath: "/store" }],
  };
  const pod = {
    restartPolicy: "Never",
    securityContext: restrictedPod(10001),
    containers: [container],
    volumes: [{ name: "store", persistentVolumeClaim: { claimName: "store" } }],
  };
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  await namespace.apply(
    { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "store" }, spec: claim },
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "ask" },
      spec: { backoffLimit: 0, template: { spec: pod } },
    },
  );
  await namespace.kubectl(["wait", "--for=condition=Complete", "job/ask", "--timeout=120s"]);
  const said = await namespace.kubectl(["logs", "job/ask"]);
  expect(said).toMatch(/^v1\.\d+\.\d+\S* v26\.\d+\.\d+ 10001\n$/);
});
