/** The whole campaign: every plan of a recorded run, every failpoint, long outages, a restored etcd, and every guard taken out once. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failpoints } from "../../runner/src/failpoints.ts";
import { type Recording, recordRun, runPlans, tableOf } from "../faults/campaign.ts";
import { unknownWrites } from "../faults/known-writes.ts";
import { symptomOf, tryGuard } from "../faults/mutation-run.ts";
import { mutations } from "../faults/mutations.ts";
import { withoutReason } from "../faults/no-effect.ts";
import { failpointPlans, type Plan, stableWrites, viewPlans, writePlans } from "../faults/plan.ts";
import { etcdRestored, outage, zombieAt } from "../faults/scenarios.ts";
import { startWorld, type World } from "../faults/world.ts";

let world: World;
let calm: Recording;
let plans: readonly Plan[];

beforeAll(async () => {
  world = await startWorld();
  calm = await recordRun(world, "calm-1");
  const again = await recordRun(world, "calm-2");
  const { always, sometimes } = stableWrites([calm.writes, again.writes]);
  for (const { actor, purpose, ordinal } of sometimes)
    process.stderr.write(`not in every run, no plan: ${actor}: ${purpose} #${ordinal}\n`);
  expect(unknownWrites([...calm.writes, ...again.writes])).toEqual([]);
  plans = [...writePlans(always), ...failpointPlans(), ...viewPlans(always)];
});
afterAll(() => world?.stop());

test("R1 R4 R9 R10 R12 R13 every plan ends as the run that nobody disturbed", { timeout: 1_800_000 }, async () => {
  const verdicts = await runPlans(world, plans, calm, { prefix: "all", settleSeconds: 90 });
  process.stderr.write(`${tableOf(verdicts)}\n`);
  expect(verdicts.filter(({ verdict }) => verdict === "Failed").map((one) => tableOf([one]))).toEqual([]);
  expect(verdicts).toHaveLength(plans.length);
  expect(withoutReason(verdicts)).toEqual([]);
  expect(verdicts.filter(({ verdict }) => verdict === "Passed").length).toBeGreaterThan(plans.length * 0.9);
});

test("R12 watches that say no more are found and opened anew, and the run ends as any other", async () => {
  const mute = [1, 3].map((afterEvents): Plan => ({ kind: "View", fault: { kind: "Mute", afterEvents } }));
  const verdicts = await runPlans(world, mute, calm, { prefix: "mute", settleSeconds: 400 });
  process.stderr.write(`${tableOf(verdicts)}\n`);
  expect(verdicts.map(({ verdict, problems }) => [verdict, problems])).toEqual(mute.map(() => ["Passed", []]));
});

/** From here on the second attempt passes no upload: it finds the file. */
const firstAfterRename = failpoints.indexOf("rename.after");

/** The example has no earlier link of evidence; and an attempt that has told its outcome has no other after it. */
const notInTheMiddle: readonly string[] = ["evidence.linked", "outcome.after"];

test.each(failpoints.filter((name) => !notInTheMiddle.includes(name)))(
  "R3 a Pod that froze at %s wakes in the middle of the next attempt",
  async (name) => {
    const second = failpoints.indexOf(name) >= firstAfterRename ? "outcome.before" : "upload.after";
    const place = { namespace: `zombie-${failpoints.indexOf(name)}` };
    expect(await zombieAt(name, second)(world, calm, place)).toEqual([]);
  },
);

test.each([30, 600])("R9 the API server is gone for %d s in the middle of a delivery", async (seconds) => {
  expect(await outage(seconds)(world, calm, { namespace: `outage-${seconds}` })).toEqual([]);
});

describe("a guard that is taken out turns a plan red", () => {
  const table: string[] = [];
  afterAll(() => void process.stderr.write(`${table.join("\n")}\n`));
  test.each(mutations.map((mutation, index) => [mutation.guard, mutation, index] as const))(
    "%s",
    async (guard, mutation, index) => {
      const trials = await tryGuard(world, calm, mutation, { guard: "TakenOut", prefix: `mutant-${index + 1}` });
      for (const trial of trials) {
        const words = symptomOf(trial, mutation) ?? "";
        table.push(`${guard.padEnd(55)} ${words ? "red" : "GREEN"}  ${trial.where}: ${words.slice(0, 160)}`);
      }
      expect(trials.length).toBeGreaterThan(0);
      expect(trials.filter((trial) => symptomOf(trial, mutation) === undefined)).toEqual([]);
    },
  );
  test.each(mutations.map((mutation, index) => [mutation.guard, mutation, index] as const))(
    "and leaves it green while it is in place: %s",
    async (_guard, mutation, index) => {
      const trials = await tryGuard(world, calm, mutation, { guard: "InPlace", prefix: `guarded-${index + 1}` });
      expect(trials.filter(({ problems }) => problems.length > 0)).toEqual([]);
    },
  );
});

test("R31 etcd is restored from before the delivery: no second delivery, no lost run, and an account of both", async () => {
  const own = await startWorld();
  try {
    const quiet = await recordRun(own, "calm");
    expect(await etcdRestored(own, quiet, { namespace: "restored" })).toEqual([]);
  } finally {
    await own.stop();
  }
});
