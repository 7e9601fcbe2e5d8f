/** The operator does all it has to do with the rights of the chart and nothing more: as a process, with the token of its account. */
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { freePorts } from "../../cluster/control-plane.ts";
import { until } from "../../cluster/until.ts";
import { releaseNamespace, renderChart } from "../chart/render-chart.ts";
import {
  admin,
  core,
  openreg,
  operator,
  type PolicedCluster,
  rightOf,
  startPolicedCluster,
} from "./policed-cluster.ts";

const root = join(import.meta.dirname, "../../..");
const bank = "bank-a";
const runs = openreg(bank, "reportruns");
const closings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

/** The operator's process, what it has said so far, and how to end it. */
interface OperatorProcess {
  readonly said: () => string;
  readonly stop: () => Promise<void>;
}

async function startOperator(cluster: PolicedCluster, namespaces: readonly string[]): Promise<OperatorProcess> {
  const folder = await mkdtemp(join(tmpdir(), "openreg-operator-"));
  closings.push(() => rm(folder, { recursive: true, force: true }));
  const keyFile = join(folder, "private.pem");
  const { privateKey } = generateKeyPairSync("ed25519");
  await writeFile(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }));
  const token = await cluster.must(admin, {
    method: "POST",
    path: core(releaseNamespace, "serviceaccounts/openreg-operator/token"),
    body: { spec: { expirationSeconds: 3600 } },
  });
  const [port] = await freePorts(1);
  const env = {
    PATH: process.env.PATH,
    OPENREG_KUBECONFIG: await cluster.kubeconfigOf(token.status.token),
    OPENREG_OPERATOR_NAMESPACE: releaseNamespace,
    OPENREG_NAMESPACES: namespaces.join(","),
    OPENREG_PORT: String(port),
    OPENREG_EVIDENCE_KEY_FILE: keyFile,
    OPENREG_POD_PROBLEM_AFTER_SECONDS: "1",
    OPENREG_CANCEL_GRACE_SECONDS: "1",
    OPENREG_RUN_NETWORK: JSON.stringify({ clusterEgress: [], listedNamespaces: [] }),
    OPENREG_LOG_LEVEL: "debug",
  };
  const child = spawn(process.execPath, [join(root, "operator/src/main.ts")], { env, stdio: "pipe" });
  const ended = once(child, "exit");
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
    });
  }
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  closings.push(stop);
  await until({ what: "the operator is ready", seconds: 60, gone: () => child.exitCode !== null }, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return answer?.status === 200;
  });
  return { said: () => said, stop };
}

/** The example's objects, with little kept of what has ended. */
async function exampleObjects(): Promise<readonly object[]> {
  const files = ["connector", "destination", "store", "report"].map((name) =>
    join(root, `examples/daily-trades/${name}.yaml`),
  );
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  const objects = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJSON()));
  return [...sharedObjects, ...objects.map((one) => (one.kind === "Report" ? usingShared(one) : one))];
}

const apiVersion = "openreg.dev/v1alpha1";

/** What Reports share: rules, and a table in a ConfigMap. */
const sharedObjects: readonly object[] = [
  {
    ...{ apiVersion, kind: "RuleSet", metadata: { name: "shared" } },
    spec: {
      columns: [{ name: "side", type: "String" }],
      rules: [{ id: "side-there", severity: "Warning", assert: "row.side != null" }],
    },
  },
  {
    ...{ apiVersion, kind: "MappingSet", metadata: { name: "sides" } },
    spec: {
      keys: { code: "String" },
      values: { word: "String" },
      configMapKeyRef: { name: "sides", key: "sides.csv" },
    },
  },
  {
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "sides" } },
    data: { "sides.csv": "code,word\nBUY,Buyer\n" },
  },
];

function usingShared(report: { readonly spec: Record<string, unknown> & { readonly fields: readonly object[] } }) {
  const { spec } = report;
  const lookup = { mappingSetRef: { name: "sides" }, keys: { code: "row.side" }, onMissing: "SetNull" };
  const fields = [...spec.fields, { name: "party", lookup }];
  const validation = { ...(spec.validation as object), ruleSetRefs: [{ name: "shared" }] };
  return { ...report, spec: { ...spec, fields, validation, retention: { otherRuns: 1 } } };
}

/** A run is created, its Job waits for a node that never comes, and it is cancelled: all but the runner's own work. */
async function runAndCancel(cluster: PolicedCluster, name: string): Promise<void> {
  const body = {
    apiVersion: "openreg.dev/v1alpha1",
    kind: "ReportRun",
    metadata: { name },
    spec: { reportRef: { name: "daily-trades" }, businessDate: "2026-10-01" },
  };
  await cluster.must(admin, { method: "POST", path: runs, body });
  await until({ what: `run ${name} has its Pod`, seconds: 60 }, async () => {
    const { items } = await cluster.must(admin, {
      method: "GET",
      path: `${core(bank, "pods")}?labelSelector=openreg.dev/run=${name}`,
    });
    return items.length === 1;
  });
  await cluster.must(admin, { method: "PATCH", path: `${runs}/${name}`, body: { spec: { cancel: true } } });
  await until({ what: `run ${name} is settled`, seconds: 60 }, async () => {
    const { code, body: live } = await cluster.ask(admin, { method: "GET", path: `${runs}/${name}` });
    return code === 404 || (live.metadata.labels?.["openreg.dev/settled"] === "true" && !live.metadata.finalizers);
  });
}

/** The rights of the operator's roles, each as text. */
async function grantedTo(namespaces: readonly string[]): Promise<ReadonlySet<string>> {
  const manifests = await renderChart({ tenants: [bank], namespaces });
  const roles = manifests.filter(
    ({ kind, metadata }) => kind.endsWith("Role") && metadata.name.startsWith("openreg-operator"),
  );
  const rules = roles.flatMap((role) => role.rules as { apiGroups: string[]; resources: string[]; verbs: string[] }[]);
  return new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => rightOf(verb, group, resource))),
      ),
    ),
  );
}

/** Rights that a good day does not need, and what needs them. */
const seldomUsed: Readonly<Record<string, string>> = {
  "get openreg.dev/reportversions": "a version exists already: is it the same?",
  "delete openreg.dev/reportversions": "nothing has referred to a version for hours",
  "get openreg.dev/reportruns": "a settled run is reopened by a retry",
  "update openreg.dev/reportruns/finalizers": "asked by admission, when a Job is created whose owner waits for it",
  "patch networking.k8s.io/networkpolicies": "somebody changed a policy that runs need",
  "delete networking.k8s.io/networkpolicies": "no run has needed a policy for minutes",
  "get batch/jobs": "a Job left traces but is not in the cache",
  "list /events": "a Pod does not start and does not say why",
  "patch /events": "the same happens again",
};

const scopes: Record<string, readonly string[]> = { "with a ClusterRole": [], "with Roles only": [bank] };

describe.each(Object.entries(scopes))("%s", (_scope, namespaces) => {
  test("the operator freezes, runs, cancels, settles and prunes, is refused nothing, and has no right without use", async () => {
    const cluster = await startPolicedCluster([bank], { namespaces });
    closings.push(() => cluster.stop());
    const first = await startOperator(cluster, namespaces);
    await cluster.apply(await exampleObjects(), bank);
    await until({ what: "the Report is frozen as a ReportVersion", seconds: 60 }, async () => {
      const { items } = await cluster.must(admin, { method: "GET", path: openreg(bank, "reportversions") });
      return items.length === 1;
    });
    for (const name of ["one", "two", "three"]) await runAndCancel(cluster, name);
    await until({ what: "runs beyond the retention are pruned", seconds: 60 }, async () => {
      const { items } = await cluster.must(admin, { method: "GET", path: runs });
      return items.length === 1;
    });
    const { items } = await cluster.must(admin, { method: "GET", path: core(bank, "events") });
    // biome-ignore lint/suspicious/noExplicitAny: events as the API server gives them.
    expect(items.some((one: any) => one.source?.component === "openreg-operator")).toBe(true);
    await first.stop();

    const second = await startOperator(cluster, namespaces);
    await until({ what: "both public keys are published", seconds: 30 }, async () => {
      const { body } = await cluster.ask(admin, {
        method: "GET",
        path: core(releaseNamespace, "configmaps/openreg-evidence-keys"),
      });
      return Object.keys(body.data ?? {}).length === 2;
    });
    const [asked, granted] = [await cluster.askedBy(operator), await grantedTo(namespaces)];
    expect([...asked].filter((right) => !granted.has(right))).toEqual([]);
    expect([...granted].filter((right) => !asked.has(right) && !(right in seldomUsed))).toEqual([]);
    expect(
      `${first.said()}${second.said()}`.split("\n").filter((line) => /forbidden|denied request/i.test(line)),
    ).toEqual([]);
  }, 240_000);
});
