/** Every kind of write that operator and runner make for a run of the example. A write that is not here has not been thought about. */
import type { Actor } from "./api-call.ts";

/** What each is for; events and the lease are told apart by purpose too. */
export const knownWrites: Readonly<Record<Actor, readonly string[]>> = {
  operator: [
    "create configmaps: key",
    "create networkpolicies",
    "create configmaps: plan",
    "patch artifactstores/status",
    "create reportversions",
    "patch reports/status",
    "patch reportruns/status: Pending",
    "patch reportruns: version and finalizer",
    "create jobs",
    "create events: Started",
    "patch reportruns/status: under way",
    "patch reportruns/status: Completed",
    "create events: Completed",
    "delete configmaps: plan",
    "delete jobs",
    "patch reportruns: settled",
  ],
  runner: [
    "patch reportruns/status: Initializing",
    "patch reportruns/status: a step",
    "patch reportruns/status: Delivering",
    "patch reportruns/status: Delivering Pending",
    "patch reportruns/status: Delivering InFlight",
    "patch reportruns/status: Delivering Delivered",
    "patch reportruns/status: outcome Done",
  ],
};

/** The purposes in a recording that nobody has named here. */
export function unknownWrites(
  writes: readonly { readonly actor: Actor; readonly purpose: string }[],
): readonly string[] {
  return writes
    .filter(({ actor, purpose }) => !knownWrites[actor].includes(purpose))
    .map(({ actor, purpose }) => `${actor}: ${purpose}`);
}
