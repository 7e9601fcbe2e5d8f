/** Owns what a definition may hold and this runner cannot do yet: it is refused, never left out in silence. */
import type { Definition } from "@openreg/crds";
import { StepError } from "../errors.ts";
import { hasFormat } from "../formats/registry.ts";

/** Throws StepError `PlanInvalid` that names the first thing of a definition that this runner would leave out. */
export function refuseUnavailable(definition: Definition): void {
  const found = [...unavailable(definition)][0];
  if (found) throw new StepError("PlanInvalid", `${found} is not available in this runner; take it out of the Report`);
}

function* unavailable(definition: Definition): Generator<string> {
  for (const output of definition.outputs) yield* outputParts(output);
}

function* outputParts(output: Definition["outputs"][number]): Generator<string> {
  if (!hasFormat(output)) yield `the format of output ${output.name}`;
}
