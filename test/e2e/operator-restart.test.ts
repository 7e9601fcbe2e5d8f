/** The operator ends at random moments of runs: each run completes once, with one Job, whoever leads. */
import { type ChildProcess, spawn } from "node:child_process";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { awaitLeader, crashPod, removePod, scaleOperator } from "./operator-pods.ts";
import { newStory, type Run, type Story } from "./story.ts";

/** One random moment in each tenth of the life of a run. */
const rounds = Array.from({ length: 10 }, (_, index) => ({
  date: `2027-03-${String(index + 1).padStart(2, "0")}`,
  end: index % 2 === 0 ? "removed" : "crashed",
  tenth: index + 1,
}));
const calmDates = ["2027-03-28", "2027-03-29", "2027-03-30"];
const failoverDate = "2027-03-31";
const dates = [...rounds.map(({ date }) => date), ...calmDates, failoverDate];
const seed = Number(process.env.OPENREG_TEST_SEED ?? Date.now() % 1_000_000);
const random = newRandom(seed);
let story: Story;
let jobs: JobWatch;
/** From the creation of a run to its end while nobody disturbs it, in milliseconds. */
let lifetime: number;
let unfinished = 0;

beforeAll(async () => {
  process.stderr.write(`OPENREG_TEST_SEED=${seed} draws the same moments again\n`);
  story = await newStory("story-restart", { dates });
  for (const date of dates) await story.sftp(`rm -f /data/live/*${compact(date)}*`);
  jobs = watchJobs(story.namespace);
  // the shortest of some: the first may be slow for reasons of its own, and moments would fall behind the ends of the others
  const lifetimes: number[] = [];
  for (const date of calmDates) {
    const begin = performance.now();
    await expectDoneOnce(await story.end(await createLiveRun(date)));
    lifetimes.push(performance.now() - begin);
  }
  lifetime = Math.min(...lifetimes);
});

afterAll(async () => {
  jobs?.stop();
  await scaleOperator(1);
});

test.each(rounds)(
  "a run goes on when the operator is $end in tenth $tenth of its life",
  async ({ date, end, tenth }) => {
    const pod = await awaitLeader();
    const moment = Math.round(((tenth - random()) / rounds.length) * lifetime);
    if (end === "crashed") await crashPod(pod, moment);
    const name = await createLiveRun(date);
    await new Promise((resolve) => setTimeout(resolve, moment));
    if (end === "removed") await removePod(pod);
    const { status } = await story.run(name);
    process.stderr.write(`${end} after ${moment} ms of ${Math.round(lifetime)}, in ${status?.state}\n`);
    if (status?.state !== "Completed") unfinished += 1;
    await expectDoneOnce(await story.end(name));
  },
);

test("most of these moments were within the life of a run", () => {
  expect(unfinished).toBeGreaterThan(rounds.length / 2);
});

test("the standby takes over when the leader crashes", async () => {
  const pods = await scaleOperator(2);
  const leader = await awaitLeader();
  const name = await createLiveRun(failoverDate);
  await story.until(name, ({ status }) => status?.attempt === 1);
  await crashPod(leader, 0);
  await expectDoneOnce(await story.end(name));
  expect(await awaitLeader()).toBe(pods.find((pod) => pod !== leader));
});

test("nothing is left of the attempts, and every run is settled", async () => {
  const left = () => story.kubectl(["get", "jobs,pods", "-l", "openreg.dev/run", "-o", "name"]);
  const open = () => story.kubectl(["get", "reportruns", "-l", "openreg.dev/settled!=true", "-o", "name"]);
  await expect.poll(async () => (await left()) + (await open()), { timeout: 90_000, interval: 500 }).toBe("");
});

test("the watch of Jobs saw one for each run and never broke", () => {
  expect(jobs.isWatching()).toBe(true);
  expect(jobs.seen.size).toBe(dates.length);
});

async function expectDoneOnce(run: Run): Promise<void> {
  const { name } = run.metadata;
  expect(run.status).toMatchObject({ state: "Completed", attempt: 1, filing: { met: true } });
  expect(run.status?.attempts).toMatchObject([{ number: 1, job: `${name}-1`, reason: "Done" }]);
  expect(run.status?.stateHistory?.filter(({ state }) => state === "Completed")).toHaveLength(1);
  const ofRun = [...jobs.seen].filter(([job]) => job.startsWith(`${name}-`));
  expect(ofRun.map(([job, uids]) => ({ job, everMade: uids.size }))).toEqual([{ job: `${name}-1`, everMade: 1 }]);
  const [artifact] = run.status?.execution?.artifacts ?? [];
  const files = await story.sftp(`cd /data/live && ls -A | grep ${compact(String(run.spec.businessDate))}`);
  expect(files).toBe(`${artifact?.fileName}\n`);
}

function createLiveRun(businessDate: string): Promise<string> {
  return story.createRun({ businessDate, mode: "Live" });
}

interface JobWatch {
  /** UIDs of the Jobs that ever existed, by name. */
  readonly seen: ReadonlyMap<string, ReadonlySet<string>>;
  isWatching(): boolean;
  stop(): void;
}

/** Sees each Job that there ever is, also one that is gone a moment later. */
function watchJobs(namespace: string): JobWatch {
  const { kubectl, kubeconfig, context } = inject("shared").cluster;
  const place = ["--kubeconfig", kubeconfig, "--context", context, "-n", namespace];
  const columns = ["--no-headers", "-o", "custom-columns=N:.metadata.name,U:.metadata.uid"];
  const watch: ChildProcess = spawn(kubectl, [...place, "get", "jobs", "--watch", ...columns]);
  const seen = new Map<string, Set<string>>();
  let rest = "";
  watch.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [name = "", uid = ""] = line.trim().split(/\s+/);
      seen.set(name, (seen.get(name) ?? new Set()).add(uid));
    }
  });
  return { seen, isWatching: () => watch.exitCode === null && watch.signalCode === null, stop: () => watch.kill() };
}

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function newRandom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function compact(date: string): string {
  return date.replaceAll("-", "");
}
