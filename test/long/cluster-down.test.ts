/** Proves that taking the native cluster down leaves the machine as it was, also after its daemons were killed. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBinaries } from "../cluster/build-binaries.ts";
import { stateFolder } from "../cluster/config.ts";
import { recordedPid } from "../cluster/daemon.ts";
import { bringUp, kubectlOf, nativeDaemons } from "../cluster/native.ts";
import { newProgress } from "../cluster/progress.ts";
import { pauseImage } from "../cluster/scratch-images.ts";
import { takeDown } from "../cluster/take-down.ts";
import { type MachineSnapshot, takeSnapshot } from "./machine-snapshot.ts";

const progress = newProgress();
let before: MachineSnapshot;

beforeAll(async () => {
  // A first life brings packages, kernel modules and tables, which stay; the rest must go.
  await bringUp(progress);
  await takeDown(progress);
  before = await takeSnapshot();
});

afterAll(() => takeDown(progress));

test("a cluster with Pods, Services and claimed volumes leaves nothing behind", async () => {
  await bringUp(progress);
  await runSomething();
  expect(await takeSnapshot()).not.toEqual(before);
  await takeDown(progress);
  expect(await takeSnapshot()).toEqual(before);
});

test("a cluster whose daemons were killed while Pods ran leaves nothing behind", async () => {
  await bringUp(progress);
  await runSomething();
  for (const name of nativeDaemons) process.kill(recordedPid(stateFolder, name) as number, "SIGKILL");
  await takeDown(progress);
  expect(await takeSnapshot()).toEqual(before);
});

test("a cluster whose API server was killed is started anew by the next up", async () => {
  await bringUp(progress);
  process.kill(recordedPid(stateFolder, "kube-apiserver") as number, "SIGKILL");
  await bringUp(progress);
  const kubectl = kubectlOf((await ensureBinaries(["kubectl"], progress)).kubectl);
  expect(await kubectl(["get", "--raw", "/readyz"])).toBe("ok");
});

async function runSomething(): Promise<void> {
  const kubectl = kubectlOf((await ensureBinaries(["kubectl"], progress)).kubectl);
  const labels = { app: "something" };
  const container = {
    name: "pause",
    image: pauseImage,
    imagePullPolicy: "Never",
    volumeMounts: [
      { name: "store", mountPath: "/store" },
      { name: "memory", mountPath: "/memory" },
    ],
  };
  const volumes = [
    { name: "store", persistentVolumeClaim: { claimName: "something" } },
    { name: "memory", emptyDir: { medium: "Memory" } },
  ];
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  const metadata = { name: "something" };
  const template = { metadata: { labels }, spec: { containers: [container], volumes } };
  const items = [
    { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec: claim },
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports: [{ port: 80 }] } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: { selector: { matchLabels: labels }, replicas: 2, template },
    },
  ];
  await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await kubectl(["rollout", "status", "deployment/something", "--timeout=60s"]);
}
