/** The example of the README, as a person runs it: apply, create a run with two fields, look at the result. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { runReport } from "../../cli/src/local-run.ts";
import { readManifests } from "../../cli/src/manifests.ts";
import { dailyTradesFolder, onAddress } from "../fixtures/daily-trades.ts";
import { startSample } from "../fixtures/sample-database.ts";
import { newStory, type Run, type Story } from "./story.ts";

const date = "2027-01-04";
const rows = 20_000;
let story: Story;
let run: Run;

beforeAll(async () => {
  story = await newStory("story-run", { dates: [date], rows });
  run = await story.end(await story.createRun({ businessDate: date }));
});

test("a run with a Report and a date ends in Completed, in mode Test", () => {
  expect(run.status).toMatchObject({ state: "Completed", attempt: 1 });
  expect(run.spec).toMatchObject({ mode: "Test" });
});

test("kubectl wait sees that it succeeded", async () => {
  await story.kubectl(["wait", "--for=condition=Succeeded", `reportrun/${run.metadata.name}`, "--timeout=5s"]);
});

test("kubectl get run shows report, state, progress, rows, findings, date and mode", async () => {
  const [head = "", line = ""] = (await story.kubectl(["get", "run", run.metadata.name])).split("\n");
  expect(head.split(/\s{2,}/)).toEqual(
    ["NAME", "REPORT", "STATE", "PROGRESS", "ROWS", "FINDINGS", "BUSINESS-DATE", "MODE", "AGE"].filter(Boolean),
  );
  expect(line).toMatch(/daily-trades\s+Completed\s+100%\s+20000\s+\d+W 0B 2C\s+2027-01-04\s+Test/);
});

test("kubectl explain explains the deliveries", async () => {
  const text = await story.kubectl(["explain", "run.status.execution.deliveries"]);
  expect(text).toContain("How far the delivery is.");
});

test("the events tell the story in a few lines", async () => {
  const events = await story.kubectl([
    "get",
    "events",
    "--field-selector",
    `involvedObject.name=${run.metadata.name}`,
    "-o",
    "custom-columns=R:.reason",
    "--no-headers",
  ]);
  const reasons = events.trim().split("\n");
  expect(reasons.length).toBeLessThanOrEqual(6);
  expect(reasons).toContain("Completed");
});

test("status, receipt, evidence and the server agree on the bytes", async () => {
  const execution = run.status?.execution;
  const [artifact] = execution?.artifacts ?? [];
  const [delivery] = execution?.deliveries ?? [];
  const delivered = await story.sftp(`sha256sum /data/test/${artifact?.fileName}`);
  const evidence = await story.store(`cat '${execution?.evidence?.key}'`);
  expect(delivery).toMatchObject({ state: "Delivered", destination: "regulator-test" });
  expect(delivery?.receipt?.sha256).toBe(artifact?.sha256);
  expect(delivered.split(" ")[0]).toBe(artifact?.sha256);
  expect(createHash("sha256").update(evidence).digest("hex")).toBe(execution?.evidence?.sha256);
  expect(evidence).toContain(artifact?.sha256);
  expect(artifact?.records).toBe(rows - 2);
});

test("a rerun that reads the source again makes the same bytes", async () => {
  const rerunOf = { name: run.metadata.name, fetch: "Again", reason: "prove that bytes repeat" };
  const again = await story.end(await story.createRun({ businessDate: date, rerunOf }));
  expect(again.status?.state).toBe("Completed");
  expect(again.status?.execution?.artifacts?.[0]?.sha256).toBe(run.status?.execution?.artifacts?.[0]?.sha256);
});

test("a laptop makes the same bytes, from another database, by the same code", async () => {
  const database = await startSample(date, rows);
  const storeFolder = await mkdtemp(join(tmpdir(), "openreg-local-"));
  const manifests = onAddress(await readManifests([dailyTradesFolder]), database);
  const request = { manifests, businessDate: date, mode: "Test", parameters: {}, storeFolder, show: () => {} } as const;
  const end = await runReport(request).finally(() => database.stop());
  await rm(storeFolder, { recursive: true });
  expect(end.execution.artifacts[0]?.sha256).toBe(run.status?.execution?.artifacts?.[0]?.sha256);
});

test("no temporary file is left at the server", async () => {
  expect(await story.sftp("ls -A /data/test | grep -c part || true")).toBe("0\n");
});
