/** Runs what a mutation must turn red: with bundles that have the guard, where all must be green, and with bundles that lack it. */
import { join } from "node:path";
import { bundlePrograms } from "./bundles.ts";
import { runPlans } from "./campaign.ts";
import type { Mutation } from "./mutations.ts";
import type { Calm } from "./oracles.ts";
import { faultOf, placeOf } from "./plan.ts";
import type { World } from "./world.ts";

/** How one plan or scenario went; no problems when it is green. */
export interface Trial {
  readonly where: string;
  readonly problems: readonly string[];
}

/** With or without the guard, and what namespaces begin with. */
export interface TrialOptions {
  readonly guard: "InPlace" | "TakenOut";
  readonly prefix: string;
}

/** How long a run of a plan may take, with the guard as without it, in seconds. */
const settleSeconds = 15;

/** Runs the plans and scenarios of a mutation, each once. */
export async function tryGuard(
  world: World,
  calm: Calm,
  mutation: Mutation,
  { guard, prefix }: TrialOptions,
): Promise<readonly Trial[]> {
  const { patches, moments = [], plans = [], scenarios = [] } = mutation;
  const bundles = await bundlePrograms(
    join(world.folder, `guard-${prefix}`),
    guard === "TakenOut" ? [...moments, ...patches] : moments,
  );
  const verdicts = await runPlans(world, plans, calm, { prefix, bundles, settleSeconds });
  const trials = verdicts.map(({ plan, verdict, problems }): Trial => {
    const where = `${placeOf(plan)}, ${faultOf(plan)}`;
    return { where, problems: verdict === "NoEffect" ? ["what the plan waits for did not happen"] : problems };
  });
  for (const [index, scenario] of scenarios.entries()) {
    const place = { namespace: `${prefix}-s${index + 1}`, bundles };
    const problems = await scenario(world, calm, place).catch((error: Error) => [error.message]);
    trials.push({ where: `scenario ${index + 1}`, problems });
  }
  return trials;
}

/** The problem of a trial that says what the missing guard would have kept from happening; another problem does not count. */
export function symptomOf({ problems }: Trial, { symptom }: Pick<Mutation, "symptom">): string | undefined {
  return problems.find((problem) => symptom.test(problem));
}
