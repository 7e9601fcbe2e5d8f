/** Whoever names a Secret in a Connector or Destination must be allowed to read it, at the moment he names it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../cluster/until.ts";
import {
  type Ask,
  admin,
  type Identity,
  openreg,
  type PolicedCluster,
  person,
  startPolicedCluster,
} from "./policed-cluster.ts";

const bank = "bank-a";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
let cluster: PolicedCluster;

/** Writes Reports and all that belongs to them, but reads no Secret. */
const author = person("alice");
/** The same, and may read the Secrets `trades-db` and `authorities`. */
const trusted = person("tess");
/** Reads every Secret of the namespace, as the account of a GitOps controller does. */
const gitOps = person("gitops");

beforeAll(async () => {
  cluster = await startPolicedCluster([bank]);
  for (const { user } of [author, trusted, gitOps]) await bind(`${user}-edits`, "ClusterRole", "openreg-edit", user);
  await newRole("some-secrets", { verbs: ["get"], resourceNames: ["trades-db", "authorities"] });
  await newRole("all-secrets", { verbs: ["get", "list"] });
  await bind("tess-reads", "Role", "some-secrets", trusted.user);
  await bind("gitops-reads", "Role", "all-secrets", gitOps.user);
  await until({ what: "the rights of gitops are in force", seconds: 30 }, async () => {
    const post: Ask = { method: "POST", path: `${openreg(bank, "connectors")}?dryRun=All`, body: connector("probe") };
    return (await cluster.ask(gitOps, post)).code === 201;
  });
});

afterAll(() => cluster?.stop());

async function newRole(name: string, rule: object): Promise<void> {
  const body = { metadata: { name }, rules: [{ apiGroups: [""], resources: ["secrets"], ...rule }] };
  await cluster.must(admin, { method: "POST", path: `${rbac}/namespaces/${bank}/roles`, body });
}

async function bind(name: string, kind: string, role: string, user = ""): Promise<void> {
  const apiGroup = "rbac.authorization.k8s.io";
  const body = {
    metadata: { name },
    roleRef: { apiGroup, kind, name: role },
    subjects: [{ apiGroup, kind: "User", name: user }],
  };
  await cluster.must(admin, { method: "POST", path: `${rbac}/namespaces/${bank}/rolebindings`, body });
}

function connector(name: string, secret = "trades-db", ca?: string) {
  const tls = ca === undefined ? {} : { tls: { mode: "VerifyFull", caSecretRef: { name: ca } } };
  const spec = { postgresql: { host: "db", database: "trades", ...tls }, credentialsSecretRef: { name: secret } };
  return { apiVersion: "openreg.dev/v1alpha1", kind: "Connector", metadata: { name }, spec };
}

function destination(name: string, secret = "trades-db") {
  const hostKeys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA"];
  const spec = {
    mode: "Test",
    sftp: { host: "sftp", directory: "/in", hostKeys },
    credentialsSecretRef: { name: secret },
  };
  return { apiVersion: "openreg.dev/v1alpha1", kind: "Destination", metadata: { name }, spec };
}

const connectors = openreg(bank, "connectors");
const destinations = openreg(bank, "destinations");
const create = (path: string, body: object): Ask => ({ method: "POST", path, body });
const mayNot = (field: string, secret: string, user: string) =>
  `spec.${field} names the Secret ${secret}, which ${user} may not read; ask for the right to get it, or name another`;
const credentials = "credentialsSecretRef";
const authorities = "postgresql.tls.caSecretRef";

/** What exists before (made by the administrator), who asks for what, and the refusal if there is one. */
interface Case {
  readonly before?: object;
  readonly who: Identity;
  readonly ask: Ask;
  readonly refused?: string;
}

const change = (name: string, spec: object): Ask => ({
  method: "PATCH",
  path: `${connectors}/${name}`,
  body: { spec },
});

const cases: Record<string, Case> = {
  "an author creates no Connector with a Secret he may not read": {
    who: author,
    ask: create(connectors, connector("a1")),
    refused: mayNot(credentials, "trades-db", "alice"),
  },
  "an author who may read it does": { who: trusted, ask: create(connectors, connector("a2")) },
  "but not with another Secret": {
    who: trusted,
    ask: create(connectors, connector("a3", "payroll")),
    refused: mayNot(credentials, "payroll", "tess"),
  },
  "a Secret that is not there yet is no exception": {
    who: author,
    ask: create(connectors, connector("a4", "not-there-yet")),
    refused: mayNot(credentials, "not-there-yet", "alice"),
  },
  "the certificate authorities are asked about, too": {
    who: trusted,
    ask: create(connectors, connector("a5", "trades-db", "payroll")),
    refused: mayNot(authorities, "payroll", "tess"),
  },
  "and accepted when both may be read": {
    who: trusted,
    ask: create(connectors, connector("a6", "trades-db", "authorities")),
  },
  "an account that reads every Secret names any": { who: gitOps, ask: create(connectors, connector("a7", "payroll")) },
  "an author changes the host of a Connector whose Secret stays": {
    before: connector("b1"),
    who: author,
    ask: change("b1", { postgresql: { host: "other" } }),
  },
  "but does not swap the Secret": {
    before: connector("b2"),
    who: author,
    ask: change("b2", { credentialsSecretRef: { name: "payroll" } }),
    refused: mayNot(credentials, "payroll", "alice"),
  },
  "nor by server-side apply": {
    before: connector("b3"),
    who: author,
    ask: {
      method: "PATCH",
      path: `${connectors}/b3?fieldManager=alice&force=true`,
      contentType: "application/apply-patch+yaml",
      body: connector("b3", "payroll"),
    },
    refused: mayNot(credentials, "payroll", "alice"),
  },
  "nor does he name authorities that he may not read": {
    before: connector("b4"),
    who: author,
    ask: change("b4", { postgresql: { tls: { caSecretRef: { name: "authorities" } } } }),
    refused: mayNot(authorities, "authorities", "alice"),
  },
  "he keeps the authorities that are named": {
    before: connector("b5", "trades-db", "authorities"),
    who: author,
    ask: change("b5", { postgresql: { database: "other" } }),
  },
  "and takes their name out": {
    before: connector("b6", "trades-db", "authorities"),
    who: author,
    ask: change("b6", { postgresql: { tls: { caSecretRef: null } } }),
  },
  "a trusted author swaps the Secret for another that he may read": {
    before: connector("b7", "payroll"),
    who: trusted,
    ask: change("b7", { credentialsSecretRef: { name: "authorities" } }),
  },
  "an author creates no Destination with a Secret he may not read": {
    who: author,
    ask: create(destinations, destination("c1")),
    refused: mayNot(credentials, "trades-db", "alice"),
  },
  "a trusted author does": { who: trusted, ask: create(destinations, destination("c2")) },
  "an author does not swap the Secret of a Destination": {
    before: destination("c3"),
    who: author,
    ask: { method: "PATCH", path: `${destinations}/c3`, body: { spec: { credentialsSecretRef: { name: "payroll" } } } },
    refused: mayNot(credentials, "payroll", "alice"),
  },
  "but changes its directory": {
    before: destination("c4"),
    who: author,
    ask: { method: "PATCH", path: `${destinations}/c4`, body: { spec: { sftp: { directory: "/out" } } } },
  },
};

describe("naming a Secret", () => {
  test.each(Object.entries(cases))("%s", async (_sentence, { before, who, ask, refused }) => {
    if (before) {
      const path = (before as { kind: string }).kind === "Connector" ? connectors : destinations;
      await cluster.must(admin, create(path, before));
    }
    const { code, message } = await cluster.ask(who, ask);
    if (refused) {
      expect(message).toContain(refused);
      expect(code).toBe(403);
    } else {
      expect(message).toBe("");
    }
  });
});
