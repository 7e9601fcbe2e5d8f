/** Owns which receivers a run has: those of `deliverTo` that are of the run's mode. */
import type { Definition } from "@openreg/crds";
import type { RunContext } from "./context.ts";
import { StepError } from "./errors.ts";

/** A Destination and the outputs it receives. */
export interface Receiver {
  readonly destination: Definition["destinations"][number];
  readonly outputs: readonly string[];
}

/** The receivers of a run, none on a laptop. Throws StepError `NoDestinationForMode` when `deliverTo` has others only. */
export function receiversOf({
  definition,
  plan,
  deliver,
}: Pick<RunContext, "definition" | "plan" | "deliver">): readonly Receiver[] {
  if (!deliver || definition.deliverTo.length === 0) return [];
  const receivers = definition.deliverTo.flatMap(({ destination: name, outputs }) => {
    const destination = definition.destinations.find((one) => one.name === name && one.mode === plan.run.mode);
    return destination ? [{ destination, outputs }] : [];
  });
  if (receivers.length > 0) return receivers;
  const message = `the run is of mode ${plan.run.mode}, but deliverTo names only Destinations of the other mode; add one, or run in the other mode`;
  throw new StepError("NoDestinationForMode", message);
}
