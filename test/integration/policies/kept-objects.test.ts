/** What only some may touch: evidence that is let go, and the NetworkPolicies of runs; with the chart's policies on a real API server. */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Ask,
  admin,
  openreg,
  operator,
  type PolicedCluster,
  person,
  startPolicedCluster,
} from "./policed-cluster.ts";

const bank = "bank-a";
const runs = openreg(bank, "reportruns");
const root = person("root", ["system:masters"]);
const nightShift = person("night-shift", ["system:masters", "openreg:break-glass"]);
let cluster: PolicedCluster;
beforeAll(async () => {
  cluster = await startPolicedCluster([bank]);
});
afterAll(() => cluster?.stop());

const spec = { reportRef: { name: "trades" }, businessDate: "2026-10-01" };
const newRun = (name: string, annotations: object = {}): Ask => ({
  method: "POST",
  path: runs,
  body: { apiVersion: "openreg.dev/v1alpha1", kind: "ReportRun", metadata: { name, annotations }, spec },
});
const annotate = (value: string | null): Ask => ({
  method: "PATCH",
  path: `${runs}/kept`,
  body: { metadata: { annotations: { "openreg.dev/break-glass": value } } },
});

test("O11 only a break-glass group lets a run go that is not archived", async () => {
  const refused = /only members of a break-glass group set it/;
  expect((await cluster.ask(root, newRun("born-loose", { "openreg.dev/break-glass": "why not" }))).message).toMatch(
    refused,
  );
  await cluster.must(admin, newRun("kept"));
  expect((await cluster.ask(root, annotate("why not"))).message).toMatch(refused);
  expect((await cluster.ask(nightShift, annotate("case 7: kept on paper"))).message).toBe("");
  expect((await cluster.ask(root, annotate(null))).message).toMatch(refused);
  const other = { metadata: { annotations: { "openreg.dev/retry-requested-at": "now" } } };
  expect((await cluster.ask(root, { method: "PATCH", path: `${runs}/kept`, body: other })).message).toBe("");
  expect(
    (await cluster.ask(operator, { method: "PATCH", path: `${runs}/kept`, body: { metadata: { labels: { a: "b" } } } }))
      .message,
  ).toBe("");
});

const policies = `/apis/networking.k8s.io/v1/namespaces/${bank}/networkpolicies`;
const managed = { "app.kubernetes.io/managed-by": "openreg-operator" };
const peers = { "openreg.dev/peers": "0123456789" };
const ours = "openreg-run-0123456789";
const newPolicy = (name: string, labels: object = {}, podLabels: object = peers): Ask => ({
  method: "POST",
  path: policies,
  body: { metadata: { name, labels }, spec: { podSelector: { matchLabels: podLabels } } },
});
const label = (name: string): Ask => ({
  method: "PATCH",
  path: `${policies}/${name}`,
  body: { metadata: { labels: { team: "x" } } },
});

test("R8 the operator's NetworkPolicies are known by a label that nobody else sets, and it touches no other", async () => {
  const reserved = /reserved for the OpenReg operator/;
  const notIts = /changes and removes its own NetworkPolicies only/;
  expect((await cluster.ask(root, newPolicy("forged", managed))).message).toMatch(reserved);
  await cluster.must(admin, newPolicy("theirs"));
  await cluster.must(operator, newPolicy(ours, { ...managed, ...peers }));
  expect((await cluster.ask(operator, label("theirs"))).message).toMatch(notIts);
  expect((await cluster.ask(operator, { method: "DELETE", path: `${policies}/theirs` })).message).toMatch(notIts);
  expect((await cluster.ask(operator, label(ours))).message).toBe("");
  expect((await cluster.ask(operator, { method: "DELETE", path: `${policies}/${ours}` })).message).toBe("");
});

const ofRunsOnly = /makes NetworkPolicies of runs only/;
const unlike: Record<string, Ask> = {
  "without its label": newPolicy(ours, peers),
  "of another name": newPolicy("openreg-runs-x", { ...managed, ...peers }),
  "named after other peers than its label says": newPolicy("openreg-run-abcdef0123", { ...managed, ...peers }),
  "for Pods of other peers": newPolicy(ours, { ...managed, ...peers }, { "openreg.dev/peers": "abcdef0123" }),
  "for all Pods": {
    ...newPolicy(ours),
    body: { metadata: { name: ours, labels: { ...managed, ...peers } }, spec: { podSelector: {} } },
  },
  "for other Pods as well": {
    ...newPolicy(ours),
    body: {
      metadata: { name: ours, labels: { ...managed, ...peers } },
      spec: { podSelector: { matchExpressions: [{ key: "app", operator: "In", values: ["web"] }] } },
    },
  },
};

test.each(Object.entries(unlike))("the operator makes no NetworkPolicy %s", async (_sentence, ask) => {
  const dryRun = { ...ask, path: `${policies}?dryRun=All` };
  expect((await cluster.ask(operator, dryRun)).message).toMatch(ofRunsOnly);
});

test("the operator does not widen one of its own NetworkPolicies to other Pods", async () => {
  await cluster.must(operator, newPolicy(ours, { ...managed, ...peers }));
  const change = (body: object) => cluster.ask(operator, { method: "PATCH", path: `${policies}/${ours}`, body });
  const all = { podSelector: { matchLabels: { "openreg.dev/peers": null } } };
  expect((await change({ spec: all })).message).toMatch(ofRunsOnly);
  expect((await change({ metadata: { labels: { "openreg.dev/peers": null } } })).message).toMatch(ofRunsOnly);
  expect((await change({ spec: { egress: [] } })).message).toBe("");
});
