/** The objects of the chart beside its rights: Pods as `restricted` asks, policies that fail closed, what is kept and what is optional. */
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { chartFolder, lintChart, type Manifest, manifestOf, renderChart } from "./render-chart.ts";

let standard: readonly Manifest[];
let spec: Manifest["spec"];
let container: Manifest["spec"];

beforeAll(async () => {
  standard = await renderChart({ tenants: [{ namespace: "bank-a" }] });
  ({ spec } = manifestOf(standard, "Deployment", "openreg-operator").spec.template);
  container = spec.containers[0];
}, 900_000);

const kindsOf = (manifests: readonly Manifest[], kind: string) => manifests.filter((one) => one.kind === kind);

const demands: Record<string, () => void> = {
  "one container, and no init container": () =>
    expect([spec.containers.length, spec.initContainers ?? []]).toEqual([1, []]),
  "not as root": () =>
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      fsGroup: 10001,
    }),
  "the seccomp profile of the runtime": () =>
    expect(spec.securityContext.seccompProfile).toEqual({ type: "RuntimeDefault" }),
  "no way to gain rights": () => expect(container.securityContext.allowPrivilegeEscalation).toBe(false),
  "no capability": () => expect(container.securityContext.capabilities).toEqual({ drop: ["ALL"] }),
  "nothing privileged": () => expect(container.securityContext).not.toHaveProperty("privileged"),
  "a root file system that cannot be written": () =>
    expect(container.securityContext.readOnlyRootFilesystem).toBe(true),
  "no namespace of the host": () =>
    expect([spec.hostNetwork, spec.hostPID, spec.hostIPC]).toEqual([undefined, undefined, undefined]),
  "no port of the host": () =>
    expect(container.ports.filter((one: { hostPort?: number }) => one.hostPort !== undefined)).toEqual([]),
  "no path of the host, only its key": () =>
    expect(spec.volumes.map((one: object) => Object.keys(one).filter((key) => key !== "name"))).toEqual([["secret"]]),
  "the key as a file that its group may read": () => {
    expect(spec.volumes[0].secret).toMatchObject({ secretName: "openreg-evidence-key", defaultMode: 0o440 });
    expect(container.volumeMounts).toEqual([
      { name: "evidence-key", mountPath: "/etc/openreg/evidence-key", readOnly: true },
    ]);
  },
  "an account of its own": () => expect(spec.serviceAccountName).toBe("openreg-operator"),
  "no Secret in its environment": () => expect(JSON.stringify(container.env)).not.toMatch(/secretKeyRef|secretRef/),
  "requests and limits": () => {
    expect(Object.keys(container.resources.requests).sort()).toEqual(["cpu", "memory"]);
    expect(Object.keys(container.resources.limits).sort()).toEqual(["cpu", "memory"]);
  },
  "probes of both kinds": () => {
    expect(container.livenessProbe.httpGet.path).toBe("/livez");
    expect(container.readinessProbe.httpGet.path).toBe("/readyz");
  },
};

describe("a Pod of the operator has", () => {
  test.each(Object.entries(demands))("%s", (_demand, check) => check());
});

describe("the operator", () => {
  test("stands twice, on different nodes where there are several, and a drain takes one at a time", () => {
    expect(manifestOf(standard, "Deployment", "openreg-operator").spec.replicas).toBe(2);
    expect(spec.topologySpreadConstraints).toHaveLength(1);
    expect(manifestOf(standard, "PodDisruptionBudget", "openreg-operator").spec.maxUnavailable).toBe(1);
  });

  test("has no disruption budget when it stands alone, for it would block every drain", async () => {
    expect(kindsOf(await renderChart({ operator: { replicas: 1 } }), "PodDisruptionBudget")).toEqual([]);
  });

  test("is selected by labels that no upgrade changes", () => {
    const { selector } = manifestOf(standard, "Deployment", "openreg-operator").spec;
    expect(selector.matchLabels).toEqual({
      "app.kubernetes.io/name": "openreg",
      "app.kubernetes.io/component": "operator",
    });
  });

  test("is reached for metrics only and reaches DNS and the API server only", () => {
    const policy = manifestOf(standard, "NetworkPolicy", "openreg-operator").spec;
    expect(policy.policyTypes).toEqual(["Ingress", "Egress"]);
    expect(policy.ingress).toEqual([
      { from: [{ namespaceSelector: {} }], ports: [{ protocol: "TCP", port: "metrics" }] },
    ]);
    expect(policy.egress.flatMap((rule: { ports: { port: number }[] }) => rule.ports.map(({ port }) => port))).toEqual([
      53, 53, 443, 6443,
    ]);
  });

  test("reads only settings that its configuration knows", () => {
    const config = readFileSync(join(chartFolder, "../../operator/src/config.ts"), "utf8");
    const unknown = container.env
      .map((one: { name: string }) => one.name)
      .filter((name: string) => !config.includes(name));
    expect(unknown).toEqual([]);
  });
});

const images: Record<string, { values: object; image: string; runnerImage: string }> = {
  "by tag": {
    values: { image: { repository: "registry.example/openreg", tag: "1.2.3" } },
    image: "registry.example/openreg:1.2.3",
    runnerImage: "registry.example/openreg:1.2.3",
  },
  "by digest": {
    values: { image: { repository: "registry.example/openreg", tag: "1.2.3", digest: `sha256:${"a".repeat(64)}` } },
    image: `registry.example/openreg@sha256:${"a".repeat(64)}`,
    runnerImage: `registry.example/openreg@sha256:${"a".repeat(64)}`,
  },
  "with another tag for runs, which the operator's digest does not override": {
    values: {
      image: { repository: "registry.example/openreg", digest: `sha256:${"a".repeat(64)}` },
      runner: { image: { tag: "2.0.0" } },
    },
    image: `registry.example/openreg@sha256:${"a".repeat(64)}`,
    runnerImage: "registry.example/openreg:2.0.0",
  },
};

describe("images are named", () => {
  test.each(Object.entries(images))("%s", async (_how, { values, image, runnerImage }) => {
    const operator = manifestOf(await renderChart(values), "Deployment", "openreg-operator").spec.template.spec
      .containers[0];
    const set = operator.env.find((one: { name: string }) => one.name === "OPENREG_IMAGE");
    expect([operator.image, set.value]).toEqual([image, runnerImage]);
  });
});

describe("a policy", () => {
  test("is bound by its own name, refuses, and fails closed", () => {
    const policies = kindsOf(standard, "ValidatingAdmissionPolicy");
    expect(policies.map(({ metadata }) => metadata.name).sort()).toEqual([
      "openreg-connector-secrets",
      "openreg-destination-secrets",
      "openreg-managed-objects",
      "openreg-operator-config-maps",
      "openreg-operator-network-policies",
      "openreg-report-versions",
      "openreg-run-jobs",
      "openreg-run-origin",
      "openreg-run-pods",
      "openreg-runner-progress",
      "openreg-status-writers",
    ]);
    for (const policy of policies) {
      expect(policy.spec.failurePolicy).toBe("Fail");
      const binding = manifestOf(standard, "ValidatingAdmissionPolicyBinding", policy.metadata.name);
      expect(binding.spec).toEqual({ policyName: policy.metadata.name, validationActions: ["Deny"] });
    }
  });

  test("says in each refusal what is wrong, as a Forbidden", () => {
    for (const { spec: policy } of kindsOf(standard, "ValidatingAdmissionPolicy")) {
      for (const { message, reason } of policy.validations) {
        expect(message.length).toBeGreaterThan(30);
        expect(reason).toBe("Forbidden");
      }
    }
  });

  test("of other people's kinds meets only what carries our names", () => {
    for (const { metadata, spec: policy } of kindsOf(standard, "ValidatingAdmissionPolicy")) {
      const groups = policy.matchConstraints.resourceRules.flatMap((rule: { apiGroups: string[] }) => rule.apiGroups);
      if (groups.every((one: string) => one === "openreg.dev")) continue;
      expect({ policy: metadata.name, conditions: policy.matchConditions.length }).toEqual({
        policy: metadata.name,
        conditions: 1,
      });
    }
  });

  test("names the operator by the namespace it is installed in, and the accounts of the values", async () => {
    const changed = await renderChart({
      policies: { jobControllerUser: "system:kube-controller-manager", breakGlassGroups: ["on-call", "auditors"] },
    });
    const text = JSON.stringify(kindsOf(changed, "ValidatingAdmissionPolicy").map((one) => one.spec));
    expect(text).toContain("request.userInfo.username == 'system:serviceaccount:openreg-system:openreg-operator'");
    expect(text).toContain("request.userInfo.username == 'system:kube-controller-manager'");
    expect(text).toContain(String.raw`g in [\"on-call\",\"auditors\"]`);
  });

  test("is left out on request", async () => {
    const without = await renderChart({ policies: { install: false } });
    expect(without.filter(({ kind }) => kind.startsWith("ValidatingAdmissionPolicy"))).toEqual([]);
  });
});

/** What the operator is told about the NetworkPolicies of runs. */
function runNetworkOf(manifests: readonly Manifest[]) {
  const { env } = manifestOf(manifests, "Deployment", "openreg-operator").spec.template.spec.containers[0];
  return JSON.parse(env.find((one: { name: string }) => one.name === "OPENREG_RUN_NETWORK").value);
}

describe("a tenant", () => {
  test("is named in short or in full, with the same result", async () => {
    expect(tenantsOf(await renderChart({ tenants: ["bank-a"] }))).toEqual(tenantsOf(standard));
    expect(tenantsOf(standard)).toEqual(
      [
        "ServiceAccount",
        "ServiceAccount",
        "Role",
        "RoleBinding",
        "NetworkPolicy",
        "NetworkPolicy",
        "NetworkPolicy",
      ].sort(),
    );
  });

  test("has runs that nobody connects to and that reach DNS and the API server; the operator adds their peers", () => {
    const policy = manifestOf(standard, "NetworkPolicy", "openreg-runs", "bank-a").spec;
    expect(policy.podSelector).toEqual({ matchExpressions: [{ key: "openreg.dev/run", operator: "Exists" }] });
    expect(policy.policyTypes).toEqual(["Ingress", "Egress"]);
    expect(policy.ingress).toEqual([]);
    const { clusterEgress, listedNamespaces } = runNetworkOf(standard);
    expect(policy.egress).toEqual(clusterEgress);
    expect(policy.egress).toHaveLength(2);
    expect(listedNamespaces).toEqual([]);
  });

  test("keeps open, for Pods of the release before, the way to peers that no policy of the operator names", () => {
    const policy = manifestOf(standard, "NetworkPolicy", "openreg-runs-before-peers", "bank-a").spec;
    expect(policy.podSelector).toEqual({
      matchExpressions: [
        { key: "openreg.dev/run", operator: "Exists" },
        { key: "openreg.dev/peers", operator: "DoesNotExist" },
      ],
    });
    expect(policy).toMatchObject({ policyTypes: ["Ingress", "Egress"], ingress: [] });
    expect(policy.egress).toEqual([
      {
        to: [
          { namespaceSelector: {} },
          { ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.169.254/32"] } },
          { ipBlock: { cidr: "::/0", except: ["fd00:ec2::254/128"] } },
        ],
      },
    ]);
  });

  test("that says where runs go to gets that, DNS and the API server, and nothing else", async () => {
    const egress = [{ to: [{ ipBlock: { cidr: "10.1.2.3/32" } }], ports: [{ protocol: "TCP", port: 5432 }] }];
    const manifests = await renderChart({ tenants: [{ namespace: "bank-a", egress }] });
    const policy = manifestOf(manifests, "NetworkPolicy", "openreg-runs", "bank-a").spec;
    expect(policy.egress).toHaveLength(3);
    expect(policy.egress[2]).toEqual(egress[0]);
    expect(runNetworkOf(manifests).listedNamespaces).toEqual(["bank-a"]);
    expect(manifests.map(({ metadata }) => metadata.name)).not.toContain("openreg-runs-before-peers");
  });

  test("reaches the API server at its addresses only, where they are named", async () => {
    const apiServerCidrs = ["10.96.0.1/32", "192.0.2.10/32"];
    const manifests = await renderChart({ tenants: ["bank-a"], networkPolicy: { apiServerCidrs } });
    for (const [name, namespace] of Object.entries({
      "openreg-runs": "bank-a",
      "openreg-operator": "openreg-system",
    })) {
      const [, apiServer] = manifestOf(manifests, "NetworkPolicy", name, namespace).spec.egress;
      expect(apiServer.to).toEqual(apiServerCidrs.map((cidr) => ({ ipBlock: { cidr } })));
    }
  });

  test("gives its runs the Secrets of the registry", async () => {
    const manifests = await renderChart({ tenants: ["bank-a"], imagePullSecrets: [{ name: "registry" }] });
    expect(manifestOf(manifests, "ServiceAccount", "openreg-runner", "bank-a").imagePullSecrets).toEqual([
      { name: "registry" },
    ]);
  });

  test("gives them to what removes old bytes, whose account has no token and no rights", async () => {
    const manifests = await renderChart({ tenants: ["bank-a"], imagePullSecrets: [{ name: "registry" }] });
    const account = manifestOf(manifests, "ServiceAccount", "openreg-retention", "bank-a");
    expect(account.imagePullSecrets).toEqual([{ name: "registry" }]);
    expect(account.automountServiceAccountToken).toBe(false);
    const withRights = manifests.flatMap(({ subjects = [] }) => subjects as { name: string }[]).map(({ name }) => name);
    expect(withRights).toContain("openreg-runner");
    expect(withRights).not.toContain("openreg-retention");
  });
});

const tenantsOf = (manifests: readonly Manifest[]) =>
  manifests
    .filter(({ metadata }) => metadata.namespace === "bank-a")
    .map(({ kind }) => kind)
    .sort();

describe("the key that signs evidence", () => {
  test("is made by the chart as an Ed25519 key that Node reads, and kept", () => {
    const { data, metadata } = manifestOf(standard, "Secret", "openreg-evidence-key");
    const pem = Buffer.from(data["private.pem"], "base64").toString();
    expect(createPrivateKey(pem).asymmetricKeyType).toBe("ed25519");
    expect(metadata.annotations).toEqual({ "helm.sh/resource-policy": "keep" });
  });

  test("is not made where one is named", async () => {
    const manifests = await renderChart({ evidence: { existingSecret: "our-key" } });
    expect(kindsOf(manifests, "Secret")).toEqual([]);
    const { volumes } = manifestOf(manifests, "Deployment", "openreg-operator").spec.template.spec;
    expect(volumes[0].secret.secretName).toBe("our-key");
  });
});

describe("the definitions of the kinds", () => {
  test("are kept when the chart is removed", () => {
    const definitions = kindsOf(standard, "CustomResourceDefinition");
    expect(definitions.map(({ metadata }) => metadata.name.split(".")[0]).sort()).toEqual([
      "artifactstores",
      "connectors",
      "destinations",
      "mappingsets",
      "reportruns",
      "reports",
      "reportversions",
      "rulesets",
    ]);
    for (const { metadata } of definitions) expect(metadata.annotations?.["helm.sh/resource-policy"]).toBe("keep");
  });

  test("are left out on request", async () => {
    expect(kindsOf(await renderChart({ crds: { install: false } }), "CustomResourceDefinition")).toEqual([]);
  });
});

const refusedValues: Record<string, { values: object; why: RegExp }> = {
  "a misspelt name": { values: { operator: { replica: 3 } }, why: /additional properties 'replica' not allowed/ },
  "a number as text": { values: { runner: { heartbeatSeconds: "10" } }, why: /got string, want integer/ },
  "a digest that is none": { values: { image: { digest: "sha256:abc" } }, why: /does not match pattern/ },
  "a tenant without namespace": { values: { tenants: [{ egress: [] }] }, why: /missing property 'namespace'/ },
  "a group that could leave its quotes": {
    values: { policies: { breakGlassGroups: ["x' || true || '"] } },
    why: /does not match pattern/,
  },
  "a user that could leave its quotes": {
    values: { policies: { jobControllerUser: "x' || '1' == '1" } },
    why: /does not match pattern/,
  },
};

describe("values", () => {
  test("that are given are linted without a warning", async () => {
    expect(await lintChart({ tenants: ["bank-a"], namespaces: ["bank-a"] })).toContain("0 chart(s) failed");
  });

  test.each(Object.entries(refusedValues))("refuse %s", async (_what, { values, why }) => {
    await expect(renderChart(values)).rejects.toThrow(why);
  });

  test("have a description each, and their schema knows no others", () => {
    const schema = JSON.parse(readFileSync(join(chartFolder, "values.schema.json"), "utf8"));
    const values = parse(readFileSync(join(chartFolder, "values.yaml"), "utf8"));
    expect(undescribed(schema, "")).toEqual([]);
    expect(pathsOf(values).filter((path) => !isInSchema(schema, path))).toEqual([]);
  });
});

type Schema = {
  description?: string;
  type?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
};

function undescribed(schema: Schema, at: string): readonly string[] {
  const own = schema.description ? [] : [at];
  const open = schema.properties && schema.additionalProperties !== false ? [`${at} takes unknown names`] : [];
  const children = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    undescribed(child, `${at}.${name}`),
  );
  return [...own, ...open, ...children];
}

function pathsOf(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[]];
  const entries = Object.entries(value);
  if (entries.length === 0) return [[]];
  return entries.flatMap(([name, child]) => pathsOf(child).map((rest) => [name, ...rest]));
}

function isInSchema(schema: Schema | undefined, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return schema !== undefined;
  return isInSchema(schema?.properties?.[first], rest);
}
