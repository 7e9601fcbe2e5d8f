/** Runs what a mutation must turn red, with bundles that lack the guard. */
import { join } from "node:path";
import { bundlePrograms } from "./bundles.ts";
import { runPlans } from "./campaign.ts";
import type { Mutation } from "./mutations.ts";
import type { Calm } from "./oracles.ts";
import { faultOf, placeOf } from "./plan.ts";
import type { World } from "./world.ts";

/** Which plans and scenarios turned red, and the first words of why; empty when none did. */
export async function redPlansOf(
  world: World,
  calm: Calm,
  mutation: Mutation,
  prefix: string,
): Promise<readonly string[]> {
  const bundles = await bundlePrograms(join(world.folder, `mutant-${prefix}`), mutation.patches);
  const verdicts = await runPlans(world, mutation.plans ?? [], calm, { prefix, bundles, settleSeconds: 15 });
  const red = verdicts
    .filter(({ verdict }) => verdict === "Failed")
    .map(({ plan, problems }) => `${placeOf(plan)}, ${faultOf(plan)}: ${problems[0]?.slice(0, 160)}`);
  for (const [index, scenario] of (mutation.scenarios ?? []).entries()) {
    const place = { namespace: `${prefix}-s${index + 1}`, bundles };
    const problems = await scenario(world, calm, place).catch((error: Error) => [error.message]);
    if (problems.length > 0) red.push(problems[0]?.slice(0, 160) ?? "");
  }
  return red;
}
