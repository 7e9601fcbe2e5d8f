import { recordRun, runPlans, tableOf } from "./campaign.ts";
import { failpointPlans, stableWrites, viewPlans, writePlans } from "./plan.ts";
import { startWorld } from "./world.ts";

const t0 = performance.now();
const world = await startWorld();
const first = await recordRun(world, "rec-1");
const second = await recordRun(world, "rec-2");
const { always, sometimes } = stableWrites([first.writes, second.writes]);
console.log("sometimes", sometimes);
const all = [...writePlans(always), ...failpointPlans(), ...viewPlans(always)];
const filter = new RegExp(process.argv[2] ?? ".");
const { placeOf, faultOf } = await import("./plan.ts");
const plans = all.filter((p) => filter.test(`${placeOf(p)} ${faultOf(p)}`));
console.log(all.length, "plans,", plans.length, "chosen");
const verdicts = await runPlans(world, plans, first, {
  prefix: "t",
  lanes: Number(process.argv[3] ?? 4),
  onVerdict: (v) => console.log(v.verdict, v.seconds.toFixed(1), placeOf(v.plan), faultOf(v.plan)),
});
console.log(tableOf(verdicts.filter((v) => v.verdict !== "Passed")));
console.log("of", verdicts.length, "in", Math.round((performance.now() - t0) / 1000), "s");
await world.stop();
