/** What a cluster does to a run that works: its Pod is evicted, its node drained, its memory gone, its namespace deleted. */
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { systemNamespace } from "../cluster/install-openreg.ts";
import { ensureNamespace, getManifest, type Manifest, newKubectl } from "../cluster/kubectl.ts";
import { disruptedRuns } from "./global-setup.ts";
import { chart, helm, release } from "./release.ts";
import { reportVariant } from "./report-variant.ts";
import { type Example, newStory, type Run, type Story, storeReader } from "./story.ts";

const dates = { evictedReading: "2027-04-01", evictedDelivering: "2027-04-02", drained: "2027-04-03" } as const;
const vanishingDate = "2027-04-04";
const memoryDate = "2027-04-05";
const everywhere = newKubectl(inject("shared").cluster);
let story: Story;
let example: Example;

const slowQuery = (query: string): string => query.replace("FROM trade", "FROM trade CROSS JOIN pg_sleep(6)");
/** Rows of which a few are more than the runner may use, each smaller than the largest that it takes. */
const wideRows = (query: string): string =>
  query
    .replace("venue,", "repeat('x', 15000000) || trade_id AS venue,")
    .replace("FROM trade", "FROM trade CROSS JOIN pg_sleep(2)");

beforeAll(async () => {
  story = await newStory("story-disruptions", {
    dates: [...Object.values(dates), memoryDate],
    alter: (original) => (example = original),
  });
  for (const date of Object.values(dates)) await story.sftp(`rm -f /data/*/*${compact(date)}*`);
  const memory = { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "96Mi" } };
  await story.apply(
    ...reportVariant(example, "slow", { query: slowQuery, run: { maxAttempts: 1 } }),
    ...reportVariant(example, "wide", { query: wideRows, run: { maxAttempts: 1, resources: memory } }),
  );
  await story.kubectl(["wait", "--for=condition=Ready", "reports", "--all", "--timeout=60s"]);
});

test("R20 a Pod that is evicted while it reads costs no attempt: the only one that the Report allows completes", async () => {
  const date = dates.evictedReading;
  const name = await story.createRun({ reportRef: { name: "slow" }, businessDate: date });
  await evict(await podOf(name, "FetchingData"));
  await expectOneFile(await story.end(name), { date, folder: "test" });
});

test("R20 a Pod that is evicted with half a file at the receiver, and killed, costs no attempt either", async () => {
  const date = dates.evictedDelivering;
  await createHeldRun(story, "evicted-delivering", date);
  const pod = await heldPod(story, "evicted-delivering");
  expect(await story.sftp("ls -A /data/live")).toContain(`${compact(date)}.csv.`);
  await evict(pod, 2);
  await expectOneFile(await story.end("evicted-delivering"), { date, folder: "live" });
});

test("R20 a node that is drained and comes back costs no attempt", async () => {
  const date = dates.drained;
  const name = await story.createRun({ reportRef: { name: "slow" }, businessDate: date });
  const pod = await podOf(name, "FetchingData");
  const node = (await story.kubectl(["get", "pod", pod, "-o", "jsonpath={.spec.nodeName}"])).trim();
  try {
    const ours = [`--pod-selector=openreg.dev/run=${name}`, "--delete-emptydir-data", "--timeout=60s"];
    await everywhere(["drain", node, ...ours]);
    const waiting = await story.until(name, ({ status }) => status?.attempts?.[0]?.reason !== undefined, 30);
    expect(waiting.status?.state).not.toBe("Failed");
  } finally {
    await everywhere(["uncordon", node]);
  }
  await expectOneFile(await story.end(name), { date, folder: "test" });
});

test("R15 a run that needs more memory than its limit says so, with the step and the limit", async () => {
  const run = await story.end(await story.createRun({ reportRef: { name: "wide" }, businessDate: memoryDate }));
  expect(run.status).toMatchObject({
    state: "Failed",
    failure: {
      code: "OutOfMemory",
      message: expect.stringMatching(
        /It was in FetchingData, its limit is 96Mi\. Raise `run\.resources\.limits\.memory`/,
      ),
    },
    attempts: [{ reason: "OutOfMemory" }],
  });
});

describe("R25 a namespace that is deleted in the middle of a delivery", () => {
  let vanishing: Story;
  let ledger: string;
  let volume: string;
  let deletedAt: string;

  beforeAll(async () => {
    vanishing = await newStory("story-vanishing", { dates: [vanishingDate] });
    await createHeldRun(vanishing, "vanishing", vanishingDate);
    await heldPod(vanishing, "vanishing");
    volume = await vanishing.kubectl(["get", "pvc", "openreg-store", "-o", "jsonpath={.spec.volumeName}"]);
    const retain = JSON.stringify({ spec: { persistentVolumeReclaimPolicy: "Retain" } });
    await everywhere(["patch", "persistentvolume", volume, "-p", retain]);
    ledger = await vanishing.store(listing);
    deletedAt = new Date().toISOString();
  });

  afterAll(async () => {
    await ensureNamespace(everywhere, "story-vanishing");
    await helm(["upgrade", release, chart, "--reuse-values", "--wait"]);
  });

  // its Pod does not hear that it shall stop, and has a minute; the namespace controller looks again half a minute later
  test("goes away within four minutes: no finalizer of ours holds it", async () => {
    expect(ledger).toMatch(/filings\/\w+\/claim-1\n/);
    expect(ledger).toMatch(/submissions\/\w+\/intent-1\n/);
    await everywhere(["delete", "namespace", "story-vanishing", "--timeout=240s"]);
  });

  test("leaves nothing that the operator tries without end, and no file at the receiver", async () => {
    const before = await operatorErrors(deletedAt);
    await story.end(await story.createRun({ reportRef: { name: "slow" }, businessDate: dates.drained }));
    expect((await operatorErrors(deletedAt)).slice(before.length)).toEqual([]);
    expect(before.length).toBeLessThan(20);
    expect(await story.sftp(`ls -A /data/live | grep -c '${compact(vanishingDate)}.csv$' || true`)).toBe("0\n");
  });

  test("leaves the ledger in its volume as it was", async () => {
    await everywhere([
      "patch",
      "persistentvolume",
      volume,
      "--type=merge",
      "-p",
      JSON.stringify({ spec: { claimRef: null } }),
    ]);
    const claim = await getManifest(story.kubectl, ["pvc", "openreg-store"]);
    const spec = { ...(claim?.spec as object), volumeName: volume };
    const metadata = { name: "of-the-vanished" };
    const reader = { ...storeReader(inject("shared").image, metadata.name), metadata };
    await story.apply({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec }, reader as Manifest);
    await story.kubectl(["wait", "--for=condition=Ready", "pod/of-the-vanished", "--timeout=60s"]);
    const now = await story.kubectl(["exec", metadata.name, "--", "sh", "-c", `cd /store && ${listing}`]);
    expect(now).toBe(ledger);
  });
});

const listing = "find filings submissions -type f | sort | xargs sha256sum";

/** The lines above the level of information in which the operator names the namespace. */
async function operatorErrors(since: string): Promise<readonly string[]> {
  const log = await everywhere(["-n", systemNamespace, "logs", "deployment/openreg-operator", `--since-time=${since}`]);
  return log
    .split("\n")
    .filter((line) => line.includes("story-vanishing") && /"level":("warn"|"error"|[456]0)/.test(line));
}

/** Calls the Eviction API, as whoever drains a node does. */
async function evict(pod: string, gracePeriodSeconds?: number): Promise<void> {
  const { namespace } = story;
  const eviction = {
    ...{ apiVersion: "policy/v1", kind: "Eviction", metadata: { name: pod, namespace } },
    deleteOptions: { gracePeriodSeconds },
  };
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`;
  await everywhere(["create", "--raw", path, "-f", "-"], JSON.stringify(eviction));
}

/** The first attempt did not count, the second completed, and the receiver has what it made, once. */
async function expectOneFile(run: Run, { date, folder }: { date: string; folder: string }): Promise<void> {
  expect(run.status).toMatchObject({
    ...{ state: "Completed", attempt: 2, failedAttempts: 0 },
    attempts: [{ reason: "Evicted" }, { reason: "Done" }],
  });
  const [artifact, ...others] = run.status?.execution?.artifacts ?? [];
  expect(others).toEqual([]);
  const names = await story.sftp(`cd /data/${folder} && ls -A | grep ${compact(date)}`);
  expect(names).toBe(`${artifact?.fileName}\n`);
  expect(await story.sftp(`sha256sum /data/${folder}/${artifact?.fileName}`)).toContain(artifact?.sha256);
}

/** The Pod of a run that is in this step. */
async function podOf(run: string, step: string): Promise<string> {
  await story.until(run, ({ status }) => status?.execution?.step === step);
  return story.kubectl(["get", "pods", "-l", `openreg.dev/run=${run}`, "-o", "jsonpath={.items[0].metadata.name}"]);
}

/** The name of the run is what holds it; see `disruptedRuns`. */
async function createHeldRun({ apply }: Story, name: keyof typeof disruptedRuns, businessDate: string): Promise<void> {
  const spec = { reportRef: { name: "daily-trades" }, businessDate, mode: "Live" };
  await apply({ apiVersion: "openreg.dev/v1alpha1", kind: "ReportRun", metadata: { name }, spec });
}

/** Waits until the runner stands at its place; gives the name of its Pod. */
async function heldPod({ kubectl, until }: Story, name: keyof typeof disruptedRuns): Promise<string> {
  await until(name, ({ status }) => status?.state === "Delivering");
  const selector = ["-l", `openreg.dev/run=${name}`];
  const logs = () => kubectl(["logs", ...selector, "--tail=-1"]);
  const place = `failpoint hold:${disruptedRuns[name]}`;
  await vi.waitUntil(async () => (await logs()).includes(place), { timeout: 60_000, interval: 200 });
  return kubectl(["get", "pods", ...selector, "-o", "jsonpath={.items[0].metadata.name}"]);
}

function compact(date: string): string {
  return date.replaceAll("-", "");
}
