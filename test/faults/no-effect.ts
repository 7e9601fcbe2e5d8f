/** Says which plans may find nothing to disturb, and why; every other plan must have had its effect. Pure. */
import type { Verdict } from "./campaign.ts";
import { faultOf, type Plan, placeOf, type RecordedWrite } from "./plan.ts";

/** Writes that a run without faults may do without. */
const optionalWrites: readonly {
  readonly actor: RecordedWrite["actor"];
  readonly purposes: readonly string[];
  readonly because: string;
}[] = [
  {
    actor: "runner",
    purposes: [
      "patch reportruns/status: a step",
      "patch reportruns/status: Delivering",
      "patch reportruns/status: Delivering Pending",
    ],
    because: "the runner goes on while it tells of a step, and steps that fall together are told in one write",
  },
  {
    actor: "operator",
    purposes: ["patch reportruns/status: under way"],
    because: "the operator copies a step when it sees one, and a run may have ended by its first look",
  },
];

/** Why a plan may be without effect; nothing when it may not. */
export function whyWithoutEffect(plan: Plan): string | undefined {
  const target = plan.kind === "Write" ? plan.write : plan.kind === "View" ? plan.restartAt : undefined;
  return optionalWrites.find(
    ({ actor, purposes }) => target !== undefined && actor === target.actor && purposes.includes(target.purpose),
  )?.because;
}

/** The plans that had no effect although each of their kind has one, in words. */
export function withoutReason(verdicts: readonly Pick<Verdict, "plan" | "verdict">[]): readonly string[] {
  return verdicts
    .filter(({ plan, verdict }) => verdict === "NoEffect" && whyWithoutEffect(plan) === undefined)
    .map(({ plan }) => `${placeOf(plan)}, ${faultOf(plan)}: what it waits for did not happen`);
}
