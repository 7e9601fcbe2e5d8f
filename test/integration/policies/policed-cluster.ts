/** Starts a control plane with the chart's kinds, rights and policies, and speaks to it as anybody. */
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBinaries } from "../../cluster/build-binaries.ts";
import { run } from "../../cluster/command.ts";
import { startControlPlane } from "../../cluster/control-plane.ts";
import { newProgress, quiet } from "../../cluster/progress.ts";
import { until } from "../../cluster/until.ts";
import { releaseNamespace, renderChart } from "../chart/render-chart.ts";

/** Who asks: the administrator, somebody he impersonates, or whoever a token stands for. */
export type Identity = { readonly user?: string; readonly groups?: readonly string[]; readonly token?: string };

/** One request to the API server. `contentType` is that of a patch; merge patch unless said otherwise. */
export interface Ask {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** What the API server answered; `message` is the refusal's, empty when accepted. */
export interface Answer {
  readonly code: number;
  readonly message: string;
  // biome-ignore lint/suspicious/noExplicitAny: the object asked for, of any kind.
  readonly body: any;
}

/** A running control plane that anybody can be asked through. */
export interface PolicedCluster {
  ask(who: Identity, what: Ask): Promise<Answer>;
  /** Like `ask`, but throws when the answer is a refusal: for what a test only needs to be there. */
  must(who: Identity, what: Ask): Promise<Answer["body"]>;
  /** Applies objects as the administrator, those without a namespace to the given one. */
  apply(objects: readonly object[], namespace?: string): Promise<void>;
  /** What this user has asked of the API server so far: `verb group/resource/subresource`, each once. */
  askedBy(who: Identity): Promise<ReadonlySet<string>>;
  /** Writes a kubeconfig with a token and gives its path. */
  kubeconfigOf(token: string): Promise<string>;
  stop(): Promise<void>;
}

/** The administrator, whom RBAC refuses nothing. */
export const admin: Identity = {};

/** The ServiceAccount of that name. */
export function serviceAccount(namespace: string, name: string): Identity {
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
  return { user: `system:serviceaccount:${namespace}:${name}`, groups };
}

/** A person whom RBAC refuses nothing either, unless `groups` are given. */
export function person(name: string, groups: readonly string[] = []): Identity {
  return { user: name, groups: ["system:authenticated", ...groups] };
}

/** The operator. */
export const operator = serviceAccount(releaseNamespace, "openreg-operator");

/** The controller that makes Pods of Jobs. */
export const jobController = serviceAccount("kube-system", "job-controller");

/** The path of OpenReg's kinds in a namespace. */
export const openreg = (namespace: string, rest: string) =>
  `/apis/openreg.dev/v1alpha1/namespaces/${namespace}/${rest}`;

/** The path of a namespace's core kinds. */
export const core = (namespace: string, rest: string) => `/api/v1/namespaces/${namespace}/${rest}`;

/** Starts a control plane with controllers, and the chart with these values and without its Deployment. */
export async function startPolicedCluster(tenants: readonly string[], values: object = {}): Promise<PolicedCluster> {
  const manifests = (await renderChart({ tenants, ...values })).filter(({ kind }) => kind !== "Deployment");
  const binaries = await ensureBinaries(["kubectl"], newProgress());
  const folder = await mkdtemp(join(tmpdir(), "openreg-policies-"));
  const auditLog = join(folder, "audit.log");
  const auditPolicy = join(folder, "audit-policy.yaml");
  const users = [{ level: "Metadata", users: [operator.user] }, { level: "None" }];
  await writeFile(auditPolicy, JSON.stringify({ apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: users }));
  const apiServerFlags = [`--audit-policy-file=${auditPolicy}`, `--audit-log-path=${auditLog}`];
  const controlPlane = await startControlPlane({
    dir: folder,
    controllerManager: true,
    progress: quiet,
    apiServerFlags,
  });
  const kubeconfig = JSON.parse(await readFile(controlPlane.kubeconfig, "utf8"));
  const agents = { admin: newAgent(kubeconfig, true), anybody: newAgent(kubeconfig, false) };
  const ask = (who: Identity, what: Ask) =>
    send(controlPlane.url, who.token ? agents.anybody : agents.admin, who, what);
  const must = async (who: Identity, what: Ask) => {
    const { code, message, body } = await ask(who, what);
    if (code >= 300) throw new Error(`${what.method} ${what.path} was refused (${code}): ${message}`);
    return body;
  };
  const stop = async () => {
    for (const agent of Object.values(agents)) agent.destroy();
    await controlPlane.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const apply = async (objects: readonly object[], namespace?: string) => {
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    const place = ["--kubeconfig", controlPlane.kubeconfig, ...(namespace ? ["--namespace", namespace] : [])];
    await run(binaries.kubectl, [...place, "apply", "--server-side", "-f", "-"], { input });
  };
  const kubeconfigOf = async (token: string) => {
    const path = join(folder, `token-${randomUUID()}.kubeconfig`);
    const [{ name }] = kubeconfig.users;
    await writeFile(path, JSON.stringify({ ...kubeconfig, users: [{ name, user: { token } }] }), { mode: 0o600 });
    return path;
  };
  const askedBy = async ({ user }: Identity) => requestsOf(await readFile(auditLog, "utf8"), user ?? "");
  const cluster = { ask, must, apply, askedBy, kubeconfigOf, stop };
  try {
    const namespaces = [releaseNamespace, ...tenants].map((name) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name },
    }));
    await apply(namespaces);
    await apply(manifests);
    await apply(marker);
    await untilPoliciesWork(cluster);
  } catch (error) {
    await stop();
    throw error;
  }
  return cluster;
}

function requestsOf(auditLog: string, user: string): ReadonlySet<string> {
  const events = auditLog.split("\n").flatMap((line) => (line ? [JSON.parse(line)] : []));
  const asked = events.filter((one) => one.user.username === user && !one.impersonatedUser && one.objectRef);
  return new Set(
    asked.map(({ verb, objectRef: { apiGroup = "", resource, subresource } }) =>
      rightOf(verb, apiGroup, subresource ? `${resource}/${subresource}` : resource),
    ),
  );
}

/** A right as text, to compare what is asked with what is granted. */
export function rightOf(verb: string, apiGroup: string, resource: string): string {
  return `${verb} ${apiGroup}/${resource}`;
}

/** Installed last and seen to work: then all policies do, for the API server takes them up in the order they came. */
const marker = [
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "zz-marker" },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
      },
      matchConditions: [{ name: "marker", expression: "object.metadata.name == 'zz-marker'" }],
      validations: [{ expression: "false", message: "the marker is refused" }],
    },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "zz-marker" },
    spec: { policyName: "zz-marker", validationActions: ["Deny"] },
  },
];

async function untilPoliciesWork({ ask }: PolicedCluster): Promise<void> {
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "zz-marker" } };
  const path = `${core("default", "configmaps")}?dryRun=All`;
  await until({ what: "admission policies are enforced", seconds: 60 }, async () => {
    const { message } = await ask(admin, { method: "POST", path, body });
    return message.includes("the marker is refused");
  });
  await until({ what: "the kinds are served", seconds: 60 }, async () => {
    const { code } = await ask(admin, { method: "GET", path: openreg("default", "reportruns") });
    return code === 200;
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a kubeconfig that our own scripts wrote.
function newAgent(kubeconfig: any, asAdmin: boolean): Agent {
  const decoded = (text: string) => Buffer.from(text, "base64");
  const ca = decoded(kubeconfig.clusters[0].cluster["certificate-authority-data"]);
  const { user } = kubeconfig.users[0];
  const own = { cert: decoded(user["client-certificate-data"]), key: decoded(user["client-key-data"]) };
  return new Agent({ keepAlive: true, ca, ...(asAdmin ? own : {}) });
}

function headersOf(who: Identity, what: Ask): Record<string, string | string[]> {
  const contentType =
    what.contentType ?? (what.method === "PATCH" ? "application/merge-patch+json" : "application/json");
  return {
    accept: "application/json",
    "content-type": contentType,
    ...(who.token ? { authorization: `Bearer ${who.token}` } : {}),
    ...(who.user ? { "impersonate-user": who.user, "impersonate-group": [...(who.groups ?? [])] } : {}),
  };
}

function send(url: string, agent: Agent, who: Identity, what: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}${what.path}`,
      { method: what.method, agent, headers: headersOf(who, what) },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", reject);
        response.on("end", () => {
          const body = JSON.parse(text);
          const code = response.statusCode ?? 0;
          resolve({ code, body, message: code >= 300 ? (body.message ?? text) : "" });
        });
      },
    );
    asked.on("error", reject);
    asked.end(what.body === undefined ? undefined : JSON.stringify(what.body));
  });
}
