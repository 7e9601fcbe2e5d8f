/** The parts of the scale bench: many runs on a bare control plane whose Pods exist at the API server only. */
import { until } from "../../../test/cluster/until.ts";
import type { OperatorProcess } from "../../../test/integration/operator/operator-process.ts";
import type { Measure } from "../measure.ts";
import { newMeasure } from "../measure.ts";
import type { Bench, Part, PartResult } from "../part.ts";
import { createBareJobs } from "./bare-jobs.ts";
import { drainWave, type Wave } from "./drain.ts";
import { percentile, reactAfterSilence } from "./idle.ts";
import { createSettledRuns, restartOperator } from "./restart.ts";
import { type ScaleScene, startScaleScene } from "./scale-scene.ts";

const megabyte = 1e6;

/** A value against a fixed number; the reference is that number. */
function against(
  name: string,
  {
    value,
    limit,
    unit,
    side,
    information,
  }: {
    readonly value: number;
    readonly limit: number;
    readonly unit: string;
    readonly side: "AtLeast" | "AtMost" | "Below";
    readonly information: string;
  },
): Measure {
  return newMeasure({ name, unit, reference: [limit], candidate: [value], information, gate: { limit: 1, side } });
}

type Act = (scene: ScaleScene, operator: OperatorProcess, bench: Bench) => Promise<readonly Measure[]>;

const partOf = (name: string, act: Act): Part => ({
  name,
  section: "scale",
  run: async (bench): Promise<PartResult> => {
    const scene = await bench.progress.step("starting a control plane with kwok", () =>
      startScaleScene(bench.progress),
    );
    try {
      const operator = await scene.startOperator();
      await scene.untilReportIsReady();
      return { measures: await act(scene, operator, bench), facts: {} };
    } finally {
      await scene.stop();
    }
  },
});

const waveText = ({ settledSeconds, operatorCalls, residentBytes, cpuSeconds, runs }: Wave): string =>
  `all settled after ${settledSeconds.toFixed(0)} s; operator ${(residentBytes / megabyte).toFixed(0)} MB, ` +
  `${((cpuSeconds * 1000) / runs).toFixed(0)} ms of processor time per run; its calls: ` +
  Object.entries(operatorCalls)
    .map(([call, count]) => `${(count / runs).toFixed(1)} ${call}`)
    .join(", ");

/** Runs are set free at once: what is measured is how fast they become Jobs, beside Jobs made by a plain loop. */
const throughput: Act = async (scene, operator, { progress, isQuick }) => {
  const count = isQuick ? 200 : 1_000;
  await progress.step("a first wave", () =>
    drainWave(scene, operator, { count: 100, prefix: "first", longestSeconds: 200 }),
  );
  const bare = await progress.step(`${count} bare Jobs`, () => createBareJobs(scene, count));
  const wave = await progress.step(`${count} runs`, () =>
    drainWave(scene, operator, { count, prefix: "wave", longestSeconds: 400 }),
  );
  if (wave.doubledJobs > 0) throw new Error(`${wave.doubledJobs} Jobs were made twice`);
  const again = await progress.step(`${count} runs again`, () =>
    drainWave(scene, operator, { count, prefix: "again", longestSeconds: 400 }),
  );
  const perMinute = (seconds: number) => (count * 60) / seconds;
  return [
    against("runs that became Jobs per minute", {
      ...{ value: perMinute(wave.jobsSeconds), limit: 810, unit: "runs/min", side: "AtLeast" },
      information: waveText(wave),
    }),
    newMeasure({
      ...{ name: "Jobs of runs per minute against bare Jobs per minute", unit: "Jobs/min" },
      ...{ reference: [perMinute(bare.createdSeconds)], candidate: [perMinute(wave.jobsSeconds)] },
      information: `the Pods of the bare Jobs were there after ${bare.podsSeconds.toFixed(0)} s`,
    }),
    against("writes of operator and runner per run", {
      ...{ value: wave.writesPerRun, limit: 20, unit: "writes", side: "AtMost" },
      information: "the runner's are played: 7",
    }),
    against("live reads of operator and runner per run", {
      ...{ value: wave.readsPerRun, limit: 10, unit: "reads", side: "AtMost" },
      information: "the runner's are played: 2",
    }),
    against("calls of operator and runner per run", {
      ...{ value: wave.writesPerRun + wave.readsPerRun, limit: 20, unit: "calls", side: "AtMost" },
      information: "writes and live reads together",
    }),
    newMeasure({
      ...{ name: "memory of the operator after the second wave against after the first", unit: "MB" },
      ...{ reference: [wave.residentBytes / megabyte], candidate: [again.residentBytes / megabyte] },
      ...{ information: waveText(again), gate: { limit: 1.15, side: "AtMost" } },
    }),
  ];
};

const queue: Act = async (scene, operator, { progress, isQuick }) => {
  const count = isQuick ? 1_000 : 5_000;
  const wave = await progress.step(`${count} queued runs`, () =>
    drainWave(scene, operator, { count, prefix: "queued", longestSeconds: 1_500, untilSettled: false }),
  );
  if (wave.doubledJobs > 0) throw new Error(`${wave.doubledJobs} Jobs were made twice`);
  return [
    against(`${count} queued runs drained into Jobs`, {
      ...{ value: wave.jobsSeconds, limit: (300 * count) / 5_000, unit: "s", side: "Below" },
      information: waveText(wave),
    }),
  ];
};

/** The Report is suspended, so that each run is one event and one write, and no Pods take the processors. */
const idle: Act = async (scene, operator, { progress, isQuick }) => {
  const silenceSeconds = isQuick ? 60 : 600;
  await scene.suspend(true);
  const seconds = await progress.step(`${silenceSeconds} s of silence, then 50 events`, () =>
    reactAfterSilence(scene, { silenceSeconds, events: 50, prefix: "late" }),
  );
  return [
    against(`event to first write after ${silenceSeconds} s of silence, p99`, {
      ...{ value: percentile(seconds, 99), limit: 1, unit: "s", side: "Below" },
      information: `the first ${(seconds[0] ?? 0).toFixed(3)} s, the middle ${percentile(seconds, 50).toFixed(3)} s; the operator was restarted ${operator.restarts()} times`,
    }),
  ];
};

const restart: Act = async (scene, operator, { progress, isQuick }) => {
  const [settled, active] = isQuick ? [1_000, 100] : [10_000, 1_000];
  scene.runners.hold(true);
  await progress.step(`${settled} settled runs`, () => createSettledRuns(scene, settled));
  const names = Array.from({ length: active }, (_, index) => `active-${index}`);
  await progress.step(`${active} active runs`, async () => {
    await scene.createRuns(names);
    await scene.untilStarted(active, 400);
  });
  const { restart: measured } = await progress.step("a restart", () => restartOperator(scene, operator));
  return [
    against(`ready after a restart among ${settled} settled and ${active} active runs`, {
      ...{ value: measured.readySeconds, limit: 30, unit: "s", side: "Below" },
      information: `nothing left to do after ${measured.idleSeconds.toFixed(0)} s and ${measured.calls} calls; ${(measured.residentBytes / megabyte).toFixed(0)} MB`,
    }),
  ];
};

const failOver: Act = async (scene, operator, { progress }) => {
  const standby = await scene.startOperator();
  await until(
    { what: "the standby has filled its caches", seconds: 60 },
    async () => (await standby.probe("/readyz")).status === 200,
  );
  const [seconds = Number.NaN] = await progress.step("the leader is killed", () => {
    operator.signal("SIGKILL");
    return reactAfterSilence(scene, { silenceSeconds: 0, events: 1, prefix: "orphan" });
  });
  return [
    against("leader killed to the first write of another", {
      ...{ value: seconds, limit: 15, unit: "s", side: "Below" },
      information: "the lease lasts 10 s",
    }),
  ];
};

/** All of them. */
export const scaleParts: readonly Part[] = [
  partOf("scale-throughput", throughput),
  partOf("scale-queue", queue),
  partOf("scale-idle", idle),
  partOf("scale-restart", restart),
  partOf("scale-failover", failOver),
];
