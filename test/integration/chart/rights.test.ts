/** The rights that the chart gives: a golden file, and what must never be in it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { chartFolder, type Manifest, manifestOf, renderChart } from "./render-chart.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Nobody gets these from the chart: each leads to more rights than it names. */
const forbiddenVerbs = ["*", "escalate", "bind", "impersonate", "approve", "sign", "proxy"];
const forbiddenResources = [
  "*",
  "secrets",
  "serviceaccounts",
  "serviceaccounts/token",
  "pods/exec",
  "pods/attach",
  "pods/portforward",
  "pods/ephemeralcontainers",
  "nodes",
  "nodes/proxy",
  "roles",
  "rolebindings",
  "clusterroles",
  "clusterrolebindings",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "persistentvolumes",
  "certificatesigningrequests",
];

const rbacKinds = ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ServiceAccount"];
let everywhere: readonly Manifest[];
let named: readonly Manifest[];

beforeAll(async () => {
  everywhere = await renderChart({ tenants: ["bank-a"] });
  named = await renderChart({ tenants: ["bank-a"], namespaces: ["bank-a", "bank-b"] });
}, 900_000);

const rights = (manifests: readonly Manifest[]) => manifests.filter(({ kind }) => rbacKinds.includes(kind));
const rulesOf = (manifests: readonly Manifest[]) =>
  rights(manifests).flatMap((one) =>
    ((one.rules ?? []) as readonly Rule[]).map((rule) => ({ role: one.metadata.name, rule })),
  );

function text(manifests: readonly Manifest[]): string {
  const withoutLabels = rights(manifests).map(({ metadata: { labels, ...metadata }, ...rest }) => {
    const aggregated = Object.entries(labels ?? {}).filter(([name]) => name.startsWith("rbac."));
    return {
      ...rest,
      metadata: { ...metadata, ...(aggregated.length > 0 && { labels: Object.fromEntries(aggregated) }) },
    };
  });
  return withoutLabels.map((one) => stringify(one)).join("---\n");
}

const words = (text: string) => text.split(/[ ,*]+/).filter(Boolean);
const rightsOf = ({ apiGroups, resources, verbs }: Rule) =>
  apiGroups.flatMap((group) => resources.flatMap((one) => verbs.map((verb) => `${verb} ${group}/${one}`)));

describe("all rights of the chart", () => {
  test("are those of the golden file, with a ClusterRole", () =>
    expect(text(everywhere)).toMatchFileSnapshot("testdata/rights-everywhere.yaml"));

  test("are those of the golden file, with Roles only", () =>
    expect(text(named)).toMatchFileSnapshot("testdata/rights-by-namespace.yaml"));

  test.each(["everywhere", "by namespace"])("contain nothing that leads to more, %s", (which) => {
    const found = rulesOf(which === "everywhere" ? everywhere : named);
    expect(found.length).toBeGreaterThan(10);
    for (const { role, rule } of found) {
      const { apiGroups, resources, verbs } = rule;
      expect({ role, verbs: verbs.filter((verb) => forbiddenVerbs.includes(verb)) }).toEqual({ role, verbs: [] });
      expect({ role, resources: resources.filter((one) => forbiddenResources.includes(one)) }).toEqual({
        role,
        resources: [],
      });
      expect({ role, apiGroups: apiGroups.filter((one) => one.includes("*")) }).toEqual({ role, apiGroups: [] });
      expect({ role, stars: resources.filter((one) => one.includes("*")) }).toEqual({ role, stars: [] });
    }
  });
});

describe("the operator", () => {
  test("has no ClusterRole when its namespaces are named", () => {
    const bound = named.filter(
      ({ kind, metadata }) => kind.startsWith("Cluster") && metadata.name.includes("operator"),
    );
    expect(bound).toEqual([]);
  });

  test("has the same rights in a named namespace as it has everywhere otherwise", () => {
    const cluster = manifestOf(everywhere, "ClusterRole", "openreg-operator").rules;
    for (const namespace of ["bank-a", "bank-b"]) {
      expect(manifestOf(named, "Role", "openreg-operator", namespace).rules).toEqual(cluster);
    }
  });

  test("has the rights that its README explains, and no others", () => {
    const readme = readFileSync(join(chartFolder, "../../operator/README.md"), "utf8");
    const section = /^## Rights\n(.*?)^## /ms.exec(readme.replaceAll("| resource | verbs | why |", ""))?.[1] ?? "";
    const rows = [...section.matchAll(/^\| (?:`([\w.]+)` )?([a-z/, ]+) \| ([a-z*, ]+) \| .+ \|$/gm)];
    const explained = rows.flatMap(([, group = "", resources = "", verbs = ""]) =>
      rightsOf({ apiGroups: [group], resources: words(resources), verbs: words(verbs) }),
    );
    const given = rulesOf(everywhere)
      .filter(({ role }) => role.startsWith("openreg-operator"))
      .flatMap(({ rule }) => rightsOf(rule));
    expect([...new Set(given)].sort()).toEqual([...new Set(explained)].sort());
  });

  test("changes no ConfigMap but the one with the public keys, and by policy its own", () => {
    const changing = rulesOf(everywhere).filter(
      ({ rule }) =>
        rule.resources.includes("configmaps") && rule.verbs.some((verb) => ["update", "patch"].includes(verb)),
    );
    expect(changing.map(({ rule }) => rule.resourceNames ?? [])).toEqual([[], ["openreg-evidence-keys"]]);
    const policy = manifestOf(everywhere, "ValidatingAdmissionPolicy", "openreg-operator-config-maps");
    expect(policy.spec.failurePolicy).toBe("Fail");
    expect(policy.spec.matchConstraints.resourceRules[0].operations).toEqual(["UPDATE"]);
  });

  test("holds one lease, by name", () => {
    const leases = rulesOf(everywhere).filter(({ rule }) => rule.resources.includes("leases"));
    const held = leases.filter(({ rule }) => !rule.verbs.every((verb) => verb === "create"));
    expect(held.map(({ rule }) => rule.resourceNames)).toEqual([["openreg-operator"]]);
  });

  test("writes no spec of what people write", () => {
    const written = rulesOf(everywhere).filter(
      ({ role, rule }) =>
        role.startsWith("openreg-operator") &&
        rule.resources.some((one) =>
          ["connectors", "destinations", "artifactstores", "rulesets", "mappingsets", "reports"].includes(one),
        ) &&
        !rule.verbs.every((verb) => ["get", "list", "watch"].includes(verb)),
    );
    expect(written).toEqual([]);
  });
});

describe("a run", () => {
  test("may patch the status of runs, in its namespace, and nothing else", () => {
    const rules = rulesOf(everywhere).filter(({ role }) => role === "openreg-runner");
    expect(rules.map(({ rule }) => rule)).toEqual([
      { apiGroups: ["openreg.dev"], resources: ["reportruns/status"], verbs: ["patch"] },
    ]);
    expect(everywhere.filter((one) => one.kind === "ClusterRoleBinding").map((one) => one.metadata.name)).toEqual([
      "openreg-operator",
    ]);
  });

  test("gets no token by itself", () => {
    const account = manifestOf(everywhere, "ServiceAccount", "openreg-runner", "bank-a");
    expect(account.automountServiceAccountToken).toBe(false);
  });
});

describe("people", () => {
  test("of the role edit do not write ReportVersions, nor any status", () => {
    const { rules } = manifestOf(everywhere, "ClusterRole", "openreg-edit");
    const resources = (rules as readonly Rule[]).flatMap((rule) => rule.resources);
    expect(resources).not.toContain("reportversions");
    expect(resources.filter((one) => one.includes("/"))).toEqual([]);
  });

  test("get our roles through the cluster's own", () => {
    const aggregated = Object.fromEntries(
      ["view", "edit", "admin"].map((role) => {
        const { labels = {} } = manifestOf(everywhere, "ClusterRole", `openreg-${role}`).metadata;
        const to = Object.keys(labels).flatMap((name) => /aggregate-to-(\w+)$/.exec(name)?.[1] ?? []);
        return [role, to.sort()];
      }),
    );
    expect(aggregated).toEqual({ view: ["admin", "edit", "view"], edit: ["admin", "edit"], admin: ["admin"] });
  });
});
