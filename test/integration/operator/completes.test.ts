/** A run from a Report to its end, on a real API server with a real Job controller. */

import { generateKeyPairSync, verify } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkConditions } from "../../../operator/src/controller/conditions.ts";
import { newEvidenceSigner } from "../../../operator/src/evidence-signer.ts";
import type { ConfigMap, Report, ReportRun } from "../../../operator/src/objects.ts";
import { configMaps, jobs, reportRuns, reports } from "../../../operator/src/resources.ts";
import { countingWrites } from "./faults.ts";
import { type OperatorCluster, startOperatorCluster } from "./operator-cluster.ts";
import { completes, startStandIn } from "./stand-in.ts";
import { applyTrades, startRun } from "./trades.ts";

let cluster: OperatorCluster;
beforeAll(async () => {
  cluster = await startOperatorCluster();
});
afterAll(() => cluster.stop());

test("a run is pinned, carried out by one Job, signed and settled within the budget of calls", async () => {
  const namespace = "tenant-a";
  const { client, eventually } = cluster;
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const counted = countingWrites();
  await cluster.newTenant(namespace);
  const standIn = startStandIn(client, namespace, completes);
  const operator = cluster.startOperator({ wrapTransport: counted.wrap, signer: newEvidenceSigner(privateKey) });
  await applyTrades(client, namespace);
  await eventually("the Report is Ready", async () =>
    readyReport(await client.get<Report>(reports, { namespace, name: "trades" })),
  );
  counted.reset();
  await startRun(client, namespace, "trades-1");
  const run = await eventually("the run is settled", async () => {
    const live = await client.get<ReportRun>(reportRuns, { namespace, name: "trades-1" });
    return live.metadata.labels?.["openreg.dev/settled"] === "true" ? live : undefined;
  });
  const { status } = run;
  expect(status?.state).toBe("Completed");
  expect(checkConditions(run)).toEqual([]);
  expect(status?.conditions).toMatchObject([
    { type: "Succeeded", status: "True", reason: "Completed" },
    { type: "Delivered", status: "True", reason: "Delivered" },
    { type: "Archived", status: "True", reason: "Archived" },
  ]);
  expect(status?.attempts).toMatchObject([{ number: 1, job: "trades-1-1", reason: "Done", exitCode: 0 }]);
  expect(status?.summary).toEqual({ findings: "1W 0B 0C", artifacts: "1", delivered: "1/1", progress: "100%" });
  expect(run.metadata.finalizers).toBeUndefined();
  expect(run.spec.reportVersionRef?.name).toMatch(/^trades-[0-9a-f]{10}$/);
  const { sha256 = "", signature = "" } = status?.evidence ?? {};
  expect(verify(null, Buffer.from(sha256), publicKey, Buffer.from(signature, "base64"))).toBe(true);
  expect(await client.find(jobs, { namespace, name: "trades-1-1" })).toBeUndefined();
  expect(await client.find<ConfigMap>(configMaps, { namespace, name: "trades-1-1" })).toBeUndefined();
  expect(standIn.seen).toHaveLength(1);
  const report = await client.get<Report>(reports, { namespace, name: "trades" });
  expect(report.status?.lastRun).toMatchObject({ name: "trades-1", state: "Completed" });
  expect(counted.writes().length + standIn.runnerWrites()).toBeLessThanOrEqual(20);
  expect(counted.reads().length).toBeLessThanOrEqual(10);
  await standIn.stop();
  await operator.stop();
});

function readyReport(report: Report): Report | undefined {
  expect(checkConditions(report)).toEqual([]);
  return report.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")
    ? report
    : undefined;
}
