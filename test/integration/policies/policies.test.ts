/** Who may write what of OpenReg's objects: each policy with those it lets through and those it refuses. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../cluster/until.ts";
import { manifestOf, renderChart } from "../chart/render-chart.ts";
import {
  type Ask,
  admin,
  core,
  type Identity,
  jobController,
  openreg,
  operator,
  type PolicedCluster,
  person,
  serviceAccount,
  startPolicedCluster,
} from "./policed-cluster.ts";

const bank = "bank-a";
let cluster: PolicedCluster;

/** May do all in the cluster, but is neither the operator nor of a break-glass group. */
const root = person("root", ["system:masters"]);
const breakGlass = person("night-shift", ["system:masters", "openreg:break-glass"]);
const editor = person("erin", ["editors"]);
const administrator = person("adam", ["administrators"]);
const viewer = person("vera", ["viewers"]);

beforeAll(async () => {
  cluster = await startPolicedCluster([bank]);
  for (const [group, role] of Object.entries({ editors: "edit", administrators: "admin", viewers: "view" })) {
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${bank}/rolebindings`;
    const body = {
      metadata: { name: group },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group }],
    };
    await cluster.must(admin, { method: "POST", path, body });
  }
  // The cluster's own roles take up ours a moment later.
  const late: readonly { who: Identity; role: string; ask: Ask; code: number }[] = [
    { who: viewer, role: "view", ask: { method: "GET", path: openreg(bank, "reports") }, code: 200 },
    { who: administrator, role: "admin", ask: remove(openreg(bank, "reportversions/none")), code: 404 },
    { who: editor, role: "edit", ask: remove(openreg(bank, "reports/none")), code: 404 },
  ];
  for (const { who, role, ask, code } of late) {
    const what = `the role ${role} contains openreg-${role}`;
    await until({ what, seconds: 60 }, async () => (await cluster.ask(who, ask)).code === code);
  }
  for (const body of standing) {
    const plural = { ConfigMap: "configmaps" }[body.kind as string];
    const path = plural ? core(bank, plural) : openreg(bank, `${body.kind.toLowerCase()}s`);
    const isOurs = body.kind === "ReportVersion" || body.kind === "ConfigMap";
    await cluster.must(isOurs ? operator : root, post(path, body));
  }
});

afterAll(() => cluster?.stop());

const ours = (kind: string, name: string, spec: object, metadata: object = {}) => ({
  apiVersion: "openreg.dev/v1alpha1",
  kind,
  metadata: { name, ...metadata },
  spec,
});
const connector = (name: string) =>
  ours("Connector", name, {
    postgresql: { host: "db", database: "trades" },
    credentialsSecretRef: { name: "trades-db" },
  });
const destination = (name: string) =>
  ours("Destination", name, {
    mode: "Test",
    sftp: { host: "sftp", directory: "/in", hostKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA"] },
    credentialsSecretRef: { name: "regulator" },
  });
const store = (name: string) => ours("ArtifactStore", name, { persistentVolumeClaimRef: { name: "runs" } });
const report = (name: string) =>
  ours("Report", name, {
    inputs: [{ name: "trades", sql: { connectorRef: { name: "trades-db" }, query: "SELECT 1" } }],
    outputs: [{ name: "file", fileName: "trades.csv", csv: {} }],
  });
const version = (name: string, labels?: object) =>
  ours(
    "ReportVersion",
    name,
    { series: "trades", report: "trades", format: "v1", contract: 1, definition: "{}", contentHash: "0".repeat(64) },
    labels && { labels },
  );
const run = (name: string, spec: object = {}, metadata: object = {}) =>
  ours("ReportRun", name, { reportRef: { name: "trades" }, businessDate: "2026-10-01", ...spec }, metadata);

const reserved = { "app.kubernetes.io/managed-by": "openreg-operator" };
const configMap = (name: string, labels?: object) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...(labels && { labels }) },
  data: { "plan.json": "{}" },
});
const podSpec = (serviceAccountName: string) => ({
  restartPolicy: "Never",
  serviceAccountName,
  containers: [{ name: "runner", image: "localhost/openreg:dev" }],
});
const pod = (name: string, serviceAccountName = "openreg-runner") => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: podSpec(serviceAccountName),
});
const job = (name: string, labels?: object, serviceAccountName = "openreg-runner") => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name, ...(labels && { labels }) },
  spec: { backoffLimit: 0, template: { spec: podSpec(serviceAccountName) } },
});

/** What is there before any case. */
const standing = [
  connector("trades-db"),
  destination("regulator"),
  store("default"),
  report("trades"),
  run("manual"),
  version("trades-0000000000"),
  configMap("plan-of-operator", reserved),
  configMap("table-of-people"),
];

/** A request, who sends it, and what the refusal says; without that it is accepted. */
interface Case {
  readonly who: Identity;
  readonly ask: Ask;
  readonly refused?: RegExp;
}

const jobs = `/apis/batch/v1/namespaces/${bank}/jobs`;
const pods = core(bank, "pods");
const configMaps = core(bank, "configmaps");
const post = (path: string, body: object): Ask => ({ method: "POST", path, body });
const patch = (path: string, body: object): Ask => ({ method: "PATCH", path, body });
const remove = (path: string): Ask => ({ method: "DELETE", path });
const condition = {
  type: "Ready",
  status: "True",
  reason: "Forged",
  message: "said so",
  lastTransitionTime: "2026-10-01T18:00:00Z",
};
const ready = { status: { conditions: [condition] } };
const statusOf = (plural: string, name: string) => openreg(bank, `${plural}/${name}/status`);

const byOperator = /is written by the operator, not by root; change the spec instead/;
const byRbac = /cannot \w+ resource/;

const statusCases: Record<string, Case> = {
  "the operator writes the status of a Report": { who: operator, ask: patch(statusOf("reports", "trades"), ready) },
  "the operator writes the status of an ArtifactStore": {
    who: operator,
    ask: patch(statusOf("artifactstores", "default"), ready),
  },
  "the operator writes the status of a run": {
    who: operator,
    ask: patch(statusOf("reportruns", "manual"), { status: { state: "Pending", attempt: 0 } }),
  },
  "a cluster administrator does not forge a run's state": {
    who: root,
    ask: patch(statusOf("reportruns", "manual"), { status: { state: "Failed" } }),
    refused: byOperator,
  },
  "nor the readiness of a Report": {
    who: root,
    ask: patch(statusOf("reports", "trades"), ready),
    refused: byOperator,
  },
  "nor of a Connector": { who: root, ask: patch(statusOf("connectors", "trades-db"), ready), refused: byOperator },
  "nor of a Destination": { who: root, ask: patch(statusOf("destinations", "regulator"), ready), refused: byOperator },
  "nor of an ArtifactStore": {
    who: root,
    ask: patch(statusOf("artifactstores", "default"), ready),
    refused: byOperator,
  },
  "nor by server-side apply": {
    who: root,
    ask: {
      method: "PATCH",
      path: `${statusOf("reports", "trades")}?fieldManager=root&force=true`,
      contentType: "application/apply-patch+yaml",
      body: { apiVersion: "openreg.dev/v1alpha1", kind: "Report", metadata: { name: "trades" }, ...ready },
    },
    refused: byOperator,
  },
  "an editor has no right to a status at all": {
    who: editor,
    ask: patch(statusOf("reportruns", "manual"), { status: { state: "Failed" } }),
    refused: byRbac,
  },
  "a break-glass group writes the status of a run": {
    who: breakGlass,
    ask: patch(statusOf("reportruns", "manual"), { status: { state: "Cancelled" } }),
  },
  "the operator of another namespace is not the operator": {
    who: { user: `system:serviceaccount:${bank}:openreg-operator`, groups: ["system:masters"] },
    ask: patch(statusOf("reports", "trades"), ready),
    refused: /is written by the operator/,
  },
};

const runsOnly = /come from the Jobs of runs only; create a ReportRun instead/;
const operatorOnly = /are created by the OpenReg operator only/;

const podCases: Record<string, Case> = {
  "the Job controller makes the Pod of a run": { who: jobController, ask: post(pods, pod("made-1-aaaaa")) },
  "an editor makes no Pod with the identity of runs": {
    who: editor,
    ask: post(pods, pod("forged-1-aaaaa")),
    refused: runsOnly,
  },
  "nor by the field's old name": {
    who: editor,
    ask: post(pods, {
      ...pod("forged-1-bbbbb"),
      spec: { serviceAccount: "openreg-runner", containers: podSpec("").containers },
    }),
    refused: runsOnly,
  },
  "nor does a cluster administrator": { who: root, ask: post(pods, pod("forged-1-ccccc")), refused: runsOnly },
  "nor the operator itself": {
    who: { ...operator, groups: ["system:masters"] },
    ask: post(pods, pod("forged-1-ddddd")),
    refused: runsOnly,
  },
  "nor the controller of ReplicaSets, for somebody's Deployment": {
    who: serviceAccount("kube-system", "replicaset-controller"),
    ask: post(pods, pod("forged-1-eeeee")),
    refused: runsOnly,
  },
  "an editor makes other Pods": { who: editor, ask: post(pods, pod("free", "default")) },
  "the operator makes the Job of a run": { who: operator, ask: post(jobs, job("made-2", reserved)) },
  "an editor makes no Job with the identity of runs": {
    who: editor,
    ask: post(jobs, job("forged-1")),
    refused: operatorOnly,
  },
  "nor does a cluster administrator make one": { who: root, ask: post(jobs, job("forged-1")), refused: operatorOnly },
  "nor the controller of CronJobs": {
    who: serviceAccount("kube-system", "cronjob-controller"),
    ask: post(jobs, job("forged-1")),
    refused: operatorOnly,
  },
  "an editor makes other Jobs": { who: editor, ask: post(jobs, job("free", undefined, "default")) },
};

const isReserved = /label app.kubernetes.io\/managed-by: openreg-operator is reserved/;

const labelCases: Record<string, Case> = {
  "the operator labels a ConfigMap as its own": { who: operator, ask: post(configMaps, configMap("plan-1", reserved)) },
  "an editor does not": { who: editor, ask: post(configMaps, configMap("forged", reserved)), refused: isReserved },
  "an editor labels no Job as the operator's": {
    who: editor,
    ask: post(jobs, job("forged", reserved, "default")),
    refused: isReserved,
  },
  "an editor makes other ConfigMaps": { who: editor, ask: post(configMaps, configMap("free")) },
  "with other labels, too": { who: editor, ask: post(configMaps, configMap("labelled", { app: "x" })) },
  "but cannot add the label later": {
    who: editor,
    ask: patch(`${configMaps}/free`, { metadata: { labels: reserved } }),
    refused: isReserved,
  },
  "nor take it away": {
    who: editor,
    ask: patch(`${configMaps}/plan-of-operator`, { metadata: { labels: null } }),
    refused: isReserved,
  },
  "what carries it can be annotated": {
    who: editor,
    ask: patch(`${configMaps}/plan-of-operator`, { metadata: { annotations: { seen: "yes" } } }),
  },
  "the operator adds an owner to what carries it": {
    who: operator,
    ask: patch(`${configMaps}/plan-of-operator`, { metadata: { annotations: { owner: "yes" } } }),
  },
  "and changes no ConfigMap of people": {
    who: operator,
    ask: patch(`${configMaps}/table-of-people`, { data: { "plan.json": "forged" } }),
    refused: /the OpenReg operator changes its own ConfigMaps only/,
  },
  "nor takes one for its own": {
    who: operator,
    ask: patch(`${configMaps}/table-of-people`, { metadata: { labels: reserved } }),
    refused: /the OpenReg operator changes its own ConfigMaps only/,
  },
};

const byOperatorOnly = /ReportVersions are made by the operator and never edited/;
const versions = openreg(bank, "reportversions");

const versionCases: Record<string, Case> = {
  "the operator makes a ReportVersion": { who: operator, ask: post(versions, version("trades-1111111111")) },
  "a cluster administrator does not": {
    who: root,
    ask: post(versions, version("trades-2222222222")),
    refused: byOperatorOnly,
  },
  "nor does he change its labels": {
    who: root,
    ask: patch(`${versions}/trades-0000000000`, { metadata: { labels: { "openreg.dev/series": "other" } } }),
    refused: byOperatorOnly,
  },
  "nor its annotations": {
    who: root,
    ask: patch(`${versions}/trades-0000000000`, { metadata: { annotations: { note: "mine" } } }),
    refused: byOperatorOnly,
  },
  "the garbage collector removes a finalizer": {
    who: serviceAccount("kube-system", "generic-garbage-collector"),
    ask: patch(`${versions}/trades-0000000000`, { metadata: { finalizers: null } }),
  },
  "an editor makes none": { who: editor, ask: post(versions, version("trades-3333333333")), refused: byRbac },
  "an editor removes none": { who: editor, ask: remove(`${versions}/trades-0000000000`), refused: byRbac },
  "the operator may remove one that nothing refers to": {
    who: operator,
    ask: remove(`${versions}/trades-0000000000?dryRun=All`),
  },
  "a viewer reads them": { who: viewer, ask: { method: "GET", path: versions } },
  "an administrator of the namespace may remove one": {
    who: administrator,
    ask: remove(`${versions}/trades-1111111111`),
  },
};

const runs = openreg(bank, "reportruns");

const pinned = /labels openreg.dev\/report, series, business-date and mode are set by the operator/;

const originCases: Record<string, Case> = {
  "an editor creates a run": { who: editor, ask: post(runs, run("by-hand")) },
  "and says that he did": { who: editor, ask: post(runs, run("by-hand-2", { trigger: "Manual" })) },
  "an editor does not pose as a Schedule": {
    who: editor,
    ask: post(runs, run("posing", { trigger: "Schedule" })),
    refused: /trigger Schedule and Backfill are set by the operator/,
  },
  "nor as a Backfill": {
    who: root,
    ask: post(runs, run("posing", { trigger: "Backfill" })),
    refused: /trigger Schedule and Backfill are set by the operator/,
  },
  "nobody squats the name of a slot": {
    who: root,
    ask: post(runs, run("daily-20261001-1800")),
    refused: /names that end in -yyyymmdd-hhmm belong to the slots of Schedules/,
  },
  "a name that only looks a little like a slot is free": { who: editor, ask: post(runs, run("daily-20261001-180")) },
  "a date in the name is free": { who: editor, ask: post(runs, run("daily-20261001")) },
  "an editor does not choose the version": {
    who: editor,
    ask: post(runs, run("choosing", { reportVersionRef: { name: "trades-0000000000" } })),
    refused: /reportVersionRef is set by the operator/,
  },
  "nor later": {
    who: editor,
    ask: patch(`${runs}/by-hand`, { spec: { reportVersionRef: { name: "trades-0000000000" } } }),
    refused: /reportVersionRef is set by the operator/,
  },
  "the operator pins it": {
    who: operator,
    ask: patch(`${runs}/by-hand`, { spec: { reportVersionRef: { name: "trades-0000000000" } } }),
  },
  "after which an editor cancels": { who: editor, ask: patch(`${runs}/by-hand`, { spec: { cancel: true } }) },
  "an editor does not hide a run from the operator": {
    who: editor,
    ask: patch(`${runs}/by-hand`, { metadata: { labels: { "openreg.dev/settled": "true" } } }),
    refused: /label openreg.dev\/settled is set and removed by the operator/,
  },
  "not even at once": {
    who: editor,
    ask: post(runs, run("hidden", {}, { labels: { "openreg.dev/settled": "true" } })),
    refused: /label openreg.dev\/settled is set and removed by the operator/,
  },
  "an editor does not put a run among those of another series": {
    who: editor,
    ask: patch(`${runs}/by-hand`, { metadata: { labels: { "openreg.dev/series": "other" } } }),
    refused: pinned,
  },
  "not even at once, nor a cluster administrator": {
    who: root,
    ask: post(runs, run("elsewhere", {}, { labels: { "openreg.dev/report": "other" } })),
    refused: pinned,
  },
  "the operator says where it belongs": {
    who: operator,
    ask: patch(`${runs}/by-hand`, {
      metadata: { labels: { "openreg.dev/series": "trades", "openreg.dev/mode": "Test" } },
    }),
  },
  "after which an editor does not take it out": {
    who: editor,
    ask: patch(`${runs}/by-hand`, { metadata: { labels: { "openreg.dev/series": null } } }),
    refused: pinned,
  },
  "but adds labels of his own": {
    who: editor,
    ask: patch(`${runs}/by-hand`, { metadata: { labels: { team: "filing" } } }),
  },
  "the operator settles it": {
    who: operator,
    ask: patch(`${runs}/by-hand`, { metadata: { labels: { "openreg.dev/settled": "true" } } }),
  },
  "an editor does not bring it back": {
    who: editor,
    ask: patch(`${runs}/by-hand`, { metadata: { labels: { "openreg.dev/settled": null } } }),
    refused: /label openreg.dev\/settled is set and removed by the operator/,
  },
  "an editor asks for another attempt": {
    who: editor,
    ask: patch(`${runs}/by-hand`, { metadata: { annotations: { "openreg.dev/retry-requested-at": "now" } } }),
  },
  "an editor deletes it": { who: editor, ask: remove(`${runs}/by-hand`) },
};

const suites: Record<string, Record<string, Case>> = {
  status: statusCases,
  "Pods and Jobs of runs": podCases,
  "the operator's label": labelCases,
  ReportVersions: versionCases,
  "where a run comes from": originCases,
};

for (const [suite, cases] of Object.entries(suites)) {
  describe(suite, () => {
    test.each(Object.entries(cases))("%s", async (_sentence, { who, ask, refused }) => {
      const { code, message } = await cluster.ask(who, ask);
      if (refused) {
        expect(message).toMatch(refused);
        expect(code).toBe(403);
      } else {
        expect(message).toBe("");
      }
    });
  });
}

test("the Job controller really makes the Pods of the operator's Jobs", async () => {
  await cluster.must(operator, post(jobs, job("real-1", reserved)));
  await until({ what: "Job real-1 has its Pod", seconds: 30 }, async () => {
    const { items } = await cluster.must(admin, {
      method: "GET",
      path: `${pods}?labelSelector=batch.kubernetes.io/job-name=real-1`,
    });
    return items.length === 1 && /^real-1-[a-z0-9]{5}$/.test(items[0].metadata.name);
  });
});

test("the API server finds nothing to object to in the expressions of the policies", async () => {
  const path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
  const policiesOf = async () => {
    const { items } = await cluster.must(admin, { method: "GET", path });
    // biome-ignore lint/suspicious/noExplicitAny: policies as the API server gives them.
    return items.filter((one: any) => one.metadata.name.startsWith("openreg-"));
  };
  await until({ what: "all policies have been type-checked", seconds: 60 }, async () =>
    // biome-ignore lint/suspicious/noExplicitAny: policies as the API server gives them.
    (await policiesOf()).every((one: any) => one.status?.observedGeneration === one.metadata.generation),
  );
  const policies = await policiesOf();
  expect(policies).toHaveLength(11);
  for (const { metadata, status } of policies) {
    expect({ policy: metadata.name, warnings: status.typeChecking?.expressionWarnings ?? [] }).toEqual({
      policy: metadata.name,
      warnings: [],
    });
  }
});

test("the operator's Pod is one that Pod Security restricted lets in", async () => {
  const name = "confined";
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await cluster.must(admin, post("/api/v1/namespaces", { metadata: { name, labels } }));
  await cluster.must(admin, post(core(name, "serviceaccounts"), { metadata: { name: "openreg-operator" } }));
  const { spec } = manifestOf(await renderChart(), "Deployment", "openreg-operator").spec.template;
  const asPod = (change: object) => ({ metadata: { name: "operator" }, spec: { ...spec, ...change } });
  const pods = `${core(name, "pods")}?dryRun=All`;
  await cluster.must(admin, post(pods, asPod({})));
  const { message } = await cluster.ask(admin, post(pods, asPod({ hostNetwork: true })));
  expect(message).toMatch(/violates PodSecurity "restricted/);
});

test("a namespace with OpenReg's objects can be deleted", async () => {
  const name = "closing-down";
  await cluster.must(admin, post("/api/v1/namespaces", { metadata: { name } }));
  await cluster.must(operator, post(openreg(name, "reportversions"), version("trades-0000000000")));
  await cluster.must(admin, remove(`/api/v1/namespaces/${name}`));
  await until({ what: `namespace ${name} is gone`, seconds: 60 }, async () => {
    const { code } = await cluster.ask(admin, { method: "GET", path: `/api/v1/namespaces/${name}` });
    return code === 404;
  });
});
