/** Proves that the bare control plane is real: tokens bound to Pods, controllers when asked for, several side by side. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBinaries } from "../cluster/build-binaries.ts";
import { run } from "../cluster/command.ts";
import { type ControlPlane, startControlPlane } from "../cluster/control-plane.ts";
import { newProgress } from "../cluster/progress.ts";

let folder: string;
let kubectlPath: string;
let bare: ControlPlane;
let withControllers: ControlPlane;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "openreg-control-plane-"));
  kubectlPath = (await ensureBinaries(["kubectl"], newProgress())).kubectl;
  bare = await startControlPlane({ dir: join(folder, "bare") });
  withControllers = await startControlPlane({ dir: join(folder, "controllers"), controllerManager: true });
});

afterAll(async () => {
  await bare?.stop();
  await withControllers?.stop();
  await rm(folder, { recursive: true });
});

const kubectl = ({ kubeconfig }: ControlPlane, args: readonly string[], input?: string) =>
  run(kubectlPath, ["--kubeconfig", kubeconfig, ...args], input === undefined ? {} : { input });

test("a requested token is bound to its Pod, and the API server says so", async () => {
  await kubectl(bare, ["create", "serviceaccount", "reader"]);
  const spec = { serviceAccountName: "reader", containers: [{ name: "a", image: "localhost/a" }] };
  await kubectl(
    bare,
    ["create", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "reads" }, spec }),
  );
  const bound = ["--bound-object-kind", "Pod", "--bound-object-name", "reads"];
  const token = (await kubectl(bare, ["create", "token", "reader", ...bound])).trim();
  const review = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
  const { status } = JSON.parse(await kubectl(bare, ["create", "-o", "json", "-f", "-"], JSON.stringify(review)));
  expect(status.user.username).toBe("system:serviceaccount:default:reader");
  expect(status.user.extra["authentication.kubernetes.io/pod-name"]).toEqual(["reads"]);
});

test("with the controller manager a Job gets its Pod, without it nothing happens", async () => {
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "localhost/a" }] } };
  const newJob = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "once" }, spec: { template } };
  for (const plane of [bare, withControllers]) await kubectl(plane, ["create", "-f", "-"], JSON.stringify(newJob));
  const wait = ["wait", "pod", "--for=create", "--selector=job-name=once", "--timeout=30s"];
  await kubectl(withControllers, wait);
  expect(await kubectl(bare, ["get", "pods", "--selector=job-name=once", "-o", "name"])).toBe("");
});
