/**
 * Removing the chart removes what runs, not what was made: definitions, objects, evidence and its key stay, and work again after the next install.
 * It shares the cluster: the suite runs one file at a time, and afterwards the release is installed as it was.
 */
import { kinds as allKinds } from "@openreg/crds";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { newKubectl } from "../cluster/kubectl.ts";
import { chart, helm, release } from "./release.ts";
import { newStory, type Run, type Story } from "./story.ts";

const date = "2027-01-13";
const everywhere = newKubectl(inject("shared").cluster);
const kinds = "reports,reportversions,reportruns,connectors,destinations,artifactstores,rulesets,mappingsets";
let story: Story;
let run: Run;
let values: string;
let definitions: string;
let objects: string;

beforeAll(async () => {
  story = await newStory("story-uninstall", { dates: [date], rows: 100 });
  run = await story.end(await story.createRun({ businessDate: date }));
  await story.kubectl([
    "wait",
    "--for=jsonpath={.metadata.labels.openreg\\.dev/settled}=true",
    name(),
    "--timeout=70s",
  ]);
  values = await helm(["get", "values", release, "-o", "json"]);
  definitions = await listDefinitions();
  objects = await listObjects();
  await helm(["uninstall", release, "--wait"]);
  const operator = ["-n", "openreg-system", "pods", "-l", "app.kubernetes.io/component=operator"];
  await everywhere(["wait", "--for=delete", ...operator, "--timeout=60s"]);
});

afterAll(ensureInstalled);

test("what runs is gone: operator, accounts, policies", async () => {
  const system = await everywhere(["-n", "openreg-system", "get", "deployments,pods,serviceaccounts", "-o", "name"]);
  expect(system).not.toContain("openreg");
  expect(await story.kubectl(["get", "serviceaccounts,roles,rolebindings", "-o", "name"])).not.toContain("openreg");
  const policies = "validatingadmissionpolicies,validatingadmissionpolicybindings,clusterroles,clusterrolebindings";
  expect(await everywhere(["get", policies, "-o", "name"])).not.toContain("openreg");
});

test("the definitions stay as they were", async () => {
  expect(definitions.trim().split("\n")).toHaveLength(allKinds.length);
  expect(await listDefinitions()).toBe(definitions);
});

test("every object stays, with its status and its UID", async () => {
  for (const kind of ["Report", "ReportVersion", "ReportRun"]) expect(objects).toContain(`${kind} `);
  expect(await listObjects()).toBe(objects);
  expect(await story.run(run.metadata.name)).toMatchObject({ metadata: { uid: run.metadata.uid }, status: run.status });
});

test("the evidence is still in the store, and no finalizer holds anything", async () => {
  const { key, sha256 } = run.status?.execution?.evidence ?? {};
  expect(await story.store(`sha256sum '${key}'`)).toContain(sha256);
  expect(await story.kubectl(["get", kinds, "-o", "jsonpath={.items[*].metadata.finalizers}"])).toBe("");
});

test("after the next install the same Report makes a new run, signed by the same key", async () => {
  await ensureInstalled();
  const again = await story.end(await story.createRun({ businessDate: date }));
  expect(again.status?.state).toBe("Completed");
  expect(again.spec.reportVersionRef).toEqual(run.spec.reportVersionRef);
  expect(again.status?.evidence).toMatchObject({ keyId: run.status?.evidence?.keyId, signature: expect.any(String) });
  expect(await story.run(run.metadata.name)).toMatchObject({ status: run.status });
});

function name(): string {
  return `reportrun/${run.metadata.name}`;
}

/** Installs what was installed before, unless it is there. */
async function ensureInstalled(): Promise<void> {
  const found = await helm(["list", "--filter", `^${release}$`, "-q"]);
  if (found.trim() === release) return;
  await helm(["install", release, chart, "--wait", "--timeout", "240s", "--values", "-"], values);
}

function listDefinitions(): Promise<string> {
  const line =
    '{range .items[?(@.spec.group=="openreg.dev")]}{.metadata.name} {.metadata.uid} {.metadata.generation}{"\\n"}{end}';
  return everywhere(["get", "customresourcedefinitions", "-o", `jsonpath=${line}`]);
}

function listObjects(): Promise<string> {
  const line =
    '{range .items[*]}{.kind} {.metadata.name} {.metadata.uid} {.metadata.generation} {.status.state}{"\\n"}{end}';
  return story.kubectl(["get", kinds, "-o", `jsonpath=${line}`]);
}
