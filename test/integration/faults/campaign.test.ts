/** Fault plans of a recorded run, the ones that every change is held against; all of them are in the long tests. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Recording, recordRun, runPlans, tableOf } from "../../faults/campaign.ts";
import { unknownWrites } from "../../faults/known-writes.ts";
import { withoutReason } from "../../faults/no-effect.ts";
import { type Plan, stableWrites, viewPlans, writePlans } from "../../faults/plan.ts";
import { startWorld, type World } from "../../faults/world.ts";

let world: World;
let calm: Recording;
let plans: readonly Plan[];

beforeAll(async () => {
  world = await startWorld();
  calm = await recordRun(world, "calm-1");
  const again = await recordRun(world, "calm-2");
  const { always } = stableWrites([calm.writes, again.writes]);
  plans = [...writePlans(always), ...viewPlans(always)];
});
afterAll(() => world?.stop());

async function expectPassed(chosen: readonly Plan[], prefix: string): Promise<void> {
  const verdicts = await runPlans(world, chosen, calm, { prefix });
  process.stderr.write(`${tableOf(verdicts)}\n`);
  expect(verdicts.filter(({ verdict }) => verdict === "Failed").map((one) => tableOf([one]))).toEqual([]);
  expect(verdicts).toHaveLength(chosen.length);
  expect(withoutReason(verdicts)).toEqual([]);
  const effective = verdicts.filter(({ verdict }) => verdict === "Passed");
  expect(effective.length).toBeGreaterThan(chosen.length * 0.8);
}

test("every write of the recorded run is known", () => {
  expect(unknownWrites(calm.writes)).toEqual([]);
  expect(calm.writes.length).toBeGreaterThan(20);
});

test("R1 R4 the operator crashes before and after each of its writes", { timeout: 400_000 }, async () => {
  const chosen = plans.filter(
    (plan) => plan.kind === "Write" && plan.write.actor === "operator" && plan.fault.kind.startsWith("Crash"),
  );
  await expectPassed(chosen, "crash");
});

test("R9 R13 each write of operator and runner is applied and its answer lost, or meets a conflict", {
  timeout: 400_000,
}, async () => {
  const chosen = plans.filter(
    ({ kind, ...plan }) =>
      kind === "Write" &&
      "fault" in plan &&
      (plan.fault.kind === "AnswerLost" || (plan.fault.kind === "Refused" && plan.fault.status === 409)),
  );
  await expectPassed(chosen, "answer");
});

test("R10 R11 R12 watches that are late, merged, cut or broken, and lists of the past after a restart", {
  timeout: 400_000,
}, async () => {
  const restarts = ["create jobs", "patch reportruns/status: Completed", "patch reportruns: version and finalizer"];
  const chosen = plans.filter(
    (plan) => plan.kind === "View" && (!plan.restartAt || restarts.includes(plan.restartAt.purpose)),
  );
  await expectPassed(chosen, "view");
});
