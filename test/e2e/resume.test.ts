/** The runner's Pod is killed in the middle of its work: the next attempt goes on, and the world looks as if nothing had happened. */
import { canMove } from "@openreg/crds";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { newKubectl } from "../cluster/kubectl.ts";
import { peersNamespace } from "../peers/peer-pods.ts";
import { heldRuns } from "./global-setup.ts";
import { newStory, type Run, type Story } from "./story.ts";

type HeldRun = keyof typeof heldRuns;

/** Where each run is killed, and how often the source is read for it: a second time only before its checkpoint. */
const kills = [
  { name: "held-reading", state: "FetchingData", date: "2027-02-01", reads: 2 },
  { name: "held-after-reading", state: "FetchingData", date: "2027-02-02", reads: 1 },
  { name: "held-writing", state: "GeneratingArtifacts", date: "2027-02-03", reads: 1 },
  { name: "held-delivering", state: "Delivering", date: "2027-02-04", reads: 1 },
] as const satisfies readonly { name: HeldRun; state: string; date: string; reads: number }[];

const rows = 2_000;
const everywhere = newKubectl(inject("shared").cluster);
let story: Story;
let atKill: { readonly pods: ReadonlyMap<HeldRun, string>; readonly filesAtServer: string };
let sourceLog: string;
const runs = new Map<string, Run>();
const undisturbed = new Map<string, Run>();

beforeAll(async () => {
  story = await newStory("story-resume", { dates: kills.map(({ date }) => date), rows });
  for (const { date } of kills) await story.sftp(`rm -f /data/*/*${compact(date)}*`);
  await story.sql("ALTER ROLE reporting SET log_statement = 'all'");
  const since = (await story.sql(`SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`)).trim();
  for (const { name, date } of kills) await createHeldRun(name, date);
  const pods = new Map<HeldRun, string>();
  for (const { name, state } of kills) pods.set(name, await heldPod(name, state));
  atKill = { pods, filesAtServer: await story.sftp("ls -A /data/live") };
  await Promise.all(kills.map(({ name }) => killPod(name)));
  for (const { name } of kills) runs.set(name, await story.end(name));
  sourceLog = await everywhere(["-n", peersNamespace, "logs", "deployment/postgresql", `--since-time=${since}`]);
  const again = await Promise.all(kills.map(({ date }) => story.createRun({ businessDate: date })));
  for (const [index, { date }] of kills.entries()) undisturbed.set(date, await story.end(again[index] ?? ""));
});

afterAll(() => story?.sql("ALTER ROLE reporting RESET log_statement"));

describe.each(kills)("killed in $state ($name)", ({ name, state, date, reads }) => {
  const run = () => runs.get(name) as Run;

  test("the second attempt completes the run", () => {
    expect(run().status).toMatchObject({ state: "Completed", attempt: 2, filing: { met: true } });
    const [first, second, ...others] = run().status?.attempts ?? [];
    expect(first).toMatchObject({ number: 1, job: `${name}-1`, reason: "PodLost", podUID: atKill.pods.get(name) });
    expect(second).toMatchObject({ number: 2, job: `${name}-2`, reason: "Done" });
    expect(second?.podUID).not.toBe(first?.podUID);
    expect(others).toEqual([]);
  });

  test("the history has no move that the state machine lacks", () => {
    const history = run().status?.stateHistory ?? [];
    const moves = history.slice(1).map((to, index) => ({ from: history[index] ?? to, to }));
    expect(moves.filter(({ from, to }) => !isLegal(from, to))).toEqual([]);
    expect(history[0]).toMatchObject({ state: "Pending" });
    expect(history).toContainEqual(expect.objectContaining({ state, attempt: 1 }));
    expect(history.filter((line) => line.state === "Completed")).toHaveLength(1);
  });

  test("the server has one file under the final name, and no temporary one", async () => {
    const [artifact] = run().status?.execution?.artifacts ?? [];
    const names = await story.sftp(`cd /data/live && ls -A | grep ${compact(date)}`);
    expect(names).toBe(`${artifact?.fileName}\n`);
    expect(await story.sftp(`sha256sum /data/live/${artifact?.fileName}`)).toContain(artifact?.sha256);
    expect(run().status?.execution?.deliveries).toMatchObject([{ receipt: { sha256: artifact?.sha256 } }]);
  });

  test(`the source is read ${reads === 1 ? "once" : "again, because nothing was kept yet"}`, () => {
    expect(sourceLog.split(`DETAIL:  parameters: $1 = '${date}'`)).toHaveLength(reads + 1);
  });

  test("the bytes are those of a run that nobody disturbed", () => {
    const calm = undisturbed.get(date);
    expect(calm?.status).toMatchObject({ state: "Completed", attempt: 1 });
    expect(run().status?.execution?.artifacts?.[0]?.sha256).toBe(calm?.status?.execution?.artifacts?.[0]?.sha256);
    expect(run().status?.execution?.rows).toEqual(calm?.status?.execution?.rows);
  });

  test("the ledger has one claim, one intent and one receipt; the evidence is of the second attempt", async () => {
    const { filing, evidence } = run().status?.execution ?? {};
    expect(await story.store(`ls filings/${filing?.key}`)).toBe("claim-1\nmet-1\n");
    const entries = await story.store(`grep -rl ${run().metadata.uid} submissions | xargs -n1 basename | sort`);
    expect(entries).toBe("intent-1\nreceipt\n");
    expect(JSON.parse(await story.store(`cat '${evidence?.key}'`))).toMatchObject({ run: { name, attempt: 2 } });
  });
});

test("the run in Delivering was killed with half a file at the server", () => {
  expect(atKill.filesAtServer).toMatch(/20270204\.csv\.\w{8}-1\.\w+/);
});

test("nothing temporary is left in the store", async () => {
  expect(await story.store("find tmp -type f")).toBe("");
});

/** The name of the run is what holds it; see `heldRuns`. */
async function createHeldRun(name: HeldRun, businessDate: string): Promise<void> {
  const spec = { reportRef: { name: "daily-trades" }, businessDate, mode: "Live" };
  await story.apply({ apiVersion: "openreg.dev/v1alpha1", kind: "ReportRun", metadata: { name }, spec });
}

/** Waits until the runner stands at its place and the run says which state that is; gives the UID of its Pod. */
async function heldPod(name: HeldRun, state: string): Promise<string> {
  const run = await story.until(name, ({ status }) => status?.state === state);
  const logs = () => story.kubectl(["logs", "-l", `openreg.dev/run=${name}`, "--tail=-1"]);
  await vi.waitUntil(async () => (await logs()).includes(`failpoint hold:${heldRuns[name]}`), { timeout: 60_000 });
  return run.status?.execution?.podUID ?? "";
}

async function killPod(name: HeldRun): Promise<void> {
  await story.kubectl(["delete", "pod", "-l", `openreg.dev/run=${name}`, "--grace-period=0", "--force"]);
}

type Line = NonNullable<NonNullable<Run["status"]>["stateHistory"]>[number];

/** An attempt that starts in the state in which the one before ended has no line of its own. */
function isLegal(from: Line, to: Line): boolean {
  if (to.attempt === from.attempt) return canMove(from.state, to.state, false);
  return canMove(from.state, to.state, true) || (from.state === "Delivering" && canMove(from.state, to.state, false));
}

function compact(date: string): string {
  return date.replaceAll("-", "");
}
