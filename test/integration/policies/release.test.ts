/** A release is installed, upgraded, removed and installed again: what must survive does. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBinaries } from "../../cluster/build-binaries.ts";
import { run } from "../../cluster/command.ts";
import { type ControlPlane, startControlPlane } from "../../cluster/control-plane.ts";
import { newProgress, quiet } from "../../cluster/progress.ts";
import { until } from "../../cluster/until.ts";
import { chartFolder, releaseNamespace } from "../chart/render-chart.ts";

const tenant = "bank-a";
const run1 = {
  apiVersion: "openreg.dev/v1alpha1",
  kind: "ReportRun",
  metadata: { name: "survivor", namespace: tenant },
  spec: { reportRef: { name: "trades" }, businessDate: "2026-10-01" },
};
let folder: string;
let controlPlane: ControlPlane;
let kubectl: (args: readonly string[], input?: string) => Promise<string>;
let helm: (...args: readonly string[]) => Promise<string>;

beforeAll(async () => {
  const binaries = await ensureBinaries(["kubectl", "helm"], newProgress());
  folder = await mkdtemp(join(tmpdir(), "openreg-release-"));
  controlPlane = await startControlPlane({ dir: folder, progress: quiet });
  const place = ["--kubeconfig", controlPlane.kubeconfig];
  kubectl = (args, input) => run(binaries.kubectl, [...place, ...args], input === undefined ? {} : { input });
  helm = (...args) => run(binaries.helm, [...args, ...place, "--namespace", releaseNamespace]);
  await kubectl(["create", "namespace", tenant]);
});

afterAll(async () => {
  await controlPlane?.stop();
  await rm(folder, { recursive: true, force: true });
});

// There is no node: nothing becomes ready, so nothing is waited for.
const install = () =>
  helm("upgrade", "--install", "openreg", chartFolder, "--create-namespace", "--set", `tenants[0].namespace=${tenant}`);

async function signingKey(): Promise<string> {
  const name = ["get", "secret", "openreg-evidence-key", "--namespace", releaseNamespace];
  return kubectl([...name, "--output", "jsonpath={.data.private\\.pem}"]);
}

const namesOf = async (kind: string) =>
  (await kubectl(["get", kind, "--output", "name"])).split("\n").filter((line) => line.includes("openreg"));

test("the signing key, the kinds and the runs survive upgrade and removal; policies and rights go", async () => {
  await install();
  const key = await signingKey();
  expect(key.length).toBeGreaterThan(100);
  await until({ what: "ReportRuns are served", seconds: 30 }, () =>
    kubectl(["apply", "--filename", "-"], JSON.stringify(run1)).then(
      () => true,
      () => false,
    ),
  );

  await install();
  expect(await signingKey()).toBe(key);

  await helm("uninstall", "openreg");
  expect(await signingKey()).toBe(key);
  expect(await namesOf("customresourcedefinitions")).toHaveLength(8);
  expect(await kubectl(["get", "run", "survivor", "--namespace", tenant, "--output", "name"])).toContain("survivor");
  for (const kind of ["validatingadmissionpolicies", "validatingadmissionpolicybindings", "clusterroles"]) {
    expect(await namesOf(kind)).toEqual([]);
  }

  await install();
  expect(await signingKey()).toBe(key);
  expect(await namesOf("validatingadmissionpolicies")).toHaveLength(11);
});
