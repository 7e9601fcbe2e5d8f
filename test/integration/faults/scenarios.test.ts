/** Faults that need more than one process or more than one moment, on real runner processes, a real API server and a real receiver. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Recording, recordRun } from "../../faults/campaign.ts";
import { deletedWhileAlive } from "../../faults/deleted-pod.ts";
import { racedWrites, replacedBeforeDelete, touchedBefore } from "../../faults/raced.ts";
import { expiredTokens, foreignJob, outage, rivals, type Scenario, twins, zombieAt } from "../../faults/scenarios.ts";
import { startWorld, type World } from "../../faults/world.ts";

let world: World;
let calm: Recording;

beforeAll(async () => {
  world = await startWorld();
  calm = await recordRun(world, "calm");
});
afterAll(() => world?.stop());

const scenarios: Readonly<Record<string, Scenario>> = {
  "R2 two Pods of one attempt at once: one file, and the loser ends with 12 and says so": twins,
  "R3 a Pod that froze before its upload ended wakes in the delivery of the next attempt and ends with 12":
    zombieAt("upload.first-bytes"),
  "R3 a Pod that froze between its last look and the rename wakes in the delivery of the next attempt and ends with 12":
    zombieAt("rename.before"),
  "R3 a Pod that froze after the rename wakes when the next attempt has found the file, and ends with 12": zombieAt(
    "rename.after",
    "outcome.before",
  ),
  "O7 two runs of one filing at the ledger in the same moment: one files": rivals,
  "O5 a Job of somebody else under our name is not touched, and the run says so": foreignJob,
  "R9 the API server is gone in the middle of a delivery and comes back with a new certificate": outage(5),
  "R9 all tokens count as expired in the middle of a delivery": expiredTokens(4),
  "R3 R9 a Pod that was deleted while its process lives ends with 12 once its token is refused for certain":
    deletedWhileAlive,
  "R4 R11 a Job that took the name of ours just before we delete ours stays": replacedBeforeDelete,
  ...Object.fromEntries(
    racedWrites.map(([actor, purpose]): [string, Scenario] => [
      `R13 a run changes just before the ${actor}'s ${purpose}: refused and decided anew`,
      touchedBefore(actor, purpose),
    ]),
  ),
};

test.each(Object.entries(scenarios).map(([sentence, scenario], index) => [sentence, scenario, index] as const))(
  "%s",
  { timeout: 180_000 },
  async (_sentence, scenario, index) => {
    expect(await scenario(world, calm, { namespace: `scenario-${index + 1}` })).toEqual([]);
  },
);
